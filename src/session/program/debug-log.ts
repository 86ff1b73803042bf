import { SILENT, TRACE_TOPICS, type Tracer } from '../../base/tracer.ts';
import type { Memory } from '../../memory/memory.ts';

/**
 * The log of `TSCRASH_DEBUG=open,symbols,types,cache` (or `all`) on stderr: what was tried, in what order, and how long
 * it took. An unknown word is reported once.
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

/** At the end: hits and misses of the caches. */
export function tellCaches(tracer: Tracer, memory: Memory): void {
  if (!tracer.wants('cache')) return;
  for (const { name, hits, misses } of memory.cacheCounts()) {
    const share = hits + misses === 0 ? 0 : (100 * hits) / (hits + misses);
    tracer.say('cache', `${name}: ${hits} hits, ${misses} misses (${share.toFixed(1)} %)`);
  }
}
