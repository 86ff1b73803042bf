import { characterText } from './text.ts';
import type { CType, Types } from './types.ts';

/** A letter after `p/`: gdb's output formats. */
export type FormatLetter = 'x' | 'd' | 'u' | 'o' | 't' | 'c' | 'z' | 'a' | 'f' | 's';

/** The integer in `size` little-endian bytes at `offset`. The caller has checked the bounds. */
export function readInteger(
  bytes: Uint8Array,
  offset: number,
  size: number,
  signed: boolean,
): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 1) return BigInt(signed ? view.getInt8(offset) : view.getUint8(offset));
  if (size === 2)
    return BigInt(signed ? view.getInt16(offset, true) : view.getUint16(offset, true));
  if (size === 4)
    return BigInt(signed ? view.getInt32(offset, true) : view.getUint32(offset, true));
  if (size === 8) return signed ? view.getBigInt64(offset, true) : view.getBigUint64(offset, true);
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i]!);
  return signed ? BigInt.asIntN(size * 8, value) : value;
}

/** The integer in `bitSize` bits from bit `bitOffset` of `bytes`, counted from the lowest bit of the first byte. */
export function readBits(
  bytes: Uint8Array,
  bitOffset: number,
  bitSize: number,
  signed: boolean,
): bigint {
  const first = Math.floor(bitOffset / 8);
  const last = Math.floor((bitOffset + bitSize - 1) / 8);
  let value = 0n;
  for (let i = last; i >= first; i--) value = (value << 8n) | BigInt(bytes[i]!);
  value >>= BigInt(bitOffset % 8);
  return signed ? BigInt.asIntN(bitSize, value) : BigInt.asUintN(bitSize, value);
}

/** The bytes of an integer, little-endian. */
export function integerBytes(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, value);
  for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

/** The number in a `float`, `double` or x87 `long double`. */
export function readFloat(bytes: Uint8Array, offset: number, size: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 4) return view.getFloat32(offset, true);
  if (size === 8) return view.getFloat64(offset, true);
  if (size < 10) return Number.NaN;
  const mantissa = Number(view.getBigUint64(offset, true));
  const head = view.getUint16(offset + 8, true);
  return (head & 0x8000 ? -1 : 1) * mantissa * 2 ** ((head & 0x7fff) - 16383 - 63);
}

/** The bytes of a `float` (size 4) or a `double`, little-endian. */
export function floatBytes(value: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return bytes;
}

/** C's `%g` with gdb's digits for each size: 9 for float, 17 for double. */
export function floatText(value: number, size: number): string {
  // The result of 0.0 / 0.0 on x86 has its sign set.
  if (Number.isNaN(value)) return '-nan(0x8000000000000)';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const digits = size === 4 ? 9 : 17;
  const [mantissa = '', power = '0'] = value.toExponential(digits - 1).split('e');
  const exponent = Number(power);
  const trim = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent < -4 || exponent >= digits) {
    const sign = exponent < 0 ? '-' : '+';
    return `${trim(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return trim(value.toFixed(Math.min(100, digits - 1 - exponent)));
}

/** Whether gdb shows the type as text: any integer of one byte that is no bool (c_textual_element_type). */
export function isTextual(types: Types, id: number): boolean {
  const type = types.resolve(id);
  return type.kind === 'int' && type.size === 1 && !type.bool;
}

/** Whether a type is a signed integer or enum. */
export const isSigned = (type: CType): boolean =>
  (type.kind === 'int' && type.signed && !type.bool) || (type.kind === 'enum' && type.signed);

/**
 * An integer of `bits` bits in one of gdb's formats; `symbolize` serves `a`. Format `s` of a number is the default.
 */
export function formatInteger(
  value: bigint,
  bits: number,
  signed: boolean,
  letter: FormatLetter,
  symbolize: (address: bigint) => string | undefined,
): string {
  const plain = BigInt.asUintN(bits, value);
  switch (letter) {
    case 'x':
      return `0x${plain.toString(16)}`;
    case 'z':
      return `0x${plain.toString(16).padStart(Math.ceil(bits / 8) * 2, '0')}`;
    case 'o':
      return plain === 0n ? '0' : `0${plain.toString(8)}`;
    case 't':
      return plain.toString(2);
    case 'u':
      return plain.toString();
    case 'd':
      return BigInt.asIntN(bits, value).toString();
    case 'a': {
      // An address: a narrower signed number is extended first.
      const address = BigInt.asUintN(64, signed ? BigInt.asIntN(bits, value) : plain);
      const symbol = symbolize(address);
      return `0x${address.toString(16)}${symbol === undefined ? '' : ` <${symbol}>`}`;
    }
    case 'c': {
      // A wider number is cut to a char first.
      const narrow = signed ? BigInt.asIntN(8, value) : BigInt.asUintN(8, value);
      return `${narrow} ${characterText(Number(BigInt.asUintN(8, value)))}`;
    }
    default:
      return (signed ? BigInt.asIntN(bits, value) : plain).toString();
  }
}
