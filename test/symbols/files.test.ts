import { describe, expect, test } from 'vitest';
import { va } from '../../src/base/address.ts';
import { CorruptError } from '../../src/base/errors.ts';
import { readElfSymtab } from '../../src/symbols/elf-symtab.ts';
import { SortedSymbols } from '../../src/symbols/sorted-symbols.ts';
import { parseSystemMap } from '../../src/symbols/system-map.ts';
import { buildVmlinux } from './builders.ts';

const OFFSET = 0x1d600000n;
const line = (symbols: Iterable<{ address: bigint; type: string; name: string }>) =>
  [...symbols].map((s) => `${s.address.toString(16)} ${s.type} ${s.name}`);

const MAP = `0000000000000000 A VDSO32_PRELINK
0000000000000000 D __per_cpu_start
0000000000000000 D fixed_percpu_data
000000000002c000 A not_percpu
0000000000034000 D __per_cpu_end
00000000deadbeef A __crc_printk
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81000100 t helper.isra.0
this is no symbol
ffffffff83800000 B _end
ffffffffff600000 A vsyscall
`;

describe('a System.map', () => {
  test('moves with the kernel, per-CPU and absolute symbols apart', () => {
    expect(line(new SortedSymbols(parseSystemMap(MAP), OFFSET).all())).toEqual([
      '0 D __per_cpu_start',
      '0 D fixed_percpu_data',
      '34000 D __per_cpu_end',
      'ffffffff9e600000 T _stext',
      'ffffffff9e600000 T _text',
      'ffffffff9e600100 t helper',
      'ffffffffa0e00000 B _end',
      'ffffffffff600000 A vsyscall',
    ]);
  });

  test('answers as kallsyms does', () => {
    const map = new SortedSymbols(parseSystemMap(MAP), OFFSET);
    expect(map.at(va(0xffffffff9e600000n))?.symbol.name).toBe('_stext');
    expect(map.at(va(0xffffffff9e600010n))).toMatchObject({
      symbol: { name: '_text' },
      offset: 16,
    });
    expect(map.named('helper')?.address).toBe(0xffffffff9e600100n);
    expect(map.previous(map.named('_text')!)?.name).toBe('_stext');
    expect(map.next(map.named('_stext')!)?.name).toBe('helper');
    expect(line(map.search('percpu'))).toEqual(['0 D fixed_percpu_data']);
  });

  test('without _text and _stext is refused', () => {
    expect(() => parseSystemMap('hello\n')).toThrow(CorruptError);
  });
});

const reader = (bytes: Uint8Array) => (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);

describe("a vmlinux's symbol table", () => {
  const bytes = buildVmlinux([
    ['', 0xffffffff82000000n, 0x03, 2],
    ['core.c', 0n, 0x04, 0xfff1],
    ['_stext', 0xffffffff81000000n, 0x12, 1],
    ['local', 0xffffffff81000010n, 0x02, 1],
    ['weak', 0xffffffff81000020n, 0x22, 1],
    ['init_task', 0xffffffff82000000n, 0x11, 2],
    ['zeroed', 0xffffffff83000000n, 0x01, 3],
    ['outside', 0xffffffffff600000n, 0x10, 0xfff1],
    ['elsewhere', 0n, 0x10, 0],
  ]);

  test('has the letters of nm, the names of sections, and moves with the kernel', () => {
    expect(line(new SortedSymbols(readElfSymtab(reader(bytes)), OFFSET).all())).toEqual([
      'ffffffff9e600000 T _stext',
      'ffffffff9e600010 t local',
      'ffffffff9e600020 W weak',
      'ffffffff9f600000 d .data',
      'ffffffff9f600000 D init_task',
      'ffffffffa0600000 b zeroed',
      'ffffffffff600000 A outside',
    ]);
  });

  test('cut short or missing is a CorruptError', () => {
    for (const length of [0, 40, 0x1010, 0x1100]) {
      expect(() => readElfSymtab(reader(bytes.subarray(0, length)))).toThrow(CorruptError);
    }
    const stripped = bytes.slice();
    stripped[0x1000 + 4 * 64 + 4] = 1;
    expect(() => readElfSymtab(reader(stripped))).toThrow('no symbol table');
  });
});
