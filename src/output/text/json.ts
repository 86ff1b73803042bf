import { decodeBytes, escapeBytes, replaceUnsafe } from './escape.ts';

/**
 * Records as JSON, one a line. Bytes are a hex string, sets and maps become arrays and objects; what cannot be said in
 * JSON is left out. No character of a line acts on a terminal.
 */

/** Deeper than any record; a graph that is deeper is cut rather than followed. */
const MAX_DEPTH = 64;

export interface JsonStyle {
  /**
   * Which bigints are quantities, by the name of the member that holds them: a number where a double holds it, else its
   * decimal digits. All others are addresses or patterns of bits: `"0x..."`. Without it all are.
   */
  readonly isQuantity?: (name: string) => boolean;
  /**
   * What a string is: `bytes` of the dump, one per character; or `text`. Bytes of UTF-8 become what they say; any other
   * byte above ASCII is written `\xNN`, and so is the backslash of a `\xNN` that the bytes themselves spell: `\x5cx41`.
   */
  readonly strings?: 'bytes' | 'text';
}

export function toJson(value: unknown, style: JsonStyle = {}): string {
  const text = JSON.stringify(plainValue(value, style, '', 0)) ?? 'null';
  // The serialiser has escaped what is below U+0020.
  return replaceUnsafe(text, unicodeEscape);
}

/** Every unit of UTF-16 as `\u202e`. */
const unicodeEscape = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

function plainValue(value: unknown, style: JsonStyle, name: string, depth: number): unknown {
  switch (typeof value) {
    case 'bigint':
      return style.isQuantity?.(name) ? quantity(value) : hexadecimal(value);
    case 'number':
      return Number.isFinite(value) ? value : null;
    case 'string':
      return style.strings === 'bytes' ? bytesText(value) : value;
    case 'boolean':
      return value;
    case 'object':
      return value === null || depth > MAX_DEPTH
        ? null
        : plainObject(value, style, name, depth + 1);
    default:
      return undefined;
  }
}

const hexadecimal = (value: bigint): string =>
  value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;

const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);
const quantity = (value: bigint): number | string =>
  value >= -MAX_EXACT && value <= MAX_EXACT ? Number(value) : String(value);

/** Text that holds more than bytes has been decoded before. */
const bytesText = (bytes: string): string =>
  /[^\x00-\xff]/.test(bytes)
    ? bytes
    : decodeBytes(bytes.replace(/\\(?=x[0-9a-f]{2})/g, '\\x5c'), escapeBytes);

function plainObject(value: object, style: JsonStyle, name: string, depth: number): unknown {
  const plain = (item: unknown, key = name): unknown => plainValue(item, style, key, depth);
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Set) return [...value].map((item) => plain(item) ?? null);
  if (value instanceof Error) return { error: plain(value.message) };
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  const members: (readonly [string, unknown])[] = [];
  for (const [key, item] of entries) {
    const member = typeof key === 'bigint' ? hexadecimal(key) : String(key);
    const one = plain(item, member);
    if (one !== undefined) members.push([member, one]);
  }
  // Also a member that is called __proto__ is one of its own.
  return Object.fromEntries(members);
}
