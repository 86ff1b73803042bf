import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODECS, codecOf } from '../../src/dump/decompress.ts';
import { decodeLzo1x } from '../../src/dump/lzo.ts';
import { decodeSnappy } from '../../src/dump/snappy.ts';

type Decode = (source: Uint8Array, end: number, target: Uint8Array) => number;
const ascii = (text: string) => [...Buffer.from(text)];
const le16 = (value: number) => [value & 0xff, value >> 8];

/** What a stream decodes to; -1 when the decoder refuses it. */
function decode(decoder: Decode, stream: readonly number[], room = 100_000): string | number {
  const target = new Uint8Array(room);
  const size = decoder(Uint8Array.from(stream), stream.length, target);
  return size < 0 ? size : Buffer.from(target.subarray(0, size)).toString('latin1');
}
const lzo = (stream: readonly number[], room?: number) => decode(decodeLzo1x, stream, room);
const snappy = (stream: readonly number[], room?: number) => decode(decodeSnappy, stream, room);

const END = [0x11, 0, 0];
/** Literals as the first instruction of an LZO stream. */
const literals = (text: string) => [17 + text.length, ...ascii(text)];

describe('LZO1X', () => {
  it('every kind of match copies what it says', () => {
    const text = 'abcdefgh';
    expect(lzo([...literals(text), ...END])).toBe(text);
    // 1 1 L L D D D S: length 5 + L, distance (H << 3) + D + 1
    expect(lzo([...literals(text), 0b110_111_00, 0, ...END])).toBe(`${text}abcdefg`);
    expect(lzo([...literals(text), 0b100_000_00, 0, ...END])).toBe(`${text}hhhhh`);
    // 0 1 L D D D S S: length 3 + L
    expect(lzo([...literals(text), 0b0_1_0_011_01, 0, 0x7a, ...END])).toBe(`${text}efgz`);
    expect(lzo([...literals(text), 0b0_1_1_011_00, 0, ...END])).toBe(`${text}efgh`);
    // 0 0 1 L L L L L: length 2 + L, a distance of 14 bits
    expect(lzo([...literals(text), 0b001_00011, ...le16((5 - 1) << 2), ...END])).toBe(
      `${text}defgh`,
    );
    expect(lzo([...literals(text), 0b001_00000, 0, 3, ...le16(0), ...END])).toBe(
      `${text}${'h'.repeat(2 + 31 + 255 + 3)}`,
    );
  });

  it('short matches depend on how many literals came before', () => {
    // after four or more: three bytes at 2049 and beyond
    const long = 'x'.repeat(238);
    const run = [0, ...Array(7).fill(0), 100, ...Array(18 + 7 * 255 + 100).fill(0x79)];
    expect(lzo([17 + 238, ...ascii(long), 0b0000_00_00, 0, ...END])).toBe(-1);
    const far = [...run, 0b0000_00_01, 0, 0x7a, ...END];
    expect(lzo(far)).toBe(-1); // 1903 bytes do not reach back 2049
    const farther = [
      0,
      ...Array(8).fill(0),
      100,
      0x41,
      0x42,
      0x43,
      ...Array(18 + 8 * 255 + 100 - 3).fill(0x79),
    ];
    const size = 18 + 8 * 255 + 100;
    const distance = size - 2049;
    const op = (distance & 3) << 2;
    expect(String(lzo([...farther, op, distance >> 2, ...END])).endsWith('yyABC')).toBe(true);
    // after one to three: two bytes at up to 1024
    expect(lzo([18, 0x61, 0b0000_00_10, 0, 0x62, 0x63, ...END])).toBe('aaabc');
  });

  it('a far match reaches beyond 16 KiB', () => {
    const size = 3 + 15 + 255 * 70 + 9;
    const run = [
      0,
      ...Array(70).fill(0),
      9,
      ...ascii('0123456789'),
      ...Array(size - 10).fill(0x2e),
    ];
    const text = String(lzo([...run, 0b0001_0_010, ...le16((size - 16384) << 2), ...END]));
    expect(text.slice(size)).toBe('0123');
  });

  it.each([
    ['nothing', []],
    ['no end marker', literals('abcdefgh')],
    ['literals beyond the stream', [200, 1, 2, 3]],
    ['a match before the start', [...literals('abcd'), 0b0_1_0_011_00, 9, ...END]],
    ['a length of endless zeros', [...literals('abcd'), 0b001_00000, 0, 0, 0, 0]],
    ['a run length of endless zeros', [0, 0, 0, 0]],
    ['a match cut in two', [...literals('abcd'), 0b001_00001, 0]],
  ])('%s is damage', (_, stream) => {
    expect(lzo(stream)).toBe(-1);
  });

  it('what does not fit is damage', () => {
    expect(lzo([...literals('abcdefgh'), ...END], 8)).toBe('abcdefgh');
    expect(lzo([...literals('abcdefgh'), ...END], 7)).toBe(-1);
    expect(lzo([...literals('abcdefgh'), 0b0_1_1_011_00, 0, ...END], 11)).toBe(-1);
  });
});

