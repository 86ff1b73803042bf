import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockCache } from '../../src/dump/block-cache.ts';
import { type ByteSource, openSource } from '../../src/dump/source.ts';
import { file } from './builders.ts';

/** A source in memory that counts its reads. */
class Counted implements ByteSource {
  readonly path = 'memory';
  readonly bytes: Uint8Array;
  reads = 0;
  constructor(size: number) {
    this.bytes = Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
  }
  get size(): number {
    return this.bytes.length;
  }
  read(offset: number, target: Uint8Array): number {
    this.reads++;
    const part = this.bytes.subarray(offset, offset + target.length);
    target.set(part);
    return part.length;
  }
  close(): void {}
}

describe('the block cache', () => {
  test('gives what the source gives, at every offset and length, at its end too', () => {
    const plain = new Counted(5 * 65_536 + 777);
    const cache = new BlockCache(plain);
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: plain.size + 100 }),
        fc.integer({ min: 0, max: 140_000 }),
        (offset, length) => {
          const target = new Uint8Array(length);
          const count = cache.read(offset, target);
          const expected = plain.bytes.subarray(offset, offset + length);
          expect(count).toBe(expected.length);
          expect(Buffer.compare(target.subarray(0, count), expected)).toBe(0);
        },
      ),
    );
  });

  test('reads of neighbours cost one read of the source', () => {
    const plain = new Counted(65_536);
    const cache = new BlockCache(plain);
    for (let at = 0; at < 65_536; at += 64) cache.read(at, new Uint8Array(24));
    expect(plain.reads).toBe(1);
    expect(cache.counts).toEqual({ hits: 1023, misses: 1 });
  });

  test('a source larger than the cache is read anew, block by block', () => {
    const plain = new Counted(65 * 65_536);
    const cache = new BlockCache(plain);
    for (const block of [0, 64, 0]) cache.read(block * 65_536, new Uint8Array(1));
    expect(plain.reads).toBe(3);
  });

  test('a read that fails leaves no block behind', () => {
    const plain = new Counted(100);
    let fails = true;
    const cache = new BlockCache({
      path: 'memory',
      size: 100,
      read(offset, target) {
        if (fails) throw new Error('EIO');
        return plain.read(offset, target);
      },
      close() {},
    });
    expect(() => cache.read(0, new Uint8Array(4))).toThrow('EIO');
    fails = false;
    expect(cache.read(0, new Uint8Array(4))).toBe(4);
  });
});

describe('what a name stands for', () => {
  test('a path and a file URL open the same file', () => {
    const path = file(Uint8Array.of(1, 2, 3));
    for (const spec of [path, `file://${path}`]) {
      const source = openSource(spec);
      expect(source.size).toBe(3);
      source.close();
    }
  });

  test('a URL of a kind that is not known is refused with what to do', () => {
    expect(() => openSource('https://example.org/vmcore')).toThrow(
      'https://example.org/vmcore: https:// cannot be opened',
    );
  });
});
