import { read, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { CrashError } from '../../base/errors.ts';
import { systemMessage } from '../../base/files.ts';
import type { Shell } from '../run/shell.ts';
import { type Outcome, worstOf } from '../sinks/outcome.ts';
import type { Sink } from '../sinks/sinks.ts';
import { sharingPlace } from '../state/sharing.ts';
import type { ProgramOptions } from './options.ts';

const STDIN = 0;

/** Commands from a pipe or a file. Without -s the prompt and the line are shown, as crash does. */
export async function runStdin(
  shell: Shell,
  console: Sink,
  options: ProgramOptions,
): Promise<Outcome> {
  let worst: Outcome = 'ok';
  // Those who share the session are answered while the next line is waited for.
  const isShared = (): boolean => sharingPlace(shell.session).sharing !== undefined;
  for await (const line of linesOf(STDIN, isShared)) {
    if (!options.silent && !options.echo) console.write(`crash> ${line.trim()}\n`);
    worst = worstOf(worst, await shell.execute(line));
    if (shell.session.leaving || console.closed) break;
  }
  return worst;
}

/** Characters of a line that are kept. A shell refuses far shorter ones, and input may have no line feed at all. */
const MAX_KEPT = 64 * 1024;

/**
 * The lines of a descriptor, read as they arrive: a line is run before the next one is read. Of a line above 64 Ki characters
 * the beginning comes alone. While `turning` says so the event loop turns during the wait for the next one.
 */
export async function* linesOf(
  fd: number,
  turning: () => boolean = () => false,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunksOf(fd, turning)) {
    const [first = '', ...others] = decoder.decode(chunk, { stream: true }).split('\n');
    if (rest.length < MAX_KEPT) rest += first;
    if (others.length === 0) continue;
    yield rest.slice(0, MAX_KEPT);
    rest = others.pop() ?? '';
    yield* others;
  }
  if (rest !== '') yield rest.slice(0, MAX_KEPT);
}

const readLater = promisify(read);

/** What a descriptor gives, as it comes; the array is used again. */
async function* chunksOf(fd: number, turning: () => boolean): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.alloc(64 * 1024);
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    let count = 0;
    try {
      count = turning()
        ? (await readLater(fd, chunk, 0, chunk.length, null)).bytesRead
        : readSync(fd, chunk, 0, chunk.length, null);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') {
        if (turning()) await new Promise((resolve) => setTimeout(resolve, 5));
        else Atomics.wait(sleeper, 0, 0, 5);
        continue;
      }
      if (code !== 'EOF') throw new CrashError(`standard input: ${systemMessage(error)}`);
    }
    if (count === 0) return;
    yield chunk.subarray(0, count);
  }
}
