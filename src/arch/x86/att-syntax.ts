/**
 * Rewrites iced-x86's AT&T text into gdb's (binutils 2.35, opcodes/i386-dis.c), compared instruction by instruction
 * over whole kernels. Patterns are tried only where the text can match: this runs a million times.
 */
export function asGdbWrites(text: string, bytes: Uint8Array, bits: 32 | 64): string {
  let line = text;
  if (line.includes(')')) line = withoutIndex(withScale(line), bytes, bits);
  else if (bits === 32) line = withoutIndex(line, bytes, bits);
  else if (line.includes('%dr')) line = line.replace(/%dr(\d)/, '%db$1');
  const mnemonic = mnemonicOf(line);
  const rewrite = (bits === 32 && REWRITES_32.get(mnemonic)) || REWRITES.get(mnemonic);
  if (rewrite) line = rewrite(line, bytes);
  if (bytes[0] === DATA_SIZE || bytes[0] === ADDRESS_SIZE) line = withIdlePrefixes(line, bytes);
  return line.includes('  ') ||
    /\s\S+$/.test(line.replace(PREFIX, '')) ||
    line === 'nop' ||
    line === 'fwait'
    ? line
    : `${line.padEnd(6)} `;
}

/** gdb always writes the scale of an index: `(%rax,%rax,1)`. */
const withScale = (line: string): string => line.replace(/\((%\w+|),(%\w+)\)/, '($1,$2,1)');

/** An operand with an index byte that means "no index": `(%rsi,%riz,1)`. */
function withoutIndex(line: string, bytes: Uint8Array, bits: 32 | 64): string {
  if (line.includes(',1)')) return line;
  const at = modrmAt(bytes);
  const modrm = bytes[at] ?? 0;
  const sib = bytes[at + 1] ?? 0;
  if (modrm >> 6 === 3 || (modrm & 7) !== 4 || (sib & 0x38) !== 0x20) return line;
  const scale = 1 << (sib >> 6);
  const isStackPointer = (sib & 7) === 4;
  if (isStackPointer && scale === 1) return line;
  const index = bits === 32 || line.includes('(%e') ? '%eiz' : '%riz';
  const isBare = modrm >> 6 === 0 && (sib & 7) === 5;
  if (!isBare) return line.replace(/\((%\w+),?\)/, `($1,${index},${scale})`);
  if (bits === 64 || bytes.length < at + 6) return line;
  const place = new DataView(bytes.buffer, bytes.byteOffset + at + 2).getInt32(0, true);
  const text = `${place < 0 ? '-' : ''}0x${Math.abs(place).toString(16)}(,${index},${scale})`;
  return line.replace(/(?<![$\w])0x[0-9a-f]+/, text);
}

/** Offset of the byte with the operands, after an opcode of one, two or three bytes. */
function modrmAt(bytes: Uint8Array): number {
  const at = opcodeAt(bytes);
  if (bytes[at] !== 0x0f) return at + 1;
  return bytes[at + 1] === 0x38 || bytes[at + 1] === 0x3a ? at + 3 : at + 2;
}

const PREFIX =
  /^(?:(?:lock|rep|repz|repnz|repe|repne|data16|addr32|bnd|notrack|cs|ds|es|ss|fs|gs|xacquire|xrelease) )*/;

/** The mnemonic, after prefixes that are written as words. */
function mnemonicOf(line: string): string {
  const start = PREFIX.exec(line)?.[0].length ?? 0;
  const end = line.indexOf(' ', start);
  return end < 0 ? line.slice(start) : line.slice(start, end);
}

const DATA_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;

/** Prefixes without effect are written as words: compilers pad with them. */
function withIdlePrefixes(line: string, bytes: Uint8Array): string {
  const prefixes = bytes.subarray(0, opcodeAt(bytes));
  const sizes = prefixes.filter((byte) => byte === DATA_SIZE).length;
  const said = line.split('data16 ').length - 1;
  const idleAddress =
    prefixes.includes(ADDRESS_SIZE) && !line.includes('(') && !line.includes('addr32');
  const words = 'data16 '.repeat(Math.max(0, sizes - 1 - said)) + (idleAddress ? 'addr32 ' : '');
  // The text before it counts for the column of the operands.
  return words === '' ? line : words + line.replace(/ +/, ' ');
}

type Rewrite = (line: string, bytes: Uint8Array) => string;

