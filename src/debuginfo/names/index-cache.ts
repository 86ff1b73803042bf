import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { NameArrays } from './name-index.ts';

const MAGIC = 'TSCRIDX2';
/** Magic, size of the file of debugging data, numbers of names and of variables, SHA-256 of all that follows. */
const HEADER = 8 + 8 + 4 + 4 + 32;
const NAME = 4 + 4 + 1;
const VARIABLE = 8 + 4;
const DIGEST_AT = 24;
/** Two dozen kernels. The index that was not used longest goes first. */
const MOST_BYTES = 64 << 20;
const ENDING = '.idx';

/** What an index is of. */
export interface IndexKey {
  readonly buildId: string;
  /** Bytes of the file: a build-id names a build, the file may be a stripped or repacked one. */
  readonly size: number;
}

/**
 * Indexes of names in a folder of the user, one file for each build-id. What is read is checked (magic, size of the
 * file it was made of, digest); anything else counts as absent, and is written anew. Files appear by rename, so that
 * two sessions do not see each other's half. Nothing here is an error: without a folder there is no cache.
 */
export class IndexCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  load(key: IndexKey): NameArrays | undefined {
    const path = this.#path(key);
    return quietly(() => {
      const bytes = readFileSync(path);
      const arrays = decode(bytes, key);
      const now = new Date();
      if (arrays) utimesSync(path, now, now);
      return arrays;
    });
  }

  store(key: IndexKey, arrays: NameArrays): void {
    quietly(() => {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const path = this.#path(key);
      const half = `${path}.${process.pid}`;
      writeFileSync(half, encode(key, arrays), { mode: 0o600 });
      renameSync(half, path);
      this.#prune();
    });
  }

  #path({ buildId }: IndexKey): string {
    return join(this.#folder, `${buildId.replace(/[^0-9a-f]/g, '')}${ENDING}`);
  }

  #prune(): void {
    const files = readdirSync(this.#folder)
      .filter((name) => name.endsWith(ENDING))
      .map((name) => {
        const path = join(this.#folder, name);
        const { size, mtimeMs } = statSync(path);
        return { path, size, mtimeMs };
      })
      .sort((a, b) => b.mtimeMs - a.mtimeMs);
    let total = 0;
    for (const { path, size } of files) {
      total += size;
      if (total > MOST_BYTES) rmSync(path, { force: true });
    }
  }
}

function encode({ size }: IndexKey, arrays: NameArrays): Uint8Array {
  const head = Buffer.alloc(HEADER);
  head.write(MAGIC, 0, 'latin1');
  head.writeDoubleLE(size, 8);
  head.writeUInt32LE(arrays.hashes.length, 16);
  head.writeUInt32LE(arrays.addresses.length, 20);
  // Little-endian, as every machine that node runs on; the widest numbers first, so that each part is aligned.
  const { addresses, hashes, entries, variables, kinds } = arrays;
  const parts = [addresses, hashes, entries, variables, kinds].map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  const body = Buffer.concat(parts);
  createHash('sha256').update(body).digest().copy(head, DIGEST_AT);
  return Buffer.concat([head, body]);
}

function decode(bytes: Buffer, { size }: IndexKey): NameArrays | undefined {
  if (bytes.length < HEADER || bytes.toString('latin1', 0, 8) !== MAGIC) return undefined;
  const names = bytes.readUInt32LE(16);
  const variables = bytes.readUInt32LE(20);
  if (bytes.readDoubleLE(8) !== size) return undefined;
  if (bytes.length !== HEADER + names * NAME + variables * VARIABLE) return undefined;
  const body = bytes.subarray(HEADER);
  const digest = createHash('sha256').update(body).digest();
  if (!digest.equals(bytes.subarray(DIGEST_AT, HEADER))) return undefined;
  const copy = new Uint8Array(body).buffer;
  const namesAt = variables * 8;
  const variablesAt = namesAt + names * 8;
  return {
    addresses: new BigUint64Array(copy, 0, variables),
    hashes: new Uint32Array(copy, namesAt, names),
    entries: new Uint32Array(copy, namesAt + names * 4, names),
    variables: new Uint32Array(copy, variablesAt, variables),
    kinds: new Uint8Array(copy, variablesAt + variables * 4, names),
  };
}

/** What a file system refuses means that there is no cache. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
