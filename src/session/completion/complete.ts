import { CrashError } from '../../base/errors.ts';
import type { AnyCommand } from '../command/command.ts';
import { type CompletionKind, type Flags, valueName } from '../command/declaration.ts';
import type { Session } from '../state/session.ts';
import {
  type Candidate,
  type Completion,
  type Completions,
  commonStart,
  MAX_CANDIDATES,
} from './candidates.ts';
import { type DumpNames, dumpNames } from './dump-names.ts';
import { type LineShape, type ShapedWord, shapeLine } from './line-shape.ts';
import { offerOf } from './providers.ts';

/** The outside of a completer. */
export interface CompleterParts {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  recent?(): readonly Candidate[];
}

/** Kinds that include names of commands. */
const NAMING: ReadonlySet<CompletionKind> = new Set<CompletionKind>(['command', 'foreach']);

const NONE: Completions = { candidates: [], total: 0 };

/** Completes lines from the declarations of the commands and the names in the dump. Independent of the terminal. */
export class Completer {
  readonly names: DumpNames;
  readonly #parts: CompleterParts;

  constructor(parts: CompleterParts) {
    this.#parts = parts;
    this.names = dumpNames(parts.session);
  }

  shape(line: string, cursor: number): LineShape {
    const { session, commands } = this.#parts;
    return shapeLine(line, cursor, { commands, aliases: session.aliases });
  }

  /** The name of the command at the cursor; '' where there is none. */
  commandAt(line: string, cursor: number): string {
    const named = this.shape(line, cursor)
      .words.filter(({ start }) => start <= cursor)
      .filter(({ role, offers }) => role === 'command' || offers.some((offer) => NAMING.has(offer)))
      .map(({ text, command, role }) => (role === 'command' ? command?.name : text));
    return named.findLast((name) => name !== undefined && this.#parts.commands.has(name)) ?? '';
  }

  /** The completions at the cursor. Never throws for a dump's faults: unreadable names are left out. */
  complete(line: string, cursor: number): Completion {
    const { words, current } = this.shape(line, cursor);
    const typed = line.slice(current.start, cursor);
    const offered = this.#offered(current, typed, words);
    return {
      start: current.start + (offered.offset ?? 0),
      // With the cursor inside a word only the part before it is replaced.
      end: cursor,
      candidates: offered.candidates.slice(0, MAX_CANDIDATES),
      total: offered.total,
      common: offered.common ?? commonStart(offered.candidates),
    };
  }

  #offered(current: ShapedWord, typed: string, words: readonly ShapedWord[]): Completions {
    if (current.role === 'operand' && typed.startsWith('-') && current.command) {
      return flagsOf(current.command.flags, typed);
    }
    if (current.role === 'flag' && current.command) return flagsOf(current.command.flags, typed);
    const asked = current.offers.map((offer) => this.#offer(offer, typed, words));
    // A kind without candidates does not decide where the word begins.
    const knowing = asked.filter(({ total }) => total > 0);
    const found = knowing.length > 0 ? knowing : asked;
    if (found.length <= 1) return found[0] ?? NONE;
    // Two kinds may offer the same word: a member of the type before the dot, and of the line's type.
    const all = found.flatMap(({ candidates }) => candidates);
    const candidates = [
      ...new Map(all.toReversed().map((one) => [one.text, one])).values(),
    ].reverse();
    return {
      candidates,
      total: found.reduce((sum, { total }) => sum + total, candidates.length - all.length),
      ...(found.every(({ offset }) => offset === found[0]?.offset) ? offsetOf(found[0]) : {}),
      common: commonStart(candidates),
    };
  }

  #offer(offer: CompletionKind, typed: string, words: readonly ShapedWord[]): Completions {
    const { session, commands, recent } = this.#parts;
    const source = { session, commands, names: this.names, recent: recent?.() ?? [], words };
    try {
      return offerOf(offer)(typed, source);
    } catch (error) {
      if (error instanceof CrashError) return NONE;
      throw error;
    }
  }
}

const offsetOf = (offered: Completions | undefined) =>
  offered?.offset === undefined ? {} : { offset: offered.offset };

/** Flags with their one line of help; a bundle (`-fl`) is completed with further letters. */
function flagsOf(flags: Flags, typed: string): Completions {
  const body = typed.replace(/^-/, '');
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  const candidate = (text: string, [, flag]: (typeof shown)[number]): Candidate => ({
    text,
    detail:
      flag.value === undefined || flag.attached
        ? flag.help
        : `${valueName(flag.value)}: ${flag.help}`,
    suffix: ' ',
  });
  const direct = shown.filter(([key]) => key.startsWith(body));
  const bundle = body !== '' && [...body].every((letter) => isSwitch(flags, letter));
  const further = bundle
    ? shown.filter(
        ([key]) => key.length === 1 && !body.includes(key) && !direct.some(([d]) => d === key),
      )
    : [];
  const candidates = [
    ...direct.map((entry) => candidate(`-${entry[0]}`, entry)),
    ...further.map((entry) => candidate(`-${body}${entry[0]}`, entry)),
  ];
  return { candidates, total: candidates.length };
}
const isSwitch = (flags: Flags, letter: string): boolean =>
  flags[letter] !== undefined && flags[letter].value === undefined;
