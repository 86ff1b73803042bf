/** Splitting of a command line: words, and the shell's part of it. */

/** A word and its place in the line, its quotes included. */
export interface WordSpan {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Words by crash's rules: blanks separate; a word that begins with `(` runs to its matching `)`; double
 * quotes at the start of a word group and vanish; single quotes group and stay (they mark a regular
 * expression). Nothing else is special: no escapes, no variables.
 */
export const splitWords = (line: string): string[] => wordSpans(line).map(({ text }) => text);

/** As {@link splitWords}, with the places: for completion and marks. */
export function wordSpans(line: string): WordSpan[] {
  const words: WordSpan[] = [];
  let at = 0;
  while (at < line.length) {
    const character = line[at] ?? '';
    if (/\s/.test(character)) {
      at++;
      continue;
    }
    if (character === '"') {
      const close = line.indexOf('"', at + 1);
      const end = close < 0 ? line.length : close + 1;
      const text = line.slice(at + 1, close < 0 ? line.length : close);
      words.push({ text, start: at, end });
      at = end;
      continue;
    }
    const end = endOfWord(line, at);
    words.push({ text: line.slice(at, end), start: at, end });
    at = end;
  }
  return words;
}

function endOfWord(line: string, start: number): number {
  let at = start;
  if (line[start] === '(') at = closingParenthesis(line, start) + 1;
  else if (line[start] === "'") {
    const close = line.indexOf("'", start + 1);
    if (close > 0) at = close + 1;
  }
  while (at < line.length && !/\s/.test(line[at] ?? '')) at++;
  return at;
}

/** The index of the `)` that matches the `(` at `start`; of the last character when none does. */
function closingParenthesis(line: string, start: number): number {
  let depth = 0;
  for (let at = start; at < line.length; at++) {
    if (line[at] === '(') depth++;
    else if (line[at] === ')' && --depth === 0) return at;
  }
  return line.length - 1;
}

/** Destination of a command's output. */
export type Redirection =
  | { readonly to: 'pipe'; readonly command: string; readonly mark: '|' | '!' }
  | { readonly to: 'file'; readonly path: string; readonly append: boolean };

/** A line cut at its redirection. */
export interface SplitLine {
  readonly command: string;
  readonly redirection: Redirection | undefined;
}

/** What makes a `>` a redirection: crash's rule, or {@link isWrittenByHand} besides. */
export type RedirectRule = 'safe' | 'crash';

/**
 * Cuts a line at the first `|`, `!`, `>` or `>>` that is neither quoted nor inside parentheses. `->` is
 * no redirection (a member access), and neither is `!=` (a comparison; crash would pipe there). By the rule `safe` a
 * `>` of pasted output is none either: it would create a file, or empty one.
 */
export function splitRedirection(line: string, rule: RedirectRule = 'safe'): SplitLine {
  const at = findRedirection(line, rule);
  if (at < 0) return { command: line, redirection: undefined };
  const command = line.slice(0, at).trimEnd();
  const mark = line[at];
  if (mark === '>') {
    const { append, path } = fileAfter(line, at);
    return { command, redirection: { to: 'file', path, append } };
  }
  const shell = line.slice(at + 1).trim();
  return { command, redirection: { to: 'pipe', command: shell, mark: mark === '!' ? '!' : '|' } };
}

function fileAfter(line: string, at: number): { append: boolean; path: string } {
  const append = line[at + 1] === '>';
  return { append, path: splitWords(line.slice(at + (append ? 2 : 1)))[0] ?? '' };
}

/**
 * Whether a `>` looks like a user's redirection and not like pasted output: a command before it, a blank beside it, no
 * bracket that it closes (`[<ffffffff81000000>]`, `<IRQ stack>`), no arrow (`=>`, `->`), and a file's name after it,
 * which has a letter and is no hexadecimal number.
 */
function isWrittenByHand(line: string, at: number): boolean {
  const before = line.slice(0, at);
  if (before.trim() === '' || /[-=]$/.test(before) || /<\S[^<>]*(?<!\s)$/.test(before))
    return false;
  const { append, path } = fileAfter(line, at);
  const isApart = /\s$/.test(before) || /\s/.test(line[at + (append ? 2 : 1)] ?? '');
  // Without a name it is a redirection that crash refuses; so do we.
  return isApart && (path === '' || (/[a-z]/i.test(path) && !/^(0x)?[0-9a-f]+[:,]?$/i.test(path)));
}

function findRedirection(line: string, rule: RedirectRule): number {
  let depth = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at];
    if (character === '"' || character === "'") {
      const close = line.indexOf(character, at + 1);
      // An apostrophe that is never closed is a plain character.
      if (close > 0) at = close;
    } else if (character === '(') depth++;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (depth > 0) continue;
    else if (character === '|') return at;
    else if (character === '!' && line[at + 1] !== '=') return at;
    else if (
      character === '>' &&
      (rule === 'crash' ? line[at - 1] !== '-' : isWrittenByHand(line, at))
    )
      return at;
  }
  return -1;
}

/** The line without the prompts that were copied with it: `crash> bt`. */
export const withoutPrompt = (line: string): string => line.replace(/^(?:\s*crash>\s*)+/, '');
