import { CrashError } from '../../base/errors.ts';
import { diffLines } from '../../base/line-diff.ts';
import type { Target } from '../../kernel/core/target.ts';
import { taskTable } from '../../kernel/task/tasks.ts';
import { escapeText } from '../../output/text/escape.ts';
import { type DiffLine, unifiedLines } from '../../output/text/unified.ts';
import type { DumpIdentity } from '../../output/transcript/formats.ts';
import {
  type CommandContext,
  error,
  type Notice,
  note,
  progress,
  type Waiting,
} from '../command/command.ts';
import { EXTERNAL } from '../line/external-programs.ts';
import { splitRedirection, splitWords } from '../line/words.ts';
import { implicitCommand } from '../run/implicit-command.ts';
import { Shell } from '../run/shell.ts';
import { MemorySink } from '../sinks/sinks.ts';
import { ReplayConfinement } from '../state/confinement.ts';
import { createSession, type Session } from '../state/session.ts';
import { readSettings } from '../state/session-state.ts';
import { setVariable } from '../state/settings.ts';
import { differences, dumpIdentity } from '../transcript/dump-identity.ts';
import { type ReadRecord, type ReadTranscript, readTranscript } from '../transcript/read.ts';

/** Bytes by which an answer may exceed the recorded one before the command is stopped: it differs already. */
const ROOM = 1 << 20;

/** Results of a replay: a command with another answer, one that was not run, and the end. */
export type ReplayItem =
  | {
      readonly kind: 'difference';
      readonly line: string;
      readonly difference: readonly DiffLine[];
    }
  | { readonly kind: 'left-out'; readonly line: string; readonly why: string }
  | {
      readonly kind: 'summary';
      readonly run: number;
      readonly same: number;
      readonly different: number;
      readonly leftOut: number;
    };

/** How a transcript is replayed. */
export interface ReplayOptions {
  /** Runs programs and scripts and writes files too, where the transcript does. */
  readonly all: boolean;
}

/**
 * Runs the lines of a transcript on this dump, in a session of their own, and yields the differences. Ends in an error
 * when there are any. Throws CrashError when the file is no transcript.
 */
export function* replay(
  path: string,
  context: CommandContext,
  options: ReplayOptions,
): Generator<ReplayItem | Notice | Waiting> {
  const { session } = context;
  const transcript = readTranscript(path);
  const here = dumpIdentity(session, new Date());
  const isOther = yield* tellIdentity(transcript, here);
  const moved = isOther ? undefined : movedFile(transcript, here);
  const player = new Player(context, transcript, options);
  let same = 0;
  let different = 0;
  let leftOut = 0;
  for (const [index, record] of transcript.records.entries()) {
    yield progress(`command ${index + 1} of ${transcript.records.length}: ${record.line}`);
    const playing = player.play(record);
    yield { waiting: playing };
    // Ctrl-C: this command's answer is incomplete.
    if (session.interrupted) break;
    const played = player.last;
    if (played.leftOut !== undefined) {
      leftOut++;
      yield { kind: 'left-out', line: record.line, why: played.leftOut };
      continue;
    }
    const difference = yield* compare(withName(record, moved), played.text, transcript.exact);
    if (difference.length === 0) same++;
    else {
      different++;
      yield { kind: 'difference', line: record.line, difference };
    }
  }
  yield { kind: 'summary', run: same + different, same, different, leftOut };
  if (different > 0) {
    const what = different === 1 ? '1 command answers' : `${different} commands answer`;
    yield error(`${what} differently on this dump`);
  }
}

/** Notes on the transcript's dump, when it is another one. */
function* tellIdentity(
  { identity = {} }: ReadTranscript,
  here: DumpIdentity,
): Generator<Notice, boolean> {
  const apart = differences(identity, here);
  if (apart.length === 0) return false;
  const from = identity.dump === undefined ? '' : `: ${identity.dump}`;
  yield note(`the transcript is of another dump${from}`);
  for (const { what, recorded, here } of apart) yield note(`${what} ${recorded}, here ${here}`);
  return true;
}

/** The same dump may have another path: its name in an answer is no difference. */
function movedFile({ identity }: ReadTranscript, here: DumpIdentity): Moved | undefined {
  const from = identity?.dump ?? '';
  return from === '' || from === here.dump ? undefined : { from, to: here.dump };
}

