import { describe, expect, test } from 'vitest';
import { va } from '../../src/base/address.ts';
import { CorruptError } from '../../src/base/errors.ts';
import { readElfSymtab } from '../../src/symbols/elf-symtab.ts';
import { parseSystemMap } from '../../src/symbols/system-map.ts';

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
    expect(line(parseSystemMap(MAP, OFFSET).all())).toEqual([
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
    const map = parseSystemMap(MAP, OFFSET);
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

  test('without a kernel in it is none', () => {
    expect(() => parseSystemMap('hello\n', 0n)).toThrow(CorruptError);
  });
});

/** A vmlinux with .text, .data and .bss and the symbols given as [name, value, info, section]. */
function elf(symbols: [string, bigint, number, number][]): Uint8Array {
  const bytes = new Uint8Array(0x2000);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46, false);
  view.setUint16(4, 0x0201, false);
  view.setBigUint64(40, 0x1000n, true);
  view.setUint16(58, 64, true);
  let strings = 0x800;
  const string = (text: string) => {
    const at = strings;
    for (const char of `${text}\0`) bytes[strings++] = char.charCodeAt(0);
    return at - 0x800;
  };
  string('');
  const sections: [string, number, bigint, bigint, bigint, bigint, number][] = [
    ['', 0, 0n, 0n, 0n, 0n, 0],
    ['.text', 1, 6n, 0xffffffff81000000n, 0n, 0x1000n, 0],
    ['.data', 1, 3n, 0xffffffff82000000n, 0n, 0x1000n, 0],
    ['.bss', 8, 3n, 0xffffffff83000000n, 0n, 0x1000n, 0],
    ['.symtab', 2, 0n, 0n, 0x100n, BigInt((symbols.length + 1) * 24), 5],
    ['.strtab', 3, 0n, 0n, 0x800n, 0x800n, 0],
  ];
  view.setUint16(60, sections.length, true);
  view.setUint16(62, 5, true);
  sections.forEach(([name, type, flags, address, offset, size, link], i) => {
    const at = 0x1000 + i * 64;
    view.setUint32(at, string(name), true);
    view.setUint32(at + 4, type, true);
    view.setBigUint64(at + 8, flags, true);
    view.setBigUint64(at + 16, address, true);
    view.setBigUint64(at + 24, offset, true);
    view.setBigUint64(at + 32, size, true);
    view.setUint32(at + 40, link, true);
  });
  symbols.forEach(([name, value, info, section], i) => {
    const at = 0x100 + (i + 1) * 24;
    view.setUint32(at, name === '' ? 0 : string(name), true);
    view.setUint8(at + 4, info);
    view.setUint16(at + 6, section, true);
    view.setBigUint64(at + 8, value, true);
  });
  return bytes;
}

const reader = (bytes: Uint8Array) => (offset: number, length: number) =>
  bytes.subarray(offset, offset + length);

describe("a vmlinux's symbol table", () => {
  const bytes = elf([
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
    expect(line(readElfSymtab(reader(bytes), OFFSET).all())).toEqual([
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
      expect(() => readElfSymtab(reader(bytes.subarray(0, length)), 0n)).toThrow(CorruptError);
    }
    const stripped = bytes.slice();
    stripped[0x1000 + 4 * 64 + 4] = 1;
    expect(() => readElfSymtab(reader(stripped), 0n)).toThrow('no symbol table');
  });
});
