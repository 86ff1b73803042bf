import { describe, expect, it } from 'vitest';
import { x8664 } from '../../src/arch/x86/x86-64.ts';
import { pa, va } from '../../src/base/address.ts';
import { ReadError } from '../../src/base/errors.ts';
import type { PageStatus } from '../../src/dump/types.ts';
import { Memory } from '../../src/memory/memory.ts';
import { fakeDump } from './fake-dump.ts';

const VIRTUAL = 0xffff_8880_0000_0000n;

/** Page tables at frames 1..4 that map two pages at VIRTUAL: frame 10, and frame 11 which is not in the dump. */
function machine(second: PageStatus | Uint8Array, secondEntry = 0xb067n) {
  const table = (entries: Record<number, bigint>) => {
    const page = new Uint8Array(4096);
    for (const [index, entry] of Object.entries(entries)) {
      new DataView(page.buffer).setBigUint64(Number(index) * 8, entry, true);
    }
    return page;
  };
  const data = new Uint8Array(4096).map((_, i) => i & 0xff);
  const dump = fakeDump(
    new Map<number, Uint8Array | PageStatus>([
      [1, table({ 273: 0x2067n })],
      [2, table({ 0: 0x3067n })],
      [3, table({ 0: 0x4067n })],
      [4, table({ 0: 0xa067n, 1: secondEntry })],
      [10, data],
      [11, second],
    ]),
  );
  const arch = x8664({ fiveLevel: false, smeMask: 0n });
  return { dump, memory: new Memory(dump, arch, pa(0x1000), 1 << 20) };
}
const failure = (run: () => unknown): ReadError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ReadError) return error;
    throw error;
  }
  throw new Error('the read succeeded');
};

describe('AddressSpace', () => {
  it('reads bytes across a page boundary', () => {
    const { memory } = machine(new Uint8Array(4096).fill(0x77));
    expect([...memory.kernel.read(va(VIRTUAL + 4094n), 4)]).toEqual([0xfe, 0xff, 0x77, 0x77]);
  });

  it('answers differently for an excluded page and an unmapped one', () => {
    const excluded = failure(() => machine('excluded').memory.kernel.u64(va(VIRTUAL + 4096n)));
    expect([excluded.reason, excluded.message]).toEqual([
      'excluded',
      'page excluded: kernel virtual address: ffff888000001000',
    ]);
    const unmapped = failure(() => machine('excluded').memory.kernel.u64(va(VIRTUAL + 8192n)));
    expect([unmapped.reason, unmapped.detail]).toEqual(['not-mapped', 'PTE']);
  });

  it('names the level at which a walk ended', () => {
    const { memory } = machine('excluded');
    expect(failure(() => memory.kernel.u8(va(VIRTUAL + (1n << 30n)))).detail).toBe('PUD');
  });

  it('says that a page is in swap when its entry does', () => {
    const error = failure(() =>
      machine('excluded', 0x13f600n).memory.kernel.u8(va(VIRTUAL + 4096n)),
    );
    expect(error.reason).toBe('swapped');
  });

  it('refuses an address that is not canonical', () => {
    const error = failure(() => machine('excluded').memory.kernel.u8(va(0xdeadbeefdeadbeefn)));
    expect(error.reason).toBe('not-mapped');
  });

  it('throws at the first missing byte of a long read, with its own address', () => {
    const error = failure(() => machine('excluded').memory.kernel.read(va(VIRTUAL + 4000n), 200));
    expect(error.address).toBe(VIRTUAL + 4096n);
  });

  it('keeps the string read before memory ends', () => {
    const { memory } = machine('excluded');
    expect(memory.kernel.cstring(va(VIRTUAL + 0xff1n), 64)).toHaveLength(15);
  });

  it('uses the last resort only for what the walk does not map', () => {
    const { memory } = machine('excluded');
    memory.kernel.setLastResort((address) =>
      address === VIRTUAL + 8192n ? pa(0xa000) : undefined,
    );
    expect(memory.kernel.u8(va(VIRTUAL + 8192n))).toBe(0);
    expect(memory.kernel.translate(va(VIRTUAL + 5n))).toBe(0xa005n);
  });

  it('decompresses a page once while it stays in the cache', () => {
    const { dump, memory } = machine('excluded');
    for (let i = 0; i < 100; i++) memory.kernel.u64(va(VIRTUAL + BigInt(i) * 8n));
    expect(dump.reads.filter((pfn) => pfn === 10)).toHaveLength(1);
  });
});