/** Keeps a command's output as long as it may be the recorded answer. */
class BoundedSink extends MemorySink {
  #room: number;
  constructor(room: number) {
    super();
    this.#room = room;
  }
  override write(text: string): void {
    super.write(text);
    if (this.text.length > this.#room) this.closed = true;
  }
  /** A turn of the loop: for Ctrl-C. */
  override async drained(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Moved {
  readonly from: string;
  readonly to: string;
}

interface Played {
  readonly text: string;
  /** Why the command did not run, or was not compared. */
  readonly leftOut?: string;
}

/** A session like the recorded one, with restrictions. */
class Player {
  last: Played = { text: '' };
  readonly #context: CommandContext;
  readonly #session: Session;
  readonly #confinement: ReplayConfinement;

  constructor(context: CommandContext, { identity }: ReadTranscript, { all }: ReplayOptions) {
    const { target, session } = context;
    this.#context = context;
    this.#confinement = new ReplayConfinement(all);
    this.#session = createSession(target, {
      silent: true,
      version: session.version,
      confinement: this.#confinement,
      outer: session,
    });
    for (const { name, words } of session.aliases.list()) {
      this.#session.aliases.define(name, words, (word) => word !== name);
    }
    if (identity) this.#restore(identity);
  }

  #restore({ settings = '', context = '' }: Partial<DumpIdentity>): void {
    const session = this.#session;
    for (const words of readSettings(settings)) {
      try {
        setVariable(session, words);
      } catch (failure) {
        // A value of another version: the setting stays.
        if (!(failure instanceof CrashError)) throw failure;
      }
    }
    const task = taskAtText(session.target, context);
    if (task) session.setTask(task);
  }

  async play(record: ReadRecord): Promise<void> {
    const expected = record.output.reduce((sum, line) => sum + line.length + 1, 0);
    const sink = new BoundedSink(expected + ROOM);
    const shell = new Shell({
      session: this.#session,
      commands: new Map(this.#context.commands),
      console: sink,
      sugar: implicitCommand,
      place: { inherit: false, write: (text) => sink.write(text) },
    });
    await shell.execute(record.line);
    const refused = this.#confinement.takeRefusal();
    if (refused) {
      const more = refused.always ? '' : ': -x runs it';
      this.last = { text: sink.text, leftOut: `${refused.why}${more}` };
    } else if (isUnseen(record)) {
      this.last = { text: sink.text, leftOut: 'run, but what it printed was not recorded' };
    } else this.last = { text: sink.text };
  }
}

/** The output went to a program, and was not recorded. */
function isUnseen({ line, output, elsewhere }: ReadRecord): boolean {
  if (output.length > 0) return false;
  const { redirection } = splitRedirection(line);
  return elsewhere || redirection?.to === 'pipe' || EXTERNAL.has(splitWords(line)[0] ?? '');
}

function taskAtText(target: Target, text: string) {
  const [, digits] = /^([0-9a-f]{8,16})\b/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  try {
    return taskTable(target).tasks.find(({ address }) => address === BigInt(`0x${digits}`));
  } catch (failure) {
    if (failure instanceof CrashError) return undefined;
    throw failure;
  }
}

function withName(record: ReadRecord, moved: Moved | undefined): ReadRecord {
  if (!moved) return record;
  return { ...record, output: record.output.map((line) => line.replaceAll(moved.from, moved.to)) };
}

/** The difference between the recorded and the new answer; empty when there is none. */
function* compare(
  { output, interrupted }: ReadRecord,
  text: string,
  exact: boolean,
): Generator<Notice, readonly DiffLine[]> {
  // Output of programs is not escaped yet; recorded output is.
  const now = escapeText(text).split('\n');
  if (now.at(-1) === '') now.pop();
  const clean = exact ? (lines: readonly string[]) => lines : withoutBlankEnds;
  const before = clean(output);
  const after = clean(interrupted ? now.slice(0, output.length) : now);
  if (before.length === after.length && before.every((line, index) => line === after[index])) {
    return [];
  }
  const steps = diffLines(before, after);
  let step = steps.next();
  while (!step.done) {
    yield progress('comparing');
    step = steps.next();
  }
  return [...unifiedLines(before, after, step.value)];
}

/** Without blanks at the ends of lines and blank lines at the end of an answer, which copying from a terminal loses. */
function withoutBlankEnds(lines: readonly string[]): readonly string[] {
  const cut = lines.map((line) => line.trimEnd());
  let start = 0;
  let end = cut.length;
  while (start < end && cut[start] === '') start++;
  while (end > start && cut[end - 1] === '') end--;
  return cut.slice(start, end);
}
