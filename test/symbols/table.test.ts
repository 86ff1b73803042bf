import { describe, expect, test } from 'vitest';
import { buildKallsyms, ERAS, type SpecSymbol } from '../../dumps/build/kallsyms.ts';
import { va } from '../../src/base/address.ts';
import { openKallsyms } from '../../src/symbols/open-kallsyms.ts';
import { KernelSymbols } from '../../src/symbols/table.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';
import { VmlinuxView } from '../../src/symbols/vmlinux-view.ts';
import { StubMemory, sampleSymbols, vmcoreinfoText } from './builders.ts';

const BASE = 0xffffffff82100000n;
const TEXT = 0xffffffff81000000n;

function open(extra: SpecSymbol[] = [], memory = new StubMemory(), kernelOffset = 0x1000000n) {
  const built = buildKallsyms([...sampleSymbols(20), ...extra], ERAS['v6.1'], BASE);
  memory.place(BASE, built.bytes);
  const kallsyms = openKallsyms(memory, parseVmcoreinfo(vmcoreinfoText(built)));
  return new KernelSymbols({
    kernel: new VmlinuxView(kallsyms, memory),
    kernelOffset,
    isStaticPercpu: (name) => name === 'runqueues',
  });
}

describe('the symbols of a kernel', () => {
  test("per-CPU variables have the letter of their linkage, not kallsyms' A", () => {
    const symbols = open();
    expect([symbols.named('runqueues')?.type, symbols.named('fixed_percpu_data')?.type]).toEqual([
      'd',
      'D',
    ]);
  });

  test('absolute symbols between per-CPU data and the image are left out', () => {
    const symbols = open([{ name: 'constant', address: 0x50000n, type: 'A' }]);
    expect(symbols.named('constant')).toBeUndefined();
    expect([...symbols.all()].map((s) => s.name)).not.toContain('constant');
  });

  test('between where the image was linked and where it lies, the last per-CPU symbol is named from afar', () => {
    const symbols = open([{ name: 'constant', address: 0x50000n, type: 'A' }]);
    const found = symbols.at(va(TEXT - 0x1000n));
    expect(found?.symbol.name).toBe('__per_cpu_end');
    expect(found?.offset).toBe(Number(BigInt.asIntN(64, TEXT - 0x1000n - 0x34000n)));
    expect(found?.offset).toBeLessThan(0);
  });

  test('below that and behind the last symbol nothing is named', () => {
    const symbols = open();
    for (const address of [
      0n,
      0x2c000n,
      TEXT - 0x1000001n,
      0xffffffff82400001n,
      0xffff888000000000n,
    ]) {
      expect(symbols.at(va(address))).toBeUndefined();
      expect(symbols.inRange(va(address))).toBe(false);
    }
    expect(symbols.at(va(0xffffffff82400000n))?.symbol.name).toBe('_end');
  });

  test('a section is named where its label stands, and first among equals by its dot', () => {
    const symbols = open([{ name: '_sdata', address: 0xffffffff82000000n, type: 'D' }]);
    expect(symbols.at(va(0xffffffff82000000n))).toMatchObject({
      symbol: { name: '.data', type: 'd' },
      offset: 0,
    });
    expect(symbols.at(va(0xffffffff82000001n))?.symbol.name).toBe('swapper_pg_dir');
    expect(symbols.named('.data')?.address).toBe(0xffffffff82000000n);
  });

  test('the tables of kallsyms have the names that a vmlinux has for them', () => {
    expect(open().named('kallsyms_num_syms')?.address).toBe(BASE + 0x78n);
    expect([...open().search('kallsyms_')].map((s) => s.name)).toEqual([
      'kallsyms_offsets',
      'kallsyms_relative_base',
      'kallsyms_num_syms',
      'kallsyms_names',
      'kallsyms_markers',
      'kallsyms_token_table',
      'kallsyms_token_index',
    ]);
  });

  test('an export has a name, a namespace and a CRC', () => {
    const at = 0xffffffff81f00000n;
    const table = new Uint8Array(24);
    const view = new DataView(table.buffer);
    view.setInt32(4, 0x100, true);
    view.setInt32(8, 0x200, true);
    view.setInt32(12 + 4, 0x300, true);
    const label = (name: string, address: bigint): SpecSymbol => ({ name, address, type: 'r' });
    const memory = () => new StubMemory().place(at, table);
    const exports = [
      label('__start___ksymtab', at),
      label('__ksymtab_alpha', at),
      label('__ksymtab_beta', at + 12n),
      label('__stop___ksymtab', at + 24n),
      label('__start___kcrctab', at + 24n),
      label('__stop___kcrctab', at + 32n),
    ];
    const young = label('block_read_full_folio', at + 0x1000n);
    const symbols = open([...exports, young], memory());
    const shown = [...symbols.search('alpha'), ...symbols.search('beta')].map(
      (s) => `${(s.address - at).toString(16)} ${s.name}`,
    );
    expect(shown).toEqual([
      '0 __ksymtab_alpha',
      '18 __crc_alpha',
      '104 __kstrtab_alpha',
      '208 __kstrtabns_alpha',
      'c __ksymtab_beta',
      '1c __crc_beta',
      '310 __kstrtab_beta',
    ]);
    expect(symbols.named('__crc_beta')?.address).toBe(at + 0x1cn);
    expect(symbols.at(va(at + 0x1dn))?.symbol.name).toBe('__crc_beta');
    // Before 5.19 the CRC was the symbol's value.
    expect(open(exports, memory()).named('__crc_beta')).toBeUndefined();
    // Older kallsyms have the strings' names already.
    const old = open([...exports, label('__kstrtab_alpha', at + 0x104n)], memory());
    expect([...old.search('__kstrtab_')].map((s) => s.name)).toEqual(['__kstrtab_alpha']);
  });

  test('text is what lies in the code or is named by a function', () => {
    const symbols = open([
      { name: '_etext', address: TEXT + 0x1000n, type: 'T' },
      { name: 'table', address: 0xffffffff81a00000n, type: 'r' },
      { name: 'late_function', address: 0xffffffff81b00000n, type: 't' },
    ]);
    expect([TEXT, TEXT + 0xfffn, 0xffffffff81b00004n].map((a) => symbols.isText(va(a)))).toEqual([
      true,
      true,
      true,
    ]);
    expect(
      [0xffffffff81a00004n, 0xffffffff82000000n, 0n].map((a) => symbols.isText(va(a))),
    ).toEqual([false, false, false]);
  });

  test('completions are the names that begin so', () => {
    expect([...open().completions('sched_task_1')]).toEqual([
      'sched_task_1',
      ...Array.from({ length: 10 }, (_, i) => `sched_task_1${i}`),
    ]);
    expect([...open().completions('chosen')]).toEqual([]);
  });
});