/** Shifts by one have opcodes of their own, D0 and D1, which gdb writes without the count. */
const shift: Rewrite = (line, bytes) =>
  line.includes('$0x1,') && (opcodeOf(bytes) & 0xfe) === 0xd0 ? line.replace('$0x1,', '') : line;

/** `imul $3,%rax` is short for `imul $3,%rax,%rax`. */
const imul: Rewrite = (line) => line.replace(/(\$-?0x[0-9a-f]+,)(%\w+)$/, '$1$2,$2');

/** The segments of string instructions are written out; a condition on the zero flag has gdb's name. */
const strings: Rewrite = (line) =>
  line
    .replace(/^repe /, 'repz ')
    .replace(/^repne /, 'repnz ')
    .replace(/(?<![:)])\((%[re]si)\)/, '%ds:($1)')
    .replace(/(?<!:)\((%[re]di)\)/, '%es:($1)');

const port: Rewrite = (line) => line.replace('%dx', '(%dx)');
const portString: Rewrite = (line, bytes) => port(strings(line, bytes), bytes);
/** Operands that the instruction implies. */
const implied =
  (operands: string): Rewrite =>
  (line) =>
    `${line.trimEnd().padEnd(6)} ${operands}`;
/** The selector of LAR and LSL is a word, whatever register holds it. */
const selector: Rewrite = (line) =>
  line.replace(/ %(?:[er](\w[xip])|(r\d+)d?),/, (_, low, high) => ` %${low ?? `${high}w`},`);
/** iced writes a size where gdb has none. */
function unsized(suffixed: string, plain: string): Rewrite {
  const word = new RegExp(`\\b${suffixed} *`);
  const column = `${plain.padEnd(6)} `;
  return (line) => line.replace(word, column);
}

const REWRITES = new Map<string, Rewrite>([
  ...['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sal', 'sar']
    .flatMap((name) => [name, ...[...'bwlq'].map((suffix) => name + suffix)])
    .map((name): [string, Rewrite] => [name, shift]),
  ...['imul', 'imulw', 'imull', 'imulq'].map((name): [string, Rewrite] => [name, imul]),
  ...['movs', 'cmps', 'stos', 'lods', 'scas']
    .flatMap((name) => [name, ...[...'bwlq'].map((suffix) => name + suffix)])
    .map((name): [string, Rewrite] => [name, strings]),
  ...['ins', 'outs']
    .flatMap((name) => [...'bwl'].map((suffix) => name + suffix))
    .map((name): [string, Rewrite] => [name, portString]),
  ['in', port],
  ['out', port],
  ['lar', selector],
  ['lsl', selector],
  ['monitor', implied('%rax,%ecx,%edx')],
  ['monitorx', implied('%rax,%ecx,%edx')],
  ['mwait', implied('%eax,%ecx')],
  ['mwaitx', implied('%eax,%ecx,%ebx')],
  ['xlat', (line) => line.replace('(%rbx)', '%ds:(%rbx)')],
  ['callq', unsized('callq', 'call')],
  ['jmpq', unsized('jmpq', 'jmp')],
  ['ljmpl', unsized('ljmpl', 'ljmp')],
  ['lcalll', unsized('lcalll', 'lcall')],
  ['iretl', unsized('iretl', 'iret')],
  ['pushq', unsized('pushq', 'push')],
  ['popq', unsized('popq', 'pop')],
]);

/** Differences where the word has 32 bits. */
const REWRITES_32 = new Map<string, Rewrite>([
  ['monitor', implied('%eax,%ecx,%edx')],
  ['monitorx', implied('%eax,%ecx,%edx')],
  ['xlat', (line) => line.replace('(%ebx)', '%ds:(%ebx)')],
  ...['call', 'jmp', 'push', 'pop', 'ret', 'lret', 'leave'].map((name): [string, Rewrite] => [
    `${name}l`,
    unsized(`${name}l`, name),
  ]),
  ...['lgdt', 'lidt', 'sgdt', 'sidt'].map((name): [string, Rewrite] => [
    name,
    (line) => line.replace(new RegExp(`${name} *`), `${name}l  `),
  ]),
]);

/** The opcode byte after legacy and REX prefixes. */
const opcodeOf = (bytes: Uint8Array): number => bytes[opcodeAt(bytes)] ?? 0;

function opcodeAt(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length && isPrefix(bytes[at] as number)) at++;
  return at;
}

/** Intel SDM volume 2, 2.1.1 and 2.2.1. */
const isPrefix = (byte: number): boolean => (byte & 0xf0) === 0x40 || LEGACY_PREFIXES.has(byte);
const LEGACY_PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
