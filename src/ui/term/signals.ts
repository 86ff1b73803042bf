/**
 * Runs work that may never return to the loop, where no handler would be called: meanwhile the signals have their
 * default actions. Every handler is removed, also those of libraries, which would keep a signal from its default.
 */
export function withoutHandlers<T>(signals: readonly NodeJS.Signals[], work: () => T): T {
  const handlers = signals.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of signals) process.removeAllListeners(signal);
  try {
    return work();
  } finally {
    for (const [signal, list] of handlers) for (const each of list) process.on(signal, each);
  }
}
