import type { AnyCommand } from '../command/command.ts';
import type { CompletionKind, Flag, Operand } from '../command/declaration.ts';
import type { Aliases } from '../line/aliases.ts';
import { splitRedirection, splitWords, type WordSpan, wordSpans } from '../line/words.ts';

/** One word of a line and its meaning by the declaration of the line's command. */
export interface ShapedWord extends WordSpan {
  readonly role: 'command' | 'flag' | 'value' | 'operand' | 'shell' | 'file';
  /** The flag that the word is, or whose value it is: its letter and its declaration. */
  readonly letter?: string;
  readonly flag?: Flag;
  readonly operand?: Operand;
  /** Kinds of words that are possible here. */
  readonly offers: readonly CompletionKind[];
  /** The command that the word belongs to. */
  readonly command?: AnyCommand;
}

/** The structure of a line that is still being typed. */
export interface LineShape {
  readonly words: readonly ShapedWord[];
  /** The word that the cursor touches, or the empty one that would begin there. */
  readonly current: ShapedWord;
  /** The command of the current word. */
  readonly command: AnyCommand | undefined;
}

/** The names by which the words of a line are told apart. */
export interface Names {
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly aliases: Aliases;
}

const COMMENT = /^\s*(#|\/\/)/;

/** The structure of a line, with the cursor's word. Never throws: unrecognised words are text. */
export function shapeLine(line: string, cursor: number, names: Names): LineShape {
  const { command, redirection } = splitRedirection(line, 'crash');
  const shellFirst = /^\s*[!|]/.test(line) || COMMENT.test(line);
  const end = shellFirst ? 0 : redirection ? cutPlace(line, command) : line.length;
  const text = line.slice(0, end);
  const spans = wordSpans(text);
  const touched = spans.find((word) => word.start <= cursor && cursor <= word.end);
  const beyond =
    cursor > end || (redirection !== undefined && cursor === end && end > 0 && !touched);
  const inTail = shellFirst || (beyond && redirection !== undefined);
  const open: WordSpan = { text: '', start: cursor, end: cursor };
  const all = touched || inTail ? spans : [...spans.filter((word) => word.end < cursor), open];
  const later = touched || inTail ? [] : spans.filter((word) => word.start > cursor);
  const words = shapeWords([...all, ...later], names);
  const current = inTail
    ? tailWord(line, cursor, redirection?.to === 'file')
    : (words.find((word) => word.start <= cursor && cursor <= word.end) ?? asText(open));
  return {
    words: words.filter((word) => word.text !== '' || word.end > word.start),
    current,
    command: current.role === 'command' ? undefined : current.command,
  };
}

/** The place of the mark that ends the command's part. */
const cutPlace = (line: string, command: string): number =>
  command.length + (/^\s*/.exec(line.slice(command.length))?.[0].length ?? 0);

const asText = (span: WordSpan): ShapedWord => ({ ...span, role: 'operand', offers: [] });

/** The word under the cursor after `|`, `!` or `>`. */
function tailWord(line: string, cursor: number, file: boolean): ShapedWord {
  const start =
    Math.max(...[' ', '>', '|', '!'].map((mark) => line.lastIndexOf(mark, cursor - 1))) + 1;
  const span = { text: line.slice(start, cursor), start, end: cursor };
  return { ...span, role: file ? 'file' : 'shell', offers: ['file'] };
}

function shapeWords(spans: readonly WordSpan[], names: Names): ShapedWord[] {
  const [first, ...rest] = spans;
  if (!first) return [];
  const star = first.text.length > 1 && first.text.startsWith('*') && names.commands.get('*');
  if (first.text === '<') {
    return [{ ...first, role: 'operand', offers: [] }, ...rest.map((word) => filed(word))];
  }
  const alias = names.aliases.find(first.text);
  const [name = first.text, ...before] = alias ? splitWords(alias.words.join(' ')) : [];
  const command = star || names.commands.get(name);
  const head: ShapedWord = {
    ...first,
    role: 'command',
    offers: ['command'],
    ...(command ? { command } : {}),
  };
  if (!command) return [head, ...rest.map(asText)];
  return [head, ...new Reader(command, names).read(before, rest)];
}

const filed = (word: WordSpan): ShapedWord => ({ ...word, role: 'file', offers: ['file'] });

/** Reads words as getopt does, without failing. */
class Reader {
  readonly #command: AnyCommand;
  readonly #names: Names;
  #operands = 0;
  #flagsEnded = false;
  #waiting: { readonly letter: string; readonly flag: Flag } | undefined;

  constructor(command: AnyCommand, names: Names) {
    this.#command = command;
    this.#names = names;
  }

  /** `before` are words that an alias put in front. */
  read(before: readonly string[], spans: readonly WordSpan[]): ShapedWord[] {
    for (const text of before) this.#one({ text, start: 0, end: 0 });
    const words: ShapedWord[] = [];
    for (const [index, span] of spans.entries()) {
      if (span.text === '<' && index > 0) {
        return [...words, asText(span), ...spans.slice(index + 1).map(filed)];
      }
      const nested = this.#nestedFrom(span);
      if (nested) return [...words, ...shapeWords(spans.slice(index), this.#names)];
      words.push(this.#one(span));
    }
    return words;
  }

  /** The words of a nested command (`repeat`): from the command's name on. */
  #nestedFrom(span: WordSpan): boolean {
    const operand = this.#operandNow();
    return (
      this.#waiting === undefined &&
      operand?.kind === 'command' &&
      operand.arity === '+' &&
      !span.text.startsWith('-')
    );
  }

  #operandNow(): Operand | undefined {
    const { operands } = this.#command;
    const last = operands.at(-1);
    const many = last?.arity === '*' || last?.arity === '+';
    return operands[this.#operands] ?? (many ? last : undefined);
  }

  #one(span: WordSpan): ShapedWord {
    const command = this.#command;
    if (this.#waiting) {
      const { letter, flag } = this.#waiting;
      this.#waiting = undefined;
      return { ...span, role: 'value', letter, flag, offers: offersOf(flag), command };
    }
    if (span.text === '--') this.#flagsEnded = true;
    else if (span.text.startsWith('-') && !this.#flagsEnded && !this.#isNumber(span.text)) {
      return this.#flag(span);
    }
    const operand = this.#operandNow();
    this.#operands++;
    return {
      ...span,
      role: 'operand',
      offers: operand ? offersOf(operand) : [],
      ...(operand ? { operand } : {}),
      command,
    };
  }

  /** `-5` where the command has no such flag is a number. */
  #isNumber(text: string): boolean {
    return /^-\d+$/.test(text) && !Object.keys(this.#command.flags).some((key) => key === text[1]);
  }

  #flag(span: WordSpan): ShapedWord {
    const command = this.#command;
    const { flags } = command;
    const body = span.text.slice(1);
    const whole = flags[body];
    if (whole && body.length > 1)
      return { ...span, role: 'flag', letter: body, flag: whole, offers: [], command };
    for (let at = 0; at < body.length; at++) {
      const letter = body[at] ?? '';
      const flag = flags[letter];
      if (!flag) continue;
      const rest = body.slice(at + 1);
      if (flag.value === undefined || flag.attached) continue;
      if (rest !== '') {
        const start = span.start + at + 2;
        const value = { text: rest, start, end: span.end };
        return { ...value, role: 'value', letter, flag, offers: offersOf(flag), command };
      }
      this.#waiting = { letter, flag };
      return { ...span, role: 'flag', letter, flag, offers: [], command };
    }
    const letter = body.at(-1) ?? '';
    const flag = flags[letter];
    return { ...span, role: 'flag', letter, ...(flag ? { flag } : {}), offers: [], command };
  }
}

function offersOf(word: Flag | Operand): readonly CompletionKind[] {
  if (word.completion) return word.completion;
  const kind = 'kind' in word ? word.kind : word.value;
  return kind === undefined ? [] : [kind];
}
