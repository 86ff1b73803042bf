import type { TerminalHost } from '../session/program/program.ts';

/**
 * Begins to find out what killed the machine, and says it when that is known, unless `set verdict off` came first. Returns
 * what ends the work.
 */
export function announceVerdict(
  { session, findVerdict }: TerminalHost,
  announce: (line: string) => void,
): () => void {
  if (!findVerdict || !session.settings.verdict) return () => {};
  const work = findVerdict();
  void work.line.then((line) => {
    if (line !== undefined && session.settings.verdict) announce(line);
  });
  return () => work.stop();
}
