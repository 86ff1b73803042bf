import { hex, plus, type VAddr } from '../base/address.ts';
import { CorruptError } from '../base/errors.ts';
import { roomInPage } from '../base/pages.ts';
import type { Reader } from './types.ts';

/**
 * KSYM_NAME_LEN since 6.1 (b8a94bfb3395, kallsyms: increase maximum kernel symbol length to 512); 128 before. No name
 * is longer, type letter included.
 */
export const KSYM_NAME_LEN = 512;
const TOKENS = 256;
/** A token expands to at most a whole name. */
const MAX_TABLE = TOKENS * KSYM_NAME_LEN;

/**
 * The 256 strings that compressed names are made of: `kallsyms_token_table` (NUL-terminated strings) and
 * `kallsyms_token_index` (u16 offsets into it); scripts/kallsyms.c, write_src().
 */
export class TokenTable {
  /** Bytes of all tokens, as in the kernel, NULs included. */
  readonly bytes: Uint8Array;
  /** Offset and length of token t within {@link bytes}. */
  readonly start: Uint16Array;
  readonly length: Uint16Array;
  readonly text: readonly string[];

  constructor(bytes: Uint8Array, index: Uint16Array) {
    this.start = index;
    this.bytes = bytes;
    this.length = new Uint16Array(TOKENS);
    const text: string[] = [];
    for (let token = 0; token < TOKENS; token++) {
      const from = index[token] as number;
      let to = from;
      while (to < bytes.length && bytes[to] !== 0) to++;
      this.length[token] = to - from;
      text.push(String.fromCharCode(...bytes.subarray(from, to)));
    }
    this.text = text;
  }
}

/** Reads both tables. Throws CorruptError when they are not token tables, ReadError when they cannot be read. */
export function readTokens(reader: Reader, table: VAddr, indexAddress: VAddr): TokenTable {
  const raw = reader.read(indexAddress, TOKENS * 2).slice();
  const view = new DataView(raw.buffer);
  const index = new Uint16Array(TOKENS);
  for (let token = 0; token < TOKENS; token++) index[token] = view.getUint16(token * 2, true);
  if (!isTokenIndex(index)) {
    throw new CorruptError(
      `kallsyms_token_index at ${hex(indexAddress)} does not increase from 0`,
      indexAddress,
    );
  }
  const length = (index[TOKENS - 1] as number) + lastTokenLength(reader, table, index);
  return new TokenTable(reader.read(table, length).slice(), index);
}

/** The last token's end is not recorded: its NUL is searched for, within a name's length, page by page. */
function lastTokenLength(reader: Reader, table: VAddr, index: Uint16Array): number {
  const start = plus(table, index[TOKENS - 1] as number);
  for (let done = 0; done < KSYM_NAME_LEN; ) {
    const at = plus(start, done);
    const size = Math.min(KSYM_NAME_LEN - done, roomInPage(at));
    const end = reader.read(at, size).indexOf(0);
    if (end >= 0) return done + end + 1;
    done += size;
  }
  throw new CorruptError(`kallsyms_token_table at ${hex(table)} does not end`, table);
}

/** Whether the index starts at 0 and every token has at least its NUL and at most a name's length. */
export function isTokenIndex(index: Uint16Array): boolean {
  if (index[0] !== 0) return false;
  for (let token = 1; token < TOKENS; token++) {
    const length = (index[token] as number) - (index[token - 1] as number);
    if (length < 1 || length > KSYM_NAME_LEN) return false;
  }
  return (index[TOKENS - 1] as number) < MAX_TABLE;
}
