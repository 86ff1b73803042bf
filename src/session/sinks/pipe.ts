import { type ChildProcess, spawn } from 'node:child_process';
import type { Sink } from './sinks.ts';

/** Characters that the reader has not taken yet, above which the producer waits. */
const HIGH_WATER = 256 * 1024;

/** The place where a shell's own output appears. */
export interface ShellPlace {
  /** A terminal or a plain stream: the shell writes to it itself. Otherwise its output is read back as text. */
  readonly inherit: boolean;
  write(text: string): void;
  /** Gives the terminal to a shell; returns the function that takes it back. */
  lend?(): () => void;
}

/**
 * A `/bin/sh` pipeline that reads what a command prints. Its errors and output appear where the session's
 * do. When it stops reading, the sink closes and the command stops.
 */
export class PipeSink implements Sink {
  closed = false;
  code = 0;
  readonly color = false;
  readonly #child: ChildProcess;
  readonly #done: Promise<void>;
  #pending = 0;

  constructor(command: string, place: ShellPlace) {
    this.#child = start(command, 'pipe', place);
    const { stdin } = this.#child;
    // EPIPE arrives here, some time after the write that caused it.
    stdin?.on('error', () => {
      this.closed = true;
    });
    this.#done = finished(this.#child).then((code) => {
      this.closed = true;
      this.code = code;
    });
  }

  write(text: string): void {
    const { stdin } = this.#child;
    if (this.closed || !stdin) return;
    this.#pending += text.length;
    stdin.write(text, () => {
      this.#pending -= text.length;
    });
  }

  async drained(): Promise<void> {
    // One turn of the loop, in which EPIPE and exits are handled; more while the pipe is full.
    do await new Promise((resolve) => setImmediate(resolve));
    while (!this.closed && this.#pending > HIGH_WATER && (await this.#breathe()));
  }
  async #breathe(): Promise<true> {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return true;
  }

  async end(): Promise<void> {
    this.#child.stdin?.end();
    await this.#done;
  }
  /** Ctrl-C that came before the programs had the terminal: the whole job is signalled, as the terminal would. */
  stop(): void {
    if (!this.closed) process.kill(0, 'SIGINT');
  }
}

/** Runs `/bin/sh -c command` to its end; resolves to its exit code. An empty command is an interactive shell. */
export async function runShell(
  command: string,
  place: ShellPlace,
  interactive: boolean,
): Promise<number> {
  const child = start(command, interactive ? 'inherit' : 'ignore', place);
  return finished(child);
}

let hasStarted = false;

/**
 * Whether the session has started a program. Not whether one runs: a shell that has ended may have left it behind, and the hang-up
 * that ended the shell can be seen before our own.
 */
export const hasStartedPrograms = (): boolean => hasStarted;

function start(
  command: string,
  stdin: 'pipe' | 'inherit' | 'ignore',
  place: ShellPlace,
): ChildProcess {
  const out = place.inherit ? 'inherit' : 'pipe';
  const takeBack = place.lend?.();
  const child = spawn('/bin/sh', command === '' ? ['-i'] : ['-c', command], {
    stdio: [stdin, out, out],
  });
  hasStarted = true;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => place.write(text));
  }
  // `close` comes after `error` too.
  if (takeBack) child.once('close', takeBack);
  return child;
}

const finished = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', (code) => resolve(code ?? 128));
  });
