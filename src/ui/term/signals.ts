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

/**
 * Ends the process by SIGHUP, for a terminal that has gone: exit() would restore its modes, and abort with a core file.
 * With `children`, programs that ignore SIGHUP are ended too: they are in our group, which the terminal had in front.
 */
export function endByHangup(children: boolean): void {
  if (children) {
    process.removeAllListeners('SIGTERM');
    process.on('SIGTERM', () => {});
    process.kill(0, 'SIGTERM');
  }
  process.removeAllListeners('SIGHUP');
  process.kill(process.pid, 'SIGHUP');
}
