/** Bits of a unit, and how many of them crash puts on a line. */
export const UNITS = {
  8: { size: 1, perLine: 16, hex: 2, signed: 3, unsigned: 3 },
  16: { size: 2, perLine: 8, hex: 4, signed: 5, unsigned: 5 },
  32: { size: 4, perLine: 4, hex: 8, signed: 12, unsigned: 12 },
  64: { size: 8, perLine: 2, hex: 16, signed: 15, unsigned: 20 },
} as const;
/** Bits of a unit. */
export type UnitBits = keyof typeof UNITS;

/** Forms of numbers. */
export type MemoryBase = 'hex' | 'signed' | 'unsigned';

/** Form of the units on a line of `rd`. */
export interface MemoryStyle {
  readonly bits: UnitBits;
  readonly base: MemoryBase;
  readonly ascii: boolean;
  /** Convert 16- and 32-bit units from network order. */
  readonly swap: boolean;
  /** A word's name, in place of its digits; called for 64-bit units only. */
  readonly nameOf: ((word: bigint) => string | undefined) | undefined;
}

/** Columns of an address. */
const ADDRESS = 16;

/**
 * One line of memory: the address, its units, and the same bytes as characters. `bytes` are whole units; a short
 * last line has its characters where a full one would.
 */
export function memoryLine(address: bigint, bytes: Uint8Array, style: MemoryStyle): string {
  const { size, perLine, hex } = UNITS[style.bits];
  const turned = style.swap && (size === 2 || size === 4) ? swapped(bytes, size) : bytes;
  const view = new DataView(turned.buffer, turned.byteOffset, turned.byteLength);
  const cells: string[] = [];
  for (let at = 0; at < turned.length; at += size) cells.push(`${cell(view, at, style)} `);
  const line = `${BigInt.asUintN(64, address).toString(16).padStart(ADDRESS)}:  ${cells.join('')}`;
  if (!style.ascii) return line;
  const width = ADDRESS + 3 + perLine * (hex + 1);
  return `${line.padEnd(width)}  ${characters(turned)}`;
}

function cell(view: DataView, at: number, { bits, base, nameOf }: MemoryStyle): string {
  const unit = UNITS[bits];
  const value = read(view, at, unit.size);
  const name = nameOf?.(value);
  if (name !== undefined) return name.padEnd(16);
  if (base === 'hex') return value.toString(16).padStart(unit.hex, '0');
  // crash prints units of 8 and 16 bits promoted to int: never negative.
  const signed = base === 'signed' && bits >= 32 ? BigInt.asIntN(bits, value) : value;
  return signed.toString().padStart(unit[base]);
}

function read(view: DataView, at: number, size: number): bigint {
  if (size === 8) return view.getBigUint64(at, true);
  if (size === 4) return BigInt(view.getUint32(at, true));
  return BigInt(size === 2 ? view.getUint16(at, true) : view.getUint8(at));
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const turned = bytes.slice();
  for (let at = 0; at < turned.length; at += size) turned.subarray(at, at + size).reverse();
  return turned;
}

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

/** Bytes as characters, dots for those that do not print. */
export function characters(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += isPrintable(byte) ? String.fromCharCode(byte) : '.';
  return text;
}
