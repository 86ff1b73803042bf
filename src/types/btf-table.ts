import { CorruptError } from '../base/errors.ts';
import {
  BTF_HEADER_BYTES,
  BTF_MAGIC,
  type BtfHeader,
  KIND,
  TYPE_WORDS,
  trailerTables,
} from './btf-format.ts';

/** Where everything is in one BTF blob, found in a single pass over its type section. */
export interface BtfTable {
  /** The type section as 32-bit words. */
  readonly words: Uint32Array;
  /** The string section. */
  readonly strings: Uint8Array;
  /** For own type i (0-based): the word at which its struct btf_type begins. Then one past the end. */
  readonly starts: Uint32Array;
  readonly typeCount: number;
  /** Own types that look-up by name wants, other than functions: struct, union, enum, typedef, int, fwd, var, float. */
  readonly named: Uint32Array;
  /** True when some enum carries kind_flag: this BTF says which enums are signed (since 6.0, 6089fb325cf7). */
  readonly marksSignedEnums: boolean;
  /** Set when the pass ended early, at a kind it does not know: later types are missing. */
  readonly problem: string | undefined;
}

const NAMED = new Uint8Array(128);
for (const kind of [KIND.INT, KIND.STRUCT, KIND.UNION, KIND.ENUM, KIND.FWD, KIND.TYPEDEF])
  NAMED[kind] = 1;
for (const kind of [KIND.VAR, KIND.FLOAT, KIND.ENUM64]) NAMED[kind] = 1;

/** Checks struct btf_header (include/uapi/linux/btf.h). Throws CorruptError. */
export function parseBtfHeader(bytes: Uint8Array): BtfHeader {
  if (bytes.length < BTF_HEADER_BYTES) throw new CorruptError(`BTF: only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) throw new CorruptError('BTF: big-endian, which is not supported');
  if (magic !== BTF_MAGIC) throw new CorruptError(`BTF: bad magic ${magic.toString(16)}`);
  if (view.getUint8(2) !== 1) throw new CorruptError(`BTF: version ${view.getUint8(2)} is unknown`);
  const headerBytes = view.getUint32(4, true);
  if (headerBytes < BTF_HEADER_BYTES || headerBytes > bytes.length) {
    throw new CorruptError(`BTF: header of ${headerBytes} bytes`);
  }
  const section = (field: number, name: string): [number, number] => {
    const start = headerBytes + view.getUint32(field, true);
    const length = view.getUint32(field + 4, true);
    if (start + length > bytes.length) {
      throw new CorruptError(
        `BTF: the ${name} section ends beyond the ${bytes.length} bytes there are`,
      );
    }
    return [start, length];
  };
  const [typeStart, typeBytes] = section(8, 'type');
  const [stringStart, stringBytes] = section(16, 'string');
  const [layoutStart, layoutBytes] = headerBytes >= 32 ? section(24, 'layout') : [0, 0];
  return { typeStart, typeBytes, stringStart, stringBytes, layoutStart, layoutBytes };
}

/**
 * Finds the start of each type. One pass, about 2 ms for the 130,000 types of a distribution kernel; it is
 * on the path of every command that needs a structure.
 */
export function scanBtf(bytes: Uint8Array): BtfTable {
  const header = parseBtfHeader(bytes);
  const words = wordsOf(bytes, header.typeStart, header.typeBytes >>> 2);
  const strings = bytes.subarray(header.stringStart, header.stringStart + header.stringBytes);
  const { once, each } = trailerTables();
  readLayout(bytes, header, once, each);
  // A type is three words at least, which bounds both arrays by the size of the input.
  const starts = new Uint32Array(Math.floor(words.length / TYPE_WORDS) + 1);
  const named = new Uint32Array(starts.length);
  let count = 0;
  let namedCount = 0;
  let marksSignedEnums = false;
  let problem: string | undefined;
  let at = 0;
  const end = words.length;
  while (at + TYPE_WORDS <= end) {
    const info = words[at + 1]!;
    const kind = (info >>> 24) & 0x7f;
    const fixed = once[kind]!;
    const perEntry = each[kind]!;
    const next = at + TYPE_WORDS + fixed + (perEntry === 0 ? 0 : perEntry * (info & 0xffffff));
    if (fixed < 0 || next > end) {
      problem =
        fixed < 0
          ? `BTF: type ${count + 1} has the unknown kind ${kind}; types after it are lost`
          : `BTF: type ${count + 1} ends beyond the type section; it and types after it are lost`;
      break;
    }
    if (NAMED[kind] === 1 && words[at] !== 0) named[namedCount++] = count;
    if (kind === KIND.ENUM && info >>> 31 !== 0) marksSignedEnums = true;
    starts[count++] = at;
    at = next;
  }
  starts[count] = at;
  return {
    words,
    strings,
    starts: starts.subarray(0, count + 1),
    typeCount: count,
    named: named.subarray(0, namedCount),
    marksSignedEnums,
    problem,
  };
}

function wordsOf(bytes: Uint8Array, start: number, length: number): Uint32Array {
  const at = bytes.byteOffset + start;
  if (at % 4 === 0) return new Uint32Array(bytes.buffer, at, length);
  return new Uint32Array(bytes.slice(start, start + length * 4).buffer, 0, length);
}

/** struct btf_layout {u8 info_sz, elem_sz; u16 flags}: how to step over kinds that came after this program. */
function readLayout(
  bytes: Uint8Array,
  header: BtfHeader,
  once: Int32Array,
  each: Int32Array,
): void {
  const kinds = Math.min(once.length, header.layoutBytes >>> 2);
  for (let kind = 1; kind < kinds; kind++) {
    if (once[kind]! >= 0) continue; // what we know, we know
    const entry = header.layoutStart + kind * 4;
    once[kind] = bytes[entry]! >>> 2;
    each[kind] = bytes[entry + 1]! >>> 2;
  }
}
