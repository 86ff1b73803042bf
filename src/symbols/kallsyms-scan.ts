import { plus, type VAddr } from '../base/address.ts';
import { CorruptError, MissingError, ReadError } from '../base/errors.ts';
import { offsetInPage, roomInPage, SMALLEST_PAGE } from '../base/pages.ts';
import type { Kallsyms } from './kallsyms.ts';
import { hasMarkers } from './kallsyms-markers.ts';
import { isTokenIndex, KSYM_NAME_LEN, TokenTable } from './kallsyms-tokens.ts';
import { type Anchors, type KallsymsPlaces, kallsymsAt, MAX_SYMBOLS } from './open-kallsyms.ts';
import type { Reader } from './types.ts';

const PAGE = SMALLEST_PAGE;
const INDEX_BYTES = 512;
/** Pages of the image that are examined at a time. */
const STRIDE = 16 * PAGE;
/** No kernel image is larger: KERNEL_IMAGE_SIZE of x86_64 with KASLR. */
const MAX_IMAGE = 1 << 30;
/** Largest distance of kallsyms_num_syms before the tokens: an all-yes kernel's names and the tables after them. */
const MAX_NAMES = 32 << 20;
/** A kernel with fewer symbols does not boot; the tables of tests are smaller, but not this small. */
const MIN_SYMBOLS = 16;
/** Bound on candidates for the count: few words look like one by chance. */
const MAX_TRIED = 256;

/**
 * Finds kallsyms in a kernel image when VMCOREINFO does not say where it is, which it does not before 6.0. First the
 * token index is recognised (256 ascending u16 that fit the 256 strings before it), then the tables around it in the
 * two orders in which scripts/kallsyms.c has written them: to 6.3 addresses, relative base, num_syms, names, markers,
 * (names' order,) tokens, index; since 6.4 (404bad70fcf7, scripts/kallsyms: change the output order) num_syms, names,
 * markers, tokens, index, addresses, relative base, names' order. Pages that are not in the dump are skipped. `anchors`
 * prove the find: at least one must be in the table. Throws MissingError when nothing fits.
 */
export function findKallsyms(reader: Reader, start: VAddr, end: VAddr, anchors: Anchors): Kallsyms {
  for (const { table, index } of tokenTables(reader, start, end)) {
    const found = tablesAround(reader, table, index, anchors);
    if (found !== undefined) return found;
  }
  throw new MissingError(
    'table',
    'kallsyms',
    'kallsyms is not in the kernel image as far as the dump has it',
  );
}

/** Every place that looks like the two token tables. */
function* tokenTables(reader: Reader, start: VAddr, end: VAddr) {
  const length = Math.min(Number(end - start), MAX_IMAGE);
  const chunk = new Uint8Array(STRIDE + INDEX_BYTES);
  const view = new DataView(chunk.buffer);
  const index = new Uint16Array(256);
  const from = plus(start, -Number(start & 7n));
  const word = wordOf(reader);
  // From the top: the tables are in .rodata, behind tens of megabytes of code.
  for (let offset = Math.floor((length - 1) / STRIDE) * STRIDE; offset >= 0; offset -= STRIDE) {
    if (!fill(reader, plus(from, offset), chunk)) continue;
    for (let at = 0; at < STRIDE; at += word) {
      if (!mayBeIndex(view, at)) continue;
      for (let token = 0; token < 256; token++) index[token] = view.getUint16(at + token * 2, true);
      if (!isTokenIndex(index)) continue;
      const address = plus(from, offset + at);
      const table = tokenTableBefore(reader, address, index);
      if (table !== undefined) yield { table, index: address };
    }
  }
}

/** A cheap first test: the first words of an index of tokens that are at least one character long. */
function mayBeIndex(view: DataView, at: number): boolean {
  if (view.getUint16(at, true) !== 0) return false;
  const first = view.getUint16(at + 2, true);
  return first >= 2 && first <= KSYM_NAME_LEN && view.getUint16(at + 4, true) > first;
}

/** Fills the chunk page by page, zeros where a page is missing; false when all are. */
function fill(reader: Reader, address: VAddr, chunk: Uint8Array): boolean {
  let any = false;
  for (let done = 0; done < chunk.length; ) {
    const size = Math.min(roomInPage(plus(address, done)), chunk.length - done);
    const part = tryRead(reader, plus(address, done), size);
    if (part === undefined) chunk.fill(0, done, done + size);
    else chunk.set(part, done);
    any ||= part !== undefined;
    done += size;
  }
  return any;
}

