import { SILENT, TRACE_TOPICS, type Tracer } from '../../base/tracer.ts';
import type { Memory } from '../../memory/memory.ts';

/**
 * What `TSCRASH_DEBUG=open,symbols,types,cache` (or `all`) tells on stderr: what was tried, in what order, and how long
 * it took. A word that is none of these is named once.
 */
export function debugLog(wanted: string | undefined): Tracer {
  if (wanted === undefined || wanted === '') return SILENT;
  const words = new Set(wanted.split(','));
  const say = (topic: string, text: string) => {
    process.stderr.write(`tscrash: ${topic}: ${text}\n`);
  };
  for (const word of words) {
    if (word !== 'all' && !TRACE_TOPICS.some((topic) => topic === word))
      say('TSCRASH_DEBUG', `no topic is called ${word}; there are: all ${TRACE_TOPICS.join(' ')}`);
  }
  const wants: Tracer['wants'] = (topic) => words.has('all') || words.has(topic);
  return { wants, say: (topic, text) => wants(topic) && say(topic, text) };
}

/** At the end: how often the caches spared a read. */
export function tellCaches(tracer: Tracer, memory: Memory): void {
  if (!tracer.wants('cache')) return;
  for (const { name, hits, misses } of memory.cacheCounts()) {
    const share = hits + misses === 0 ? 0 : (100 * hits) / (hits + misses);
    tracer.say('cache', `${name}: ${hits} hits, ${misses} misses (${share.toFixed(1)} %)`);
  }
}
