import { describe, expect, test } from 'vitest';
import { plus, type VAddr, va } from '../../src/base/address.ts';
import { viewOf } from '../../src/base/bytes.ts';
import { ReadError } from '../../src/base/errors.ts';
import { chooseOrcFormat, decodeOrcEntry } from '../../src/unwind/orc-format.ts';
import { type OrcPlaces, OrcTable } from '../../src/unwind/orc-table.ts';

const field = (bit: number, size: number) => ({ bit, size });
const REGS = [
  ['sp_reg', field(32, 4)],
  ['bp_reg', field(36, 4)],
] as const;
/** The bit fields of struct orc_entry, release by release. */
const SHAPES = {
  '4.14': new Map([...REGS, ['type', field(40, 2)]]),
  '4.19': new Map([...REGS, ['type', field(40, 2)], ['end', field(42, 1)]]),
  '6.3': new Map([
    ...REGS,
    ['type', field(40, 2)],
    ['signal', field(42, 1)],
    ['end', field(43, 1)],
  ]),
  '6.4': new Map([...REGS, ['type', field(40, 3)], ['signal', field(43, 1)]]),
};

const bytes = (sp: number, bp: number, codes: number, flags: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(6));
  view.setInt16(0, sp, true);
  view.setInt16(2, bp, true);
  view.setUint8(4, codes);
  view.setUint8(5, flags);
  return new Uint8Array(view.buffer);
};
const decode = (shape: keyof typeof SHAPES | undefined, entry: Uint8Array, example?: Uint8Array) =>
  decodeOrcEntry(
    new DataView(entry.buffer),
    0,
    chooseOrcFormat({ fields: shape && SHAPES[shape], framePointerEntry: example }),
  );

/** `orc_fp_entry` of each numbering. */
const FP_4_14 = bytes(16, -16, 0x14, 0);
const FP_6_4 = bytes(16, -16, 0x14, 2);
const FP_7_1 = bytes(16, -16, 0x84, 2);

describe('an ORC entry', () => {
  test('of 4.14 to 6.3 has CALL as type 0 and SP as register 5', () => {
    for (const shape of ['4.14', '4.19', '6.3'] as const) {
      expect(decode(shape, bytes(40, -16, 0x15, 0), FP_4_14)).toEqual({
        spOffset: 40,
        bpOffset: -16,
        spReg: 'sp',
        bpReg: 'prev-sp',
        type: 'call',
      });
    }
  });

  test('without a stack pointer is the end before 4.19, then only when its end bit is set', () => {
    expect(decode('4.14', bytes(0, 0, 0, 0)).type).toBe('end-of-stack');
    expect(decode('4.19', bytes(0, 0, 0, 0)).type).toBe('undefined');
    expect(decode('4.19', bytes(0, 0, 0, 4)).type).toBe('end-of-stack');
    // In 6.3 that bit is `signal`.
    expect(decode('6.3', bytes(0, 0, 0, 4)).type).toBe('undefined');
    expect(decode('6.3', bytes(0, 0, 0, 8)).type).toBe('end-of-stack');
  });

  test('of 6.4 has types of its own for the end and for not knowing, and ignores `signal`', () => {
    const types = [0, 1, 2, 3, 4, 8 + 3].map(
      (flags) => decode('6.4', bytes(8, 0, 5, flags), FP_6_4).type,
    );
    expect(types).toEqual(['undefined', 'end-of-stack', 'call', 'regs', 'regs-partial', 'regs']);
  });

  test("of 7.1 has SP as register 3 and the previous SP as 8, told by the kernel's own orc_fp_entry", () => {
    expect(decode('6.4', bytes(40, -16, 0x83, 2), FP_7_1)).toMatchObject({
      spReg: 'sp',
      bpReg: 'prev-sp',
      type: 'call',
    });
    expect(decode('6.4', bytes(8, 0, 0x09, 2), FP_7_1).spReg).toBe('sp-indirect');
    expect(decode('6.4', bytes(8, 0, 0x09, 2), FP_6_4).spReg).toBe('sp-indirect');
    expect(decode('6.4', bytes(8, 0, 0x08, 2), FP_6_4).spReg).toBe('bp-indirect');
  });

  test('is read by orc_fp_entry alone where there are no types', () => {
    expect(decode(undefined, bytes(8, 0, 5, 2), FP_6_4).type).toBe('call');
    expect(decode(undefined, bytes(8, 0, 5, 0), FP_4_14).type).toBe('call');
  });
});

const BASE = va(0xffffffff82000000n);
const TEXT = BASE - 0x10000n;

/** A table of functions 16 bytes apart, the n-th with a frame of 8n bytes. */
function table(count: number, lookup?: { first: readonly number[] }, claimed = count) {
  const memory = new Uint8Array(0x10000);
  const view = new DataView(memory.buffer);
  const ips = 0x100;
  const entries = 0x8000;
  const blocks = 0xf000;
  for (let i = 0; i < count; i++) {
    view.setInt32(ips + i * 4, Number(TEXT + BigInt(i * 16) - (BASE + BigInt(ips + i * 4))), true);
    memory.set(bytes(8 * i, 0, 5, 2), entries + i * 6);
  }
  for (const [i, slot] of lookup?.first.entries() ?? []) view.setUint32(blocks + i * 4, slot, true);
  const read = (address: VAddr, length: number): Uint8Array => {
    const from = Number(address - BASE);
    if (from < 0 || from + length > memory.length)
      throw new ReadError('kernel', address, 'not-mapped');
    return memory.slice(from, from + length);
  };
  const places: OrcPlaces = {
    ips: plus(BASE, ips),
    entries: plus(BASE, entries),
    count: claimed,
    ...(lookup && {
      lookup: { table: plus(BASE, blocks), blocks: lookup.first.length, text: va(TEXT) },
    }),
  };
  const i32 = (address: VAddr) => viewOf(read(address, 4)).getInt32(0, true);
  const format = chooseOrcFormat({ fields: SHAPES['6.4'], framePointerEntry: FP_6_4 });
  return new OrcTable({ read, i32 }, places, format);
}

describe('an ORC table', () => {
  test('finds the last entry at or below an address', () => {
    const orc = table(100);
    expect(orc.find(TEXT)?.spOffset).toBe(0);
    expect(orc.find(TEXT + 15n)?.spOffset).toBe(0);
    expect(orc.find(TEXT + 16n)?.spOffset).toBe(8);
    expect(orc.find(TEXT + 99n * 16n + 500n)?.spOffset).toBe(792);
    expect(orc.find(TEXT - 1n)).toBeUndefined();
  });

  test('gives the same answers with orc_lookup, and with an orc_lookup that lies', () => {
    const plain = table(64);
    const good = table(64, { first: [0, 15, 31, 47, 63] });
    const bad = table(64, { first: [63, 2, 0, 9999, 5] });
    for (let offset = 0n; offset < 64n * 16n; offset += 7n) {
      expect(good.find(TEXT + offset)).toEqual(plain.find(TEXT + offset));
      expect(bad.find(TEXT + offset)).toEqual(plain.find(TEXT + offset));
    }
  });

  test('that is not in the dump has no answer', () => {
    const orc = table(10, undefined, 1_000_000);
    expect(orc.find(TEXT + 0x1000_0000n)).toBeUndefined();
  });
});
