/** The topics that `TSCRASH_DEBUG` takes. */
export const TRACE_TOPICS = ['open', 'symbols', 'types', 'cache'] as const;
/** A topic of the trace. */
export type TraceTopic = (typeof TRACE_TOPICS)[number];

/** Receives what was tried, in what order and how long it took. */
export interface Tracer {
  /** Whether the topic is traced: costly messages are made only then. */
  wants(topic: TraceTopic): boolean;
  say(topic: TraceTopic, text: string): void;
}

/** A tracer without topics. */
export const SILENT: Tracer = { wants: () => false, say: () => {} };

/** Runs work and traces its duration, with what `describe` makes of its result; a failure is traced with its reason. */
export function traced<T>(
  tracer: Tracer,
  topic: TraceTopic,
  what: string,
  work: () => T,
  describe: (result: T) => string = () => '',
): T {
  if (!tracer.wants(topic)) return work();
  const start = performance.now();
  const took = (): string => `${(performance.now() - start).toFixed(1)} ms`;
  try {
    const result = work();
    const text = describe(result);
    tracer.say(topic, `${what}: ${text === '' ? '' : `${text} `}in ${took()}`);
    return result;
  } catch (error) {
    tracer.say(topic, `${what}: ${error instanceof Error ? error.message : error} (${took()})`);
    throw error;
  }
}
