import type { BuiltinName, ExpressionTypes } from './expression-types.ts';
import type { TokenStream } from './tokens.ts';

const INT_WORDS = new Set([
  'char',
  'short',
  'int',
  'long',
  'signed',
  'unsigned',
  'float',
  'double',
  'void',
  '_Bool',
  '__int128',
]);
const QUALIFIERS = new Set(['const', 'volatile', 'restrict', '__restrict']);
const TAGS = new Set(['struct', 'union', 'enum']);

/** Largest array that a type name may ask for. */
const MAX_COUNT = 0xffffffffn;

/** Whether the next token begins a type name. A variable hides a typedef of the same name (`isVariable`). */
export function startsTypeName(
  tokens: TokenStream,
  types: ExpressionTypes,
  isVariable: (name: string) => boolean,
): boolean {
  const token = tokens.peek();
  if (token.kind !== 'name') return false;
  const word = token.text;
  if (INT_WORDS.has(word) || QUALIFIERS.has(word) || TAGS.has(word)) return true;
  // In this order: a name that is nowhere may cost the reading of an index.
  return !isVariable(word) && types.find('typedef', word) !== undefined;
}

/** Parses `struct foo *(*)[4]`, `unsigned long`, `u8 [16]`, `int (*)(void *, ...)`; returns the type's number. */
export function parseTypeName(tokens: TokenStream, types: ExpressionTypes): number {
  return tokens.nested(() => {
    const base = parseSpecifiers(tokens, types);
    return parseDeclarator(tokens, types)(base);
  });
}

function parseSpecifiers(tokens: TokenStream, types: ExpressionTypes): number {
  const words: string[] = [];
  const qualifiers: string[] = [];
  let named: number | undefined;
  const start = tokens.peek().at;
  for (let token = tokens.peek(); token.kind === 'name'; token = tokens.peek()) {
    const word = token.text;
    if (QUALIFIERS.has(word)) qualifiers.push(word);
    else if (INT_WORDS.has(word) && named === undefined) words.push(word);
    else if (words.length > 0 || named !== undefined) break;
    else if (TAGS.has(word)) {
      tokens.take();
      named = findTagged(tokens, types, word as 'struct' | 'union' | 'enum');
      continue;
    } else {
      named = types.find('typedef', word)?.id;
      if (named === undefined)
        throw tokens.error(`No symbol "${word}" in current context.`, token.at);
    }
    tokens.take();
  }
  if (named === undefined) {
    const builtin = builtinOf(words);
    if (builtin === undefined) {
      throw words.length === 0
        ? tokens.syntaxError()
        : tokens.error(`no type is called ${words.join(' ')}`, start);
    }
    named = types.builtin(builtin);
  }
  if (qualifiers.includes('volatile')) named = types.qualified('volatile', named);
  if (qualifiers.includes('const')) named = types.qualified('const', named);
  return named;
}

function findTagged(
  tokens: TokenStream,
  types: ExpressionTypes,
  tag: 'struct' | 'union' | 'enum',
): number {
  const { at } = tokens.peek();
  const name = tokens.expectName();
  const found = types.find(tag, name);
  if (found === undefined) {
    throw tokens.unknown(`No ${tag} type named ${name}.`, at, { kind: 'type', name });
  }
  return found.id;
}

/** `long unsigned int` and its like, in any order, as one name. */
function builtinOf(words: readonly string[]): BuiltinName | undefined {
  const left = [...words];
  const drop = (word: string): boolean => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  };
  const unsigned = drop('unsigned');
  const signed = drop('signed');
  const longs = Number(drop('long')) + Number(drop('long'));
  const short = drop('short');
  if (unsigned && signed) return undefined;
  const [core] = left;
  if (left.length > 1) return undefined;
  if (core === 'char' && longs === 0 && !short) {
    return unsigned ? 'unsigned char' : signed ? 'signed char' : 'char';
  }
  if (core === '__int128' && longs === 0 && !short)
    return unsigned ? 'unsigned __int128' : '__int128';
  if (core !== undefined && core !== 'int') {
    if (unsigned || signed || short) return undefined;
    if (core === 'double' && longs === 1) return 'long double';
    return longs === 0 ? (core as BuiltinName) : undefined;
  }
  if (core === undefined && !unsigned && !signed && !short && longs === 0) return undefined;
  if (short && longs > 0) return undefined;
  const plain = short ? 'short' : longs === 2 ? 'long long' : longs === 1 ? 'long' : 'int';
  return unsigned ? `unsigned ${plain}` : plain;
}

type Wrap = (base: number) => number;

/**
 * A declarator without a name (`*[4]`, `(*)(int)`): returns a function from the base type's number to the whole type's.
 */
function parseDeclarator(tokens: TokenStream, types: ExpressionTypes): Wrap {
  if (tokens.accept('*')) {
    let pointer: Wrap = (base) => types.pointerTo(base);
    for (
      let token = tokens.peek();
      token.kind === 'name' && QUALIFIERS.has(token.text);
      token = tokens.peek()
    ) {
      const kind =
        token.text === 'const' ? 'const' : token.text === 'volatile' ? 'volatile' : 'restrict';
      const inner = pointer;
      pointer = (base) => types.qualified(kind, inner(base));
      tokens.take();
    }
    const rest = tokens.nested(() => parseDeclarator(tokens, types));
    return (base) => rest(pointer(base));
  }
  let inner: Wrap = (base) => base;
  if (
    tokens.isOperator('(') &&
    (tokens.isOperator('*', 1) || tokens.isOperator('(', 1) || tokens.isOperator('[', 1))
  ) {
    tokens.take();
    inner = tokens.nested(() => parseDeclarator(tokens, types));
    tokens.expect(')');
  }
  const suffixes: Wrap[] = [];
  for (;;) {
    if (tokens.accept('[')) suffixes.push(parseCount(tokens, types));
    else if (tokens.accept('(')) suffixes.push(parseParameters(tokens, types));
    else break;
  }
  // `[2][3]` is an array of two arrays of three: the last suffix applies first.
  return (base) => inner(suffixes.reduceRight((type, wrap) => wrap(type), base));
}

function parseCount(tokens: TokenStream, types: ExpressionTypes): Wrap {
  if (tokens.accept(']')) return (base) => types.arrayOf(base, 0);
  const token = tokens.take();
  if (token.kind !== 'integer' || token.value > MAX_COUNT) {
    throw tokens.error(`bad array size: ${token.text}`, token.at);
  }
  tokens.expect(']');
  return (base) => types.arrayOf(base, Number(token.value));
}

function parseParameters(tokens: TokenStream, types: ExpressionTypes): Wrap {
  const parameters: number[] = [];
  let variadic = false;
  if (!tokens.accept(')')) {
    do {
      if (tokens.accept('...')) variadic = true;
      else parameters.push(parseTypeName(tokens, types));
    } while (!variadic && tokens.accept(','));
    tokens.expect(')');
  }
  const list = parameters.length === 1 && parameters[0] === 0 ? [] : parameters;
  return (base) => types.functionOf(base, list, variadic);
}
