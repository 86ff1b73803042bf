import { accessSync, constants } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { ShellPlace } from '../sinks/pipe.ts';
import type { Sink } from '../sinks/sinks.ts';
import { RUNS_PROGRAM } from './confinement.ts';
import type { Session } from './session.ts';
import type { PagerName } from './setting-values.ts';

/**
 * crash's prompt, and its way to run less: it ends with the last page, and leaves it on the screen. A colon is special
 * in a prompt of less.
 */
const PROMPT = ' -- MORE --  forward: <SPACE>, <ENTER> or j  backward: b or k  quit: q'.replaceAll(
  ':',
  '\\\\:',
);
const PROGRAMS = {
  less: { path: '/usr/bin/less', options: ` -E -X -P"${PROMPT}"` },
  more: { path: '/bin/more', options: '' },
} as const;

/** The path that `set scroll` shows; undefined for our own pager, and for a program that is not installed. */
export function pagerPath(name: PagerName): string | undefined {
  if (name === 'builtin') return undefined;
  const path = name === 'CRASHPAGER' ? (process.env.CRASHPAGER ?? '') : PROGRAMS[name].path;
  const program = name === 'CRASHPAGER' ? (path.split(/\s/)[0] ?? '') : path;
  // As in crash: a program by its path, without characters that a shell would interpret.
  return isAbsolute(program) && !/[|<>]/.test(path) && isExecutable(program) ? path : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Whatever the reason, it cannot be run.
    return false;
  }
}

/**
 * A sink for the pager program that is set; undefined when output does not go through one: it is the owner's, and shows no
 * answer to somebody who may not run programs.
 */
export async function externalPager(
  session: Session,
  place: ShellPlace,
): Promise<Sink | undefined> {
  const { scroll, pager } = session.settings;
  const path = scroll && session.interactive ? pagerPath(pager) : undefined;
  if (path === undefined || session.confinement?.allows(RUNS_PROGRAM) === false) return undefined;
  const { PipeSink } = await import('../sinks/pipe.ts');
  const options = pager === 'less' || pager === 'more' ? PROGRAMS[pager].options : '';
  const command = `${path}${options}`;
  return new LateSink(() => new PipeSink(command, place));
}

/** Opens a sink at the first write: a command that prints nothing needs no pager. */
class LateSink implements Sink {
  readonly color = false;
  readonly #openSink: () => Sink;
  #sink: Sink | undefined;

  constructor(openSink: () => Sink) {
    this.#openSink = openSink;
  }

  get closed(): boolean {
    return this.#sink?.closed ?? false;
  }
  write(text: string): void {
    if (text === '') return;
    this.#sink ??= this.#openSink();
    this.#sink.write(text);
  }
  async drained(): Promise<void> {
    await this.#sink?.drained();
  }
  async end(): Promise<void> {
    await this.#sink?.end();
  }
}
