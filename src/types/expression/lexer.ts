import { ExpressionError } from './error.ts';

/** A token of an expression, with its offset in the text. */
export type Token =
  | {
      readonly kind: 'integer';
      readonly at: number;
      readonly text: string;
      readonly value: bigint;
      readonly unsigned: boolean;
      readonly longs: 0 | 1 | 2;
    }
  | {
      readonly kind: 'float';
      readonly at: number;
      readonly text: string;
      readonly value: number;
      readonly single: boolean;
    }
  | {
      readonly kind: 'character';
      readonly at: number;
      readonly text: string;
      readonly value: number;
    }
  | {
      readonly kind: 'string';
      readonly at: number;
      readonly text: string;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'name' | 'history' | 'operator' | 'end';
      readonly at: number;
      readonly text: string;
    };

/** Longest first, so that `->` is not `-` and `>`. */
const OPERATORS = [
  '<<=',
  '>>=',
  '...',
  '->',
  '<<',
  '>>',
  '<=',
  '>=',
  '==',
  '!=',
  '&&',
  '||',
  '++',
  '--',
  '+=',
  '-=',
  '*=',
  '/=',
  '%=',
  '&=',
  '|=',
  '^=',
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '~',
  '!',
  '<',
  '>',
  '=',
  '?',
  ':',
  ',',
  '.',
  '@',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
] as const;

/** A longer expression is a mistake; the bound keeps recursion far from the stack's end. */
const MAX_TOKENS = 1000;

const NUMBER = /(?:0[xX][0-9a-fA-F]*|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\w*/y;
/** With the suffixes that compilers give to copies of functions: `foo.constprop.0`. */
const NAME = /[A-Za-z_]\w*(?:\.(?:constprop|isra|part|llvm|cold)\.\d+)*/y;
const HISTORY = /\$(?:[A-Za-z_]\w*|\$?\d*)/y;

/** Splits an expression into tokens, an `end` token last. Throws {@link ExpressionError} naming the word. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at]!)) {
      at++;
      continue;
    }
    if (tokens.length >= MAX_TOKENS)
      throw new ExpressionError('the expression is too long', text, at);
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', at: text.length, text: '' });
  return tokens;
}

function tokenAt(text: string, at: number): Token {
  const first = text[at]!;
  if (/\d/.test(first) || (first === '.' && /\d/.test(text[at + 1] ?? '')))
    return numberAt(text, at);
  if (/[A-Za-z_]/.test(first)) return { kind: 'name', at, text: match(NAME, text, at) };
  if (first === '$') return { kind: 'history', at, text: match(HISTORY, text, at) };
  if (first === "'" || first === '"') return quotedAt(text, at, first);
  const operator = OPERATORS.find((candidate) => text.startsWith(candidate, at));
  if (operator === undefined) {
    throw new ExpressionError(`Invalid character '${first}' in expression.`, text, at);
  }
  return { kind: 'operator', at, text: operator };
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function numberAt(text: string, at: number): Token {
  const word = match(NUMBER, text, at);
  const invalid = (): ExpressionError => new ExpressionError(`Invalid number "${word}".`, text, at);
  if (/^(?!0[xX])[\d.]*(?:\.|[eE][-+]?\d)/.test(word)) {
    const parts = /^([\d.]+(?:[eE][-+]?\d+)?)([fFlL]?)$/.exec(word);
    if (!parts) throw invalid();
    return { kind: 'float', at, text: word, value: Number(parts[1]), single: /f/i.test(parts[2]!) };
  }
  const parts = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9]\d*)([uU]?(?:ll|LL|[lL])?[uU]?)$/.exec(
    word,
  );
  if (!parts || (parts[2]!.match(/u/gi)?.length ?? 0) > 1) throw invalid();
  const digits = parts[1]!;
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (value >= 1n << 64n) throw new ExpressionError('Numeric constant too large.', text, at);
  const longs = /ll/i.test(parts[2]!) ? 2 : /l/i.test(parts[2]!) ? 1 : 0;
  return { kind: 'integer', at, text: word, value, unsigned: /u/i.test(parts[2]!), longs };
}

const SIMPLE_ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  e: 27,
  '\\': 92,
  "'": 39,
  '"': 34,
  '?': 63,
};

function quotedAt(text: string, start: number, quote: string): Token {
  const bytes: number[] = [];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) {
    if (text[at] !== '\\') {
      const character = String.fromCodePoint(text.codePointAt(at)!);
      bytes.push(...Buffer.from(character));
      at += character.length;
      continue;
    }
    const pattern = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(.))/sy;
    pattern.lastIndex = at;
    const [all = '\\', hex, octal, letter = ''] = pattern.exec(text) ?? [];
    const value = hex
      ? Number.parseInt(hex, 16)
      : octal
        ? Number.parseInt(octal, 8)
        : SIMPLE_ESCAPES[letter];
    if (value === undefined) throw new ExpressionError(`Unknown escape ${all}`, text, at);
    bytes.push(value & 0xff);
    at += all.length;
  }
  if (at >= text.length) {
    throw new ExpressionError(
      quote === '"' ? 'Unterminated string in expression.' : 'Unmatched single quote.',
      text,
      start,
    );
  }
  const word = text.slice(start, at + 1);
  if (quote === '"')
    return { kind: 'string', at: start, text: word, bytes: Uint8Array.from([...bytes, 0]) };
  if (bytes.length !== 1) {
    throw new ExpressionError(
      bytes.length === 0 ? 'Empty character constant.' : `No symbol ${word} in current context.`,
      text,
      start,
    );
  }
  return { kind: 'character', at: start, text: word, value: bytes[0]! };
}
