import { hex, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { AnyCommand } from '../command/command.ts';
import { valueName } from '../command/declaration.ts';
import { evaluate } from '../line/expression.ts';
import { EXTERNAL } from '../line/external-programs.ts';
import type { Session } from '../state/session.ts';
import type { Completer } from './complete.ts';
import type { LineShape, ShapedWord } from './line-shape.ts';
import { closestNames } from './spelling.ts';

/** A piece of the line that is wrong whatever is typed next. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly problem: string;
}

/** A command's synopsis cut in pieces; `current` is the one being typed. */
export interface SynopsisPart {
  readonly text: string;
  readonly current: boolean;
}

/** Hints about a line while it is being typed. */
export interface TypingHint {
  readonly marks: readonly Mark[];
  readonly synopsis: readonly SynopsisPart[];
  /** Meaning of the current word. */
  readonly meaning: string;
  /** Value of the current word, when it is an expression. */
  readonly value: string;
}

/** The outside of the hints. */
export interface TypingHintParts {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly completer: Completer;
}

/** Hints for a line with the cursor in it; cheap enough for every key, and nothing of the dump is opened. */
export function typingHint(line: string, cursor: number, adviser: TypingHintParts): TypingHint {
  const shape = adviser.completer.shape(line, cursor);
  return {
    marks: marksOf(shape, cursor, adviser),
    ...synopsisOf(shape),
    value: worthOf(shape.current, adviser),
  };
}

/** The first word, flags that do not exist, and symbols that no dump name begins with. */
function marksOf(shape: LineShape, cursor: number, adviser: TypingHintParts): Mark[] {
  const marks: Mark[] = [];
  for (const word of shape.words) {
    const problem = problemOf(word, word.end === cursor, adviser);
    if (problem !== undefined) marks.push({ start: word.start, end: word.end, problem });
  }
  return marks;
}

function problemOf(
  word: ShapedWord,
  growing: boolean,
  adviser: TypingHintParts,
): string | undefined {
  if (word.role === 'command') return commandProblem(word, growing, adviser);
  if (word.role === 'flag' && word.command) return flagProblem(word, word.command);
  const [kind] = word.offers;
  if (kind === 'symbol' || kind === 'address') return symbolProblem(word, kind, adviser);
  return undefined;
}

function commandProblem(
  word: ShapedWord,
  growing: boolean,
  adviser: TypingHintParts,
): string | undefined {
  const { commands, session, completer } = adviser;
  const { text } = word;
  if (word.command || EXTERNAL.has(text) || text === 'Q' || /^(r|h|hi\w*)$/.test(text))
    return undefined;
  if (/^[#!<|\\*]|^\/\/|^r\d/.test(text)) return undefined;
  const [tag = ''] = text.split('.');
  if (completer.names.mayBeType(tag)) return undefined;
  if (completer.names.mayBeSymbol(text.replace(/:.*$/, ''))) return undefined;
  const known = [...commands.keys(), ...session.aliases.list().map(({ name }) => name)];
  if (growing && known.some((name) => name.startsWith(text))) return undefined;
  return `no command, type or symbol "${text}"${suggestion(text, known)}`;
}

function flagProblem(word: ShapedWord, command: AnyCommand): string | undefined {
  if (command.raw) return undefined;
  const body = word.text.slice(1);
  const { flags } = command;
  const keys = Object.keys(flags);
  if (keys.some((key) => key.startsWith(body)) || body === '?' || body === '-') return undefined;
  const bad = [...body].find((letter) => !keys.some((key) => key === letter));
  if (bad === undefined || /\d/.test(bad)) return undefined;
  // After a flag with a value the rest of the word is the value.
  const before = body.slice(0, body.indexOf(bad));
  if ([...before].some((letter) => flags[letter]?.value !== undefined)) return undefined;
  return `${command.name} has no flag -${bad}`;
}

function symbolProblem(
  word: ShapedWord,
  kind: 'symbol' | 'address',
  { completer }: TypingHintParts,
): string | undefined {
  const { text } = word;
  if (/^(0x)?[0-9a-f]*$/i.test(text) || !/^[A-Za-z_.][\w.$]*$/.test(text)) return undefined;
  if (completer.names.mayBeSymbol(text)) return undefined;
  return kind === 'symbol' ? `no symbol "${text}"` : `no number and no symbol: "${text}"`;
}

function suggestion(word: string, known: readonly string[]): string {
  const [near] = closestNames(word, known);
  return near === undefined ? '' : `; perhaps "${near}"`;
}

/** `rd [options] address [count]` from the declaration, and the meaning of the current piece. */
function synopsisOf({ current, command }: LineShape): Pick<TypingHint, 'synopsis' | 'meaning'> {
  if (!command) return { synopsis: [], meaning: '' };
  const inFlag = current.role === 'flag' || current.role === 'value';
  const flags = Object.keys(command.flags);
  const synopsis: SynopsisPart[] = [{ text: command.name, current: false }];
  if (inFlag && current.letter) {
    const value = current.flag?.value;
    synopsis.push({ text: `-${current.letter}`, current: current.role === 'flag' });
    if (value) synopsis.push({ text: valueName(value), current: current.role === 'value' });
  } else if (flags.length > 0) synopsis.push({ text: '[options]', current: false });
  for (const operand of command.operands) {
    const { name, arity } = operand;
    const many = arity === '*' || arity === '+' ? `${name} ...` : name;
    const text = arity === '*' || arity === '?' ? `[${many}]` : many;
    synopsis.push({ text, current: current.operand === operand && !inFlag });
  }
  const help = inFlag ? current.flag?.help : current.operand?.help;
  return { synopsis, meaning: help ?? '' };
}

/** The value of an expression. A plain number has no hint; symbols are looked up once they are known. */
function worthOf(word: ShapedWord, { session, completer }: TypingHintParts): string {
  const { text } = word;
  const wanted =
    word.offers.includes('expression') || word.offers.includes('address') || text.startsWith('(');
  if (!wanted || !completer.names.ready || /^(0x)?[0-9a-f]*$/i.test(text)) return '';
  if (!/[-+*/%&|^<>#~()]|^[A-Za-z_]/.test(text)) return '';
  try {
    const value = evaluate(text, (name) =>
      /^[A-Za-z_.][\w.$]*$/.test(name) ? session.findSymbol(name) : undefined,
    );
    return `${text} = ${hex(va(value))}${placeOf(value, session)}`;
  } catch (error) {
    // An incomplete expression has no value.
    if (error instanceof CrashError) return '';
    throw error;
  }
}

function placeOf(value: bigint, { target }: Session): string {
  if (value < 1n << 32n) return ` (${value})`;
  const found = target.symbols.at(va(value));
  if (!found) return '';
  const { symbol, offset } = found;
  return ` (${symbol.type}) ${symbol.name}${offset === 0 ? '' : `+${offset}`}`;
}
