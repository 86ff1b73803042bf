import { commands } from '../../commands/index.ts';
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
  /missing|excluded|cannot|not be read|not in the dump|beyond the end|not mapped|lost|invalid|unknown|WARNING|NOTE|not available|\.\.\.\/|no such|does not|corrupt|damaged|broken|\?\s+\?| - +- | - +\d+ +- | \*$/i;

/** A dump of which one frame is left out, and which remembers the frames that were read. */
export function without(dump: Dump, missing: number | undefined, read?: Set<number>): Dump {
  const { memory } = dump;
  return {
    ...dump,
    facts: dump.facts,
    paths: dump.paths,
    memory: {
      maxPfn: memory.maxPfn,
      status: (pfn) => (pfn === missing ? 'excluded' : memory.status(pfn)),
      runs: (from, to) => memory.runs(from, to),
      readPage(pfn, page) {
        read?.add(pfn);
        return pfn === missing ? 'excluded' : memory.readPage(pfn, page);
      },
    },
    readFile: (offset, length) => dump.readFile(offset, length),
    close: () => {},
  };
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

/**
 * Holds an answer against the whole one. `whole`: the same, but for remarks. `said`: the command failed, and each of its lines is
 * one of the whole answer or a remark. `silent`: another answer, and the command says that all is well. `wrong`: a line that the
 * whole answer has not, and that is no remark.
 */
export function judge(whole: Answer, part: Answer): { verdict: Verdict; line?: string } {
  const known = new Set(whole.lines);
  const stranger = part.lines.find((line) => !known.has(line) && !REMARK.test(line));
  const rows = part.lines.filter((line) => known.has(line)).length;
  const isWhole = rows === whole.lines.length && stranger === undefined;
  if (isWhole) return { verdict: 'whole' };
  if (part.outcome === 'ok') return { verdict: 'silent', ...(stranger ? { line: stranger } : {}) };
  return stranger === undefined ? { verdict: 'said' } : { verdict: 'wrong', line: stranger };
}
