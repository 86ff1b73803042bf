import type { BtfBlob } from './btf-blob.ts';
import { type BtfHeader, KIND, TYPE_WORDS, trailerTables } from './btf-format.ts';

const NAMED = new Uint8Array(128);
for (const kind of [KIND.INT, KIND.STRUCT, KIND.UNION, KIND.ENUM, KIND.FWD]) NAMED[kind] = 1;
for (const kind of [KIND.TYPEDEF, KIND.VAR, KIND.FLOAT, KIND.ENUM64]) NAMED[kind] = 1;

/** Types found by one step of the scan: few, since most types that are asked for are near the front. */
const FIRST_STEP = 1024;
const STEP = 4096;

/**
 * Where each type of a blob begins, found from the front as far as it was needed: types have no index, a kernel has
 * 100,000 of them, and the common structures are in the first tenth. Types are numbered from 0 here.
 */
export class BtfScan {
  /** The type section as 32-bit words, valid as far as {@link scanned} types reach. */
  readonly words: Uint32Array;
  /** Word at which type i begins, for i up to and including {@link scanned}. */
  readonly starts: Uint32Array;
  /** Types that can be looked up by name (not functions), their name offsets in parallel. */
  readonly named: Uint32Array;
  readonly namedOffsets: Uint32Array;
  namedCount = 0;
  /** Types found so far. */
  scanned = 0;
  complete = false;
  /** Why the scan ended before the section's end. */
  problem: string | undefined;
  /**
   * Some enum so far carries kind_flag: this BTF says which enums are signed, as since 6.0 (6089fb325cf7, bpf: Add btf
   * enum64 support).
   */
  marksSignedEnums = false;
  readonly #blob: BtfBlob;
  readonly #wordStart: number;
  readonly #once: Int32Array;
  readonly #each: Int32Array;

  constructor(blob: BtfBlob, header: BtfHeader) {
    const { bytes } = blob;
    const length = header.typeBytes >>> 2;
    const at = bytes.byteOffset + header.typeStart;
    if (at % 4 === 0) {
      this.words = new Uint32Array(bytes.buffer, at, length);
    } else {
      blob.need(header.typeStart, header.typeStart + length * 4);
      const copy = bytes.slice(header.typeStart, header.typeStart + length * 4);
      this.words = new Uint32Array(copy.buffer, 0, length);
    }
    // A type is three words at least: the input bounds the allocation, and untouched zeros cost nothing.
    const most = Math.floor(length / TYPE_WORDS);
    this.starts = new Uint32Array(most + 1);
    this.named = new Uint32Array(most);
    this.namedOffsets = new Uint32Array(most);
    this.#blob = blob;
    this.#wordStart = header.typeStart;
    const { once, each } = trailerTables();
    readLayout(blob, header, once, each);
    this.#once = once;
    this.#each = each;
  }

  get hasGaps(): boolean {
    return this.#blob.hasGaps;
  }

  /** Scans until type `index` is known, or to the end. True when there is such a type. */
  reach(index: number): boolean {
    while (index >= this.scanned && !this.complete) this.more(index - this.scanned + 1);
    return index >= 0 && index < this.scanned;
  }

  /** Scans everything. */
  finish(): void {
    while (!this.complete) this.more(this.named.length);
  }

  /** Scans `atLeast` more types, and at least one step. */
  more(atLeast = 0): void {
    const { words, starts, named, namedOffsets } = this;
    const once = this.#once;
    const each = this.#each;
    let end = words.length;
    let count = this.scanned;
    let namedCount = this.namedCount;
    let at = starts[count]!;
    let ready = 0;
    const goal = count + Math.max(atLeast, count < STEP ? FIRST_STEP : STEP);
    while (count < goal && at + TYPE_WORDS <= end) {
      if (at + TYPE_WORDS > ready) {
        ready = this.#ready(at);
        if (this.#gap !== undefined) end = this.#gap;
        if (at + TYPE_WORDS > end) break;
      }
      const info = words[at + 1]!;
      const kind = (info >>> 24) & 0x7f;
      const fixed = once[kind]!;
      const perEntry = each[kind]!;
      const next = at + TYPE_WORDS + fixed + (perEntry === 0 ? 0 : perEntry * (info & 0xffffff));
      if (next > ready) {
        ready = Math.max(ready, this.#ready(at, next));
        if (this.#gap !== undefined) end = this.#gap;
      }
      if (fixed < 0 || next > end) {
        if (fixed >= 0 && this.#gap !== undefined) break;
        this.problem =
          fixed < 0
            ? `BTF: type ${count + 1} has the unknown kind ${kind}; types after it are lost`
            : `BTF: type ${count + 1} ends beyond the type section; it and types after it are lost`;
        break;
      }
      const name = words[at]!;
      if (NAMED[kind] === 1 && name !== 0) {
        named[namedCount] = count;
        namedOffsets[namedCount++] = name;
      }
      if (kind === KIND.ENUM && info >>> 31 !== 0) this.marksSignedEnums = true;
      count++;
      starts[count] = at = next;
    }
    this.scanned = count;
    this.namedCount = namedCount;
    if (count < goal) {
      this.complete = true;
      if (this.#gap !== undefined) {
        this.problem = `BTF: a page is missing behind type ${count}; the types from there on are lost`;
      }
    }
    // The last type found may reach beyond the valid words.
    this.#blob.need(this.#wordStart, this.#wordStart + at * 4);
  }

  /** The word at which a page is missing. Where the next type begins behind it cannot be told. */
  #gap: number | undefined;

  /** Makes words from `at` valid; returns the word up to which they are. */
  #ready(at: number, next = at): number {
    const from = this.#wordStart + at * 4;
    const most = this.#wordStart + this.words.length * 4;
    const to = Math.min(Math.max(from + (1 << 16), this.#wordStart + next * 4), most);
    const gap = this.#blob.gapIn(from, to);
    if (gap !== undefined) this.#gap = (gap - this.#wordStart) >>> 2;
    return ((gap ?? to) - this.#wordStart) >>> 2;
  }
}

/** struct btf_layout {u8 info_sz, elem_sz; u16 flags}: how to step over kinds that this program does not know. */
function readLayout(blob: BtfBlob, header: BtfHeader, once: Int32Array, each: Int32Array): void {
  const kinds = Math.min(once.length, header.layoutBytes >>> 2);
  blob.need(header.layoutStart, header.layoutStart + kinds * 4);
  for (let kind = 1; kind < kinds; kind++) {
    if (once[kind]! >= 0) continue; // known kinds keep their sizes
    const entry = header.layoutStart + kind * 4;
    once[kind] = blob.bytes[entry]! >>> 2;
    each[kind] = blob.bytes[entry + 1]! >>> 2;
  }
}
