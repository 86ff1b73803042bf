import { fileURLToPath } from 'node:url';
import { commands } from '../../commands/index.ts';
import { withPages } from '../../dumps/other-pages.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession } from '../../src/session/state/session.ts';

/** What a command answered, and how it ended. */
export interface Answer {
  readonly lines: readonly string[];
  readonly outcome: string;
}

/** How an answer without one page of memory relates to the whole one. */
export type Verdict = 'whole' | 'said' | 'silent' | 'wrong';

/** Lines that a command prints of what it lacks; they are no part of the answer. */
const REMARK =
  /^ *>? *\d+ +-1 |missing|excluded|the stack walk ends|cannot|not be read|not in the dump|beyond the end|not mapped|lost|invalid|unknown|WARNING|NOTE|not available|\.\.\.\/|no such|does not|corrupt|damaged|broken|\?\s+\?| - +- | - +\d+ +- | \*$/i;

/** A dump of which one frame is left out, and which remembers the frames that were read. */
export function without(dump: Dump, missing: number | undefined, read?: Set<number>): Dump {
  const { memory } = dump;
  return withPages(dump, {
    status: (pfn) => (pfn === missing ? 'excluded' : memory.status(pfn)),
    readPage(pfn, page) {
      read?.add(pfn);
      return pfn === missing ? 'excluded' : memory.readPage(pfn, page);
    },
  });
}

/** Runs one command line on a dump that is opened for it alone. */
export async function run(dump: Dump, line: string): Promise<Answer> {
  const sink = new MemorySink();
  const place = { inherit: false, write: (text: string) => sink.write(text) };
  const session = createSession(openTarget(dump), { silent: true });
  const shell = new Shell({ session, commands: commandMap(commands), console: sink, place });
  const outcome = await shell.execute(line);
  return { lines: sink.text.split('\n').filter((each) => each !== ''), outcome };
}

/** A frame keeps its line when those below it are missing, or when it is marked as doubtful; registers keep theirs without ORIG_RAX. */
const sameFrame = (line: string): string =>
  line
    .replace(/^ *#\d+ /, '')
    .replace(/ \*$/, '')
    .replace(/^ +ORIG_RAX: [0-9a-f]+ {2}CS/, '    CS');

/**
 * Holds an answer against the whole one. `whole`: the same, but for remarks. `said`: the command failed, and each of its lines is
 * one of the whole answer or a remark. `silent`: another answer, and the command says that all is well. `wrong`: a line that the
 * whole answer has not, and that is no remark.
 */
export function judge(whole: Answer, part: Answer): { verdict: Verdict; line?: string } {
  const known = new Set(whole.lines.map(sameFrame));
  const stranger = part.lines.find((line) => !known.has(sameFrame(line)) && !REMARK.test(line));
  const rows = part.lines.filter((line) => known.has(sameFrame(line))).length;
  const isWhole = rows === whole.lines.length && stranger === undefined;
  if (isWhole) return { verdict: 'whole' };
  if (part.outcome === 'ok') return { verdict: 'silent', ...(stranger ? { line: stranger } : {}) };
  return stranger === undefined ? { verdict: 'said' } : { verdict: 'wrong', line: stranger };
}

/** The path of a dump that the project carries. */
export const bundled = (name: string): string =>
  fileURLToPath(new URL(`../../dumps/${name}.kdump`, import.meta.url));

/** What became of a command's answer without one page. */
export interface LeftOut {
  readonly pfn: number;
  readonly verdict: Verdict;
  /** The first line that the whole answer has not. */
  readonly line: string;
  readonly answer: Answer;
}

/** Leaves out pages of those that a command read, one at a time: so many of them, evenly spread, or all. */
export async function* leaveOut(
  file: string,
  line: string,
  pages?: number,
): AsyncGenerator<LeftOut> {
  const dump = openDump([file]);
  try {
    const read = new Set<number>();
    const whole = await run(without(dump, undefined, read), line);
    const frames = [...read];
    const step = pages === undefined ? 1 : Math.max(1, Math.floor(frames.length / pages));
    for (let i = 0; i < frames.length; i += step) {
      const pfn = frames[i] as number;
      const answer = await run(without(dump, pfn), line);
      const { verdict, line: stranger = '' } = judge(whole, answer);
      yield { pfn, verdict, line: stranger, answer };
    }
  } finally {
    dump.close();
  }
}