/** The token table ends where the index begins, up to alignment; the length of the last token is unknown. */
function tokenTableBefore(
  reader: Reader,
  indexAddress: VAddr,
  index: Uint16Array,
): VAddr | undefined {
  const known = index[255] as number;
  const bytes = tryRead(
    reader,
    plus(indexAddress, -(known + KSYM_NAME_LEN)),
    known + KSYM_NAME_LEN,
  )?.slice();
  if (bytes === undefined) return undefined;
  for (let last = 2; last < KSYM_NAME_LEN; last++) {
    const start = bytes.length - known - last;
    const address = plus(indexAddress, -(known + last));
    if ((address & 3n) === 0n && areTokens(bytes.subarray(start), index)) return address;
  }
  return undefined;
}

/** Whether NULs stand before each token's place and nowhere else, and most digits are tokens of their own. */
function areTokens(bytes: Uint8Array, index: Uint16Array): boolean {
  for (let token = 1; token < 256; token++) {
    if (bytes[(index[token] as number) - 1] !== 0) return false;
  }
  const { text } = new TokenTable(bytes, index);
  for (let token = 0; token < 255; token++) {
    const length = (index[token + 1] as number) - (index[token] as number);
    if ((text[token] as string).length !== length - 1) return false;
  }
  let themselves = 0;
  for (const digit of '0123456789') if (text[digit.charCodeAt(0)] === digit) themselves++;
  return themselves >= 5;
}

function tablesAround(
  reader: Reader,
  tokenTable: VAddr,
  tokenIndex: VAddr,
  anchors: Anchors,
): Kallsyms | undefined {
  for (const { numSyms, names, count } of namesBefore(reader, tokenTable)) {
    for (const words of addressPlaces(numSyms, tokenIndex, count, wordOf(reader))) {
      try {
        return kallsymsAt(reader, { numSyms, names, tokenTable, tokenIndex, ...words }, anchors);
      } catch (error) {
        // Not these places: try the next.
        if (!(error instanceof CorruptError || error instanceof ReadError)) throw error;
      }
    }
  }
  return undefined;
}

/**
 * kallsyms_num_syms and the names after it, searched backwards from the tokens: a count whose markers are at the place
 * that follows from it.
 */
function* namesBefore(reader: Reader, tokenTable: VAddr) {
  let tried = 0;
  for (const { address, count } of possibleCounts(reader, tokenTable)) {
    const names = plus(address, wordOf(reader));
    if (!hasMarkers(reader, names, tokenTable, count)) {
      if (++tried === MAX_TRIED) return;
      continue;
    }
    yield { numSyms: address, names, count };
  }
}

/** Words that could be kallsyms_num_syms by the room that the names would have, the nearest to the tokens first. */
function* possibleCounts(reader: Reader, tokenTable: VAddr) {
  const word = wordOf(reader);
  const page = plus(tokenTable, -offsetInPage(tokenTable));
  for (let back = 0; back < MAX_NAMES; back += PAGE) {
    const start = plus(page, -back);
    const bytes = tryRead(reader, start, back === 0 ? Number(tokenTable - page) : PAGE)?.slice();
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer);
    for (let at = (bytes.length & -word) - word; at >= 0; at -= word) {
      // The count is a u32 with padding after it, and was an unsigned long before 4.20.
      if (word === 8 && view.getUint32(at + 4, true) !== 0) continue;
      const count = view.getUint32(at, true);
      const room = Number(tokenTable - start) - at;
      if (count < MIN_SYMBOLS || count > MAX_SYMBOLS || room < count * 3 || room > count * 128)
        continue;
      yield { address: plus(start, at), count };
    }
  }
}

type Words = Pick<KallsymsPlaces, 'addresses' | 'offsets' | 'relativeBase'>;

/** Possible places of the address words, newest order first. */
function addressPlaces(numSyms: VAddr, tokenIndex: VAddr, count: number, word: 4 | 8): Words[] {
  const words = Math.ceil((count * 4) / word) * word;
  const behind = plus(tokenIndex, INDEX_BYTES);
  const base = plus(numSyms, -word);
  return [
    { offsets: behind, relativeBase: plus(behind, words) },
    { offsets: behind },
    { addresses: behind },
    { offsets: plus(base, -words), relativeBase: base },
    { addresses: plus(numSyms, -count * word) },
  ];
}

/** Alignment of the tables that scripts/kallsyms.c writes: an unsigned long. */
const wordOf = (reader: Reader): 4 | 8 => reader.pointerSize;

function tryRead(reader: Reader, address: VAddr, length: number): Uint8Array | undefined {
  try {
    return reader.read(address, length);
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}
