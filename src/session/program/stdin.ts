import { readSync } from 'node:fs';
import { CrashError } from '../../base/errors.ts';
import type { Shell } from '../run/shell.ts';
import { type Outcome, worstOf } from '../sinks/outcome.ts';
import type { Sink } from '../sinks/sinks.ts';
import type { ProgramOptions } from './options.ts';

const STDIN = 0;

/** Commands from a pipe or a file. Without -s the prompt and the line are shown, as crash does. */
export async function runStdin(
  shell: Shell,
  console: Sink,
  options: ProgramOptions,
): Promise<Outcome> {
  let worst: Outcome = 'ok';
  for (const line of linesOf(STDIN)) {
    if (!options.silent && !options.echo) console.write(`crash> ${line.trim()}\n`);
    worst = worstOf(worst, await shell.execute(line));
    if (shell.session.leaving || console.closed) break;
  }
  return worst;
}

/** The lines of a descriptor, read as they arrive: a line is run before the next one is read. */
function* linesOf(fd: number): Generator<string> {
  const chunk = Buffer.alloc(64 * 1024);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    let count = 0;
    try {
      count = readSync(fd, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        Atomics.wait(sleeper, 0, 0, 5);
        continue;
      }
      const reason = code === 'EISDIR' ? 'Is a directory' : code;
      if (code !== 'EOF') throw new CrashError(`standard input: ${reason}`);
    }
    if (count === 0) break;
    const lines = (rest + decoder.decode(chunk.subarray(0, count), { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
