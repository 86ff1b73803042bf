import { describe, expect, test } from 'vitest';
import { type BuiltKallsyms, buildKallsyms, ERAS, type Era } from '../../dumps/build/kallsyms.ts';
import { va } from '../../src/base/address.ts';
import { MissingError } from '../../src/base/errors.ts';
import { findKallsyms } from '../../src/symbols/kallsyms-scan.ts';
import { openKernelTable } from '../../src/symbols/open-kernel-table.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';
import { StubMemory, sampleSymbols } from './builders.ts';

const TEXT = 0xffffffff81000000n;
const DATA = 0xffffffff82000000n;
const TABLES = 0xffffffff81400ff8n;
const ANCHORS = new Map([
  ['_stext', va(TEXT)],
  ['swapper_pg_dir', va(DATA)],
]);

/** Four megabytes of code-like noise, and the tables in .rodata behind it. */
function image(era: Era): { memory: StubMemory; built: BuiltKallsyms } {
  const percpu = era.encoding === 'absolute-percpu' || era.encoding === 'absolute';
  const built = buildKallsyms(sampleSymbols(900, percpu), era, TABLES);
  const bytes = new Uint8Array(Number(DATA - TEXT));
  let state = 1;
  for (let i = 0; i < Number(TABLES - TEXT); i++) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = (state >> 16) & 0xff;
  }
  bytes.set(built.bytes, Number(TABLES - TEXT));
  return { memory: new StubMemory().place(TEXT, bytes), built };
}

const answers = (found: Iterable<{ name: string; address: bigint }>) =>
  [...found].map(({ name, address }) => `${name} ${address.toString(16)}`);

describe('kallsyms that VMCOREINFO does not name', () => {
  test.each(Object.entries(ERAS))('is found in the image of a %s kernel', (_, era) => {
    const { memory, built } = image(era);
    const kallsyms = findKallsyms(memory, va(TEXT), va(DATA), ANCHORS);
    expect(kallsyms.encoding).toBe(era.encoding);
    expect(answers(kallsyms.all())).toEqual(answers(built.symbols));
    expect(kallsyms.named('sched_task_899')).toBeDefined();
  });

  test('is found although pages of the image are not in the dump', () => {
    const { memory } = image(ERAS['v5.4']);
    for (const page of [0n, 0x1000n, 0x2ff000n, 0x3fe000n]) memory.exclude(TEXT + page);
    memory.exclude(DATA - 0x1000n);
    expect(findKallsyms(memory, va(TEXT), va(DATA), ANCHORS).size).toBe(908);
  });

  test('is missing when its tokens are not in the dump', () => {
    const { memory, built } = image(ERAS['v5.4']);
    memory.exclude(built.tables.get('kallsyms_token_index') as bigint);
    expect(() => findKallsyms(memory, va(TEXT), va(DATA), ANCHORS)).toThrow(MissingError);
  });

  test('is not believed when no anchor is in its place', () => {
    const { memory } = image(ERAS['v5.4']);
    const wrong = new Map([['_stext', va(TEXT + 0x10n)]]);
    expect(() => findKallsyms(memory, va(TEXT), va(DATA), wrong)).toThrow(MissingError);
  });

  test('is looked for between the code and the variables that VMCOREINFO names', () => {
    const { memory } = image(ERAS['v4.18']);
    const info = parseVmcoreinfo(
      'OSRELEASE=4.18.0\nSYMBOL(_stext)=ffffffff81000000\nSYMBOL(swapper_pg_dir)=ffffffff82000000\n',
    );
    expect(openKernelTable(memory, info, 0n).named('sched_task_5')?.address).toBe(
      TEXT + 0x40n + 5n * 0x30n,
    );
  });

  test('cannot be looked for when VMCOREINFO names nothing of the image', () => {
    const info = parseVmcoreinfo('OSRELEASE=4.18.0\n');
    expect(() => openKernelTable(new StubMemory(), info, 0n)).toThrow('kallsyms_num_syms');
  });
});
