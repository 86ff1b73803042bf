import { describe, expect, it } from 'vitest';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKdump } from '../../dumps/build/kdump.ts';
import { FlattenedSource } from '../../src/dump/flattened.ts';
import { openDump } from '../../src/dump/open.ts';
import { openSource } from '../../src/dump/source.ts';
import { block, file } from './builders.ts';

const page = new Uint8Array(4096);
const kdump = (split?: { start: number; end: number }) =>
  buildKdump({
    maxMapnr: 300,
    blocks: new Map([1, 150, 299].map((n) => [n, block(n)])),
    packing: 'snappy',
    vmcoreinfo: 'A=1\n',
    ...(split && { split }),
  });
const source = (stream: Uint8Array) => new FlattenedSource(openSource(file(stream)));
const read = (from: FlattenedSource, offset: number, length: number) => {
  const bytes = new Uint8Array(length);
  return [...bytes.subarray(0, from.read(offset, bytes))];
};

describe('flattened streams', () => {
  it('a kdump reads as its plain file does', () => {
    const { memory, facts } = openDump([file(flatten(recordsOf(kdump())))]);
    expect(facts).toMatchObject({
      format: 'flattened kdump v6 (snappy)',
      flattened: true,
      vmcoreinfo: 'A=1\n',
    });
    for (const pfn of [299, 1, 150]) {
      expect(memory.readPage(pfn, page)).toBe('present');
      expect(page).toEqual(block(pfn));
    }
  });

  it('records in reverse order make the same file', () => {
    const { memory } = openDump([file(flatten(recordsOf(kdump()).reverse()))]);
    expect(memory.readPage(150, page)).toBe('present');
    expect(page).toEqual(block(150));
  });

  it('an ELF core may be flattened', () => {
    const elf = buildElf({ segments: [{ physical: 0x3000, bytes: block(3) }] });
    const { memory, facts } = openDump([file(flatten(recordsOf(elf, 77)))]);
    expect(facts.format).toBe('flattened ELF');
    expect(memory.readPage(3, page)).toBe('present');
    expect(page).toEqual(block(3));
  });

  it('one part of a split set may be flattened and another not', () => {
    const a = file(flatten(recordsOf(kdump({ start: 0, end: 100 }))));
    const b = file(kdump({ start: 100, end: 300 }));
    const { memory } = openDump([b, a]);
    expect([1, 150, 299].map((pfn) => memory.readPage(pfn, page))).toEqual([
      'present',
      'present',
      'present',
    ]);
  });

  it('where records overlap the later one wins', () => {
    const stream = source(
      flatten([
        [0, Uint8Array.of(1, 1, 1, 1, 1, 1)],
        [4, Uint8Array.of(2, 2, 2, 2)],
        [2, Uint8Array.of(3, 3, 3)],
        [7, Uint8Array.of(4)],
      ]),
    );
    expect(read(stream, 0, 100)).toEqual([1, 1, 3, 3, 3, 2, 2, 4]);
    expect(read(stream, 4, 2)).toEqual([3, 2]);
  });

  it('gaps between records are zeros in a complete stream, and unknown in a truncated one', () => {
    const records: [number, Uint8Array][] = [
      [0, Uint8Array.of(1, 2)],
      [5, Uint8Array.of(3)],
    ];
    expect(read(source(flatten(records)), 0, 9)).toEqual([1, 2, 0, 0, 0, 3]);
    expect(read(source(flatten(records, false)), 0, 9)).toEqual([1, 2]);
    expect(read(source(flatten(records, false)), 5, 9)).toEqual([3]);
  });

  it('a stream that ends early opens with what came before, and says so', () => {
    const stream = flatten(recordsOf(kdump()));
    const { memory, facts } = openDump([file(stream.subarray(0, stream.length - 3000))]);
    expect(facts.warnings[0]).toMatch(/truncated\/incomplete/);
    expect(facts.incomplete).toBe(true);
    expect(memory.readPage(1, page)).toBe('present');
    expect(memory.readPage(299, page)).toBe('truncated');
  });

  it.each([
    ['a negative size', 8, -5n],
    ['an offset near 2^63', 0, 2n ** 63n - 1n],
    ['a size beyond the file', 8, 2n ** 52n],
  ])('%s ends the stream', (_, at, value) => {
    const stream = flatten([
      [0, kdump()],
      [1 << 20, Uint8Array.of(1)],
    ]);
    stream.writeBigInt64BE(value, 4096 + 16 + kdump().length + at);
    const { memory, facts } = openDump([file(stream)]);
    expect(facts.warnings).toHaveLength(1);
    expect(memory.readPage(299, page)).toBe('present');
  });

  it('a stream of empty records ends early', () => {
    const stream = source(Buffer.concat([flatten([], false), Buffer.alloc(1 << 20)]));
    expect(stream.warning).toMatch(/empty records/);
  });

  it('a flattened stream within a flattened stream is refused', () => {
    const path = file(flatten(recordsOf(flatten(recordsOf(kdump())))));
    expect(() => openDump([path])).toThrow(`${path}: not a supported file format`);
  });
});
