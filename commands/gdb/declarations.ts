/**
 * A declaration as gdb's ptype writes it, of the text that crash's whatis has: `void (void)`, `struct {...}` of a typedef of one,
 * an enum in one row. `words`: what was asked for.
 */
export function asGdbWrites(text: string, words: readonly string[]): string {
  const plain = withoutName(text, words)
    .replace(/^SIZE: \d+$/, '')
    .replace(/^typedef /, '');
  // crash says of a type of the language only its size.
  if (plain === '') return words.join(' ');
  if (/^enum\b/.test(plain)) return inOneRow(plain);
  return plain.includes('\n') ? plain : plain.replace(/^([\w *]*[\w*])(\([^()]*\))$/, '$1 $2');
}

/** `enum pid_type {A, B, C = 5}`: a value is written where it is not the one before and one more. */
function inOneRow(text: string): string {
  const head = /^(enum(?: \w+)?) \{\n/.exec(text)?.[1];
  if (head === undefined) return text;
  let next = 0n;
  const members = [...text.matchAll(/^ +(\w+) = (-?\d+)$/gm)].map(([, name, digits = '0']) => {
    const value = BigInt(digits);
    const isNext = value === next;
    next = value + 1n;
    return isNext ? name : `${name} = ${value}`;
  });
  return `${head} {${members.join(', ')}}`;
}

/** The type alone, without its size and the variable's name. */
function withoutName(text: string, words: readonly string[]): string {
  const [name = ''] = words;
  const declared = text.replace(/\nSIZE: \d+$/, '');
  if (words.length > 1 || !declared.endsWith(';')) return declared;
  return declared.replace(new RegExp(` ?\\b${name}\\b`), '').replace(/;$/, '');
}