describe('snappy', () => {
  it('every kind of element copies what it says', () => {
    const text = 'abcdefgh';
    const head = [7 << 2, ...ascii(text)];
    expect(snappy([8, ...head])).toBe(text);
    expect(snappy([12, ...head, 0b000_000_01, 5])).toBe(`${text}defg`);
    expect(snappy([15, ...head, 0b000110_10, ...le16(8)])).toBe(`${text}abcdefg`);
    expect(snappy([15, ...head, 0b000110_11, ...le16(1), 0, 0])).toBe(`${text}hhhhhhh`);
    expect(snappy([5, 60 << 2, 4, ...ascii('hello')])).toBe('hello');
    expect(snappy([5, 63 << 2, 4, 0, 0, 0, ...ascii('hello')])).toBe('hello');
  });

  it.each([
    ['nothing', []],
    ['a length without an end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
    ['fewer bytes than it says', [9, 7 << 2, ...ascii('abcdefgh')]],
    ['more bytes than it says', [7, 7 << 2, ...ascii('abcdefgh')]],
    ['a copy before the start', [8, 3 << 2, ...ascii('abcd'), 1, 5]],
    ['a copy at distance 0', [8, 3 << 2, ...ascii('abcd'), 1, 0]],
    ['a literal beyond the block', [8, 7 << 2, ...ascii('abcd')]],
    ['a copy cut in two', [8, 3 << 2, ...ascii('abcd'), 2, 1]],
    ['a literal of 4 GB', [8, 63 << 2, 0xff, 0xff, 0xff, 0xff, 1]],
  ])('%s is damage', (_, stream) => {
    expect(snappy(stream)).toBe(-1);
  });

  it('a block longer than the page is damage', () => {
    expect(snappy([8, 7 << 2, ...ascii('abcdefgh')], 7)).toBe(-1);
  });
});

describe('all decoders', () => {
  const GUARD = 64;
  /** Runs a decoder on bytes in a page between guards; it may refuse, never write elsewhere. */
  function survives(decoder: Decode, bytes: Uint8Array): void {
    const room = new Uint8Array(4096 + 2 * GUARD).fill(0xa5);
    const size = decoder(bytes, bytes.length, room.subarray(GUARD, GUARD + 4096));
    expect(size).toBeGreaterThanOrEqual(-1);
    expect(size).toBeLessThanOrEqual(4096);
    const guards = [...room.subarray(0, GUARD), ...room.subarray(GUARD + 4096)];
    expect(guards.every((byte) => byte === 0xa5)).toBe(true);
  }

  it.each(CODECS)('$name survives any bytes', ({ decode: decoder }) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => survives(decoder, bytes)),
      { numRuns: 500 },
    );
  });

  // Small values make more instructions that are valid, and so go deeper.
  it.each(CODECS)('$name survives bytes that look like instructions', ({ decode: decoder }) => {
    const byte = fc.oneof(fc.constantFrom(0, 1, 4, 5, 16, 17, 32, 64, 255), fc.nat(255));
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 400 }), (bytes) =>
        survives(decoder, Uint8Array.from(bytes)),
      ),
      { numRuns: 500 },
    );
  });

  it('zlib notices one changed bit anywhere', () => {
    const page = Uint8Array.from({ length: 4096 }, (_, i) => (i * i) >> 5);
    const packed = deflateSync(page);
    const { decode: inflate } = codecOf(1) ?? { decode: () => -2 };
    const target = new Uint8Array(4096);
    expect(inflate(packed, packed.length, target)).toBe(4096);
    for (let at = 2; at < packed.length; at += 13) {
      const broken = Buffer.from(packed);
      broken[at]! ^= 1 << (at & 7);
      expect(inflate(broken, broken.length, target)).toBe(-1);
    }
  });
});
