// Records of `rd`: a line of memory, text, or the number of bytes copied.

import { type Bits, type VAddr, va } from '../../src/base/address.ts';
import { SMALLEST_PAGE } from '../../src/base/pages.ts';
import type { MemoryKind, MemoryView } from '../../src/kernel/mm/read-memory.ts';
import { slabCacheOf } from '../../src/kernel/mm/slab/find.ts';
import { type NamedPlace, placeOf } from '../../src/kernel/values/symbol-text.ts';
import { UNITS, type UnitBits } from '../../src/output/mm/memory-lines.ts';
import type { CommandContext } from '../../src/session/command/command.ts';

export type Row =
  /** The memory of one line. */
  | {
      readonly kind: 'memory';
      readonly address: VAddr;
      readonly bytes: Uint8Array;
      /** Bits of a unit. */
      readonly unit: UnitBits;
      /** With -s and -S: names of the words' targets, where they have one. */
      readonly names: readonly NamedWord[] | undefined;
      /** The rest could not be read; an error gives the reason. */
      readonly isCut: boolean;
    }
  /** With -a: characters up to an unprintable one, or as many as fit a line. */
  | {
      readonly kind: 'text';
      readonly address: VAddr | undefined;
      readonly text: string;
      readonly isCut: boolean;
    }
  | {
      readonly kind: 'copied';
      readonly address: VAddr;
      readonly bytes: bigint;
      readonly path: string;
    };
export interface NamedWord {
  readonly word: Bits;
  /** The symbol; else with -S the slab cache. */
  readonly place?: NamedPlace;
  readonly cache?: string;
}

/** The read that the options ask for. */
export interface ReadRequest {
  readonly kind: MemoryKind;
  readonly bits: UnitBits;
  readonly rawPath: string | undefined;
  readonly address: VAddr;
  /** Units; undefined for text of unknown length. */
  readonly count: bigint | undefined;
}

const TYPE_NAMES: Readonly<Record<MemoryKind, string>> = {
  kernel: 'KVADDR',
  user: 'UVADDR',
  physical: 'PHYSADDR',
  file: 'FILEADDR',
};

type Namer = (word: bigint) => NamedWord | undefined;

/** The name of a word: a symbol, else with -S the slab cache that it points into. */
export const namer =
  ({ target }: CommandContext, slabs: number): Namer =>
  (word) => {
    const place = placeOf(target, word);
    if (place) return { word, place };
    const cache = slabs === 0 ? undefined : slabCacheOf(target, va(word))?.cache.name;
    return cache === undefined ? undefined : { word, cache };
  };

export function* lineRows(memory: MemoryView, request: ReadRequest, namer?: Namer): Generator<Row> {
  const { size, perLine } = UNITS[request.bits];
  const what = `${request.bits}-bit ${TYPE_NAMES[request.kind]}`;
  let { address } = request;
  const row = (bytes: Uint8Array, isCut: boolean): Row => ({
    kind: 'memory',
    address,
    bytes,
    unit: request.bits,
    names: namer && wordsOf(bytes, size).flatMap((word) => namer(word) ?? []),
    isCut,
  });
  for (let left = request.count ?? 0n; left > 0n; left -= BigInt(perLine)) {
    const units = left < BigInt(perLine) ? Number(left) : perLine;
    const bytes = new Uint8Array(units * size);
    for (let done = 0; done < bytes.length; done += size) {
      try {
        bytes.set(memory.read(va(address + BigInt(done)), size, what), done);
      } catch (failure) {
        if (done > 0) yield row(bytes.subarray(0, done), true);
        throw failure;
      }
    }
    yield row(bytes, false);
    address = va(address + BigInt(bytes.length));
  }
}

/** The units of a line as numbers. */
function wordsOf(bytes: Uint8Array, size: number): bigint[] {
  const words: bigint[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    let word = 0n;
    for (let i = size - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes[at + i] ?? 0);
    words.push(word);
  }
  return words;
}

/** Columns of a line of text. */
const TEXT_COLUMNS = 60;

/** Text: a new line every 60 characters and, with a count, after what does not print. */
export function* textRows(memory: MemoryView, { address, count }: ReadRequest): Generator<Row> {
  let text = '';
  let start: VAddr | undefined;
  let column = 0;
  const row = (isCut: boolean): Row => ({ kind: 'text', address: start, text, isCut });
  for (let done = 0n; count === undefined || done < count; done++) {
    let byte: number;
    try {
      byte = memory.read(va(address + done), 1, 'ascii')[0] ?? 0;
    } catch (failure) {
      if (text !== '') yield row(true);
      throw failure;
    }
    if (byte < 0x20 || byte >= 0x7f) {
      if (count === undefined) break;
      column = 0;
      continue;
    }
    if (column % TEXT_COLUMNS === 0) {
      if (text !== '') yield row(false);
      start = va(address + done);
      text = '';
    }
    text += String.fromCharCode(byte);
    column++;
  }
  yield row(false);
}

const COPY_BLOCK = BigInt(SMALLEST_PAGE);

export function copyTo(
  copy: { write(bytes: Uint8Array): void },
  memory: MemoryView,
  request: ReadRequest,
): Row {
  const count = request.count ?? 0n;
  for (let done = 0n; done < count; done += COPY_BLOCK) {
    const size = count - done < COPY_BLOCK ? count - done : COPY_BLOCK;
    copy.write(memory.read(va(request.address + done), Number(size), 'raw dump to file'));
  }
  return { kind: 'copied', address: request.address, bytes: count, path: request.rawPath ?? '' };
}
