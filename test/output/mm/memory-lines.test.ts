import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pa, va } from '../../../src/base/address.ts';
import type { AbsentEntry } from '../../../src/kernel/mm/swap-entry.ts';
import { entryRemarks, entryRows } from '../../../src/output/mm/entry-rows.ts';
import { memoryLine, UNITS } from '../../../src/output/mm/memory-lines.ts';
import { sizeText } from '../../../src/output/system/system-lines.ts';
import { logLineText } from '../../../src/output/task/log-lines.ts';
import { symbolLine } from '../../../src/output/task/symbol-lines.ts';
import { durationText } from '../../../src/output/text/dates.ts';

const style = { bits: 64, base: 'hex', ascii: true, swap: false, nameOf: undefined } as const;
const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('a line of memory', () => {
  test('the characters of a short line stand where those of a full one do', () => {
    const full = memoryLine(0x1000n, bytes('Linux version 6.'), style);
    const short = memoryLine(0x1000n, bytes('Linux ve'), style);
    expect(full).toBe('            1000:  65762078756e694c 2e36206e6f697372   Linux version 6.');
    expect(short.indexOf('Linux')).toBe(full.indexOf('Linux'));
  });

  test('network order turns units of 16 and 32 bits, and their characters', () => {
    expect(memoryLine(0n, bytes('abcd'), { ...style, bits: 32, swap: true })).toMatch(
      /61626364 +dcba$/,
    );
    expect(memoryLine(0n, bytes('abcdefgh'), { ...style, swap: true })).toMatch(
      /6867666564636261 +abcdefgh$/,
    );
  });

  test('signed units of 8 and 16 bits are not negative, those of 32 and 64 are', () => {
    const ones = new Uint8Array(8).fill(0xff);
    const line = (bits: 8 | 16 | 32 | 64) =>
      memoryLine(0n, ones, { ...style, bits, base: 'signed', ascii: false })
        .slice(19)
        .trim()
        .split(/ +/)[0];
    expect([line(8), line(16), line(32), line(64)]).toEqual(['255', '65535', '-1', '-1']);
  });

  test('a name takes the place of the digits', () => {
    const named = memoryLine(0n, new Uint8Array(8), {
      ...style,
      ascii: false,
      nameOf: () => 'init_task',
    });
    expect(named).toBe('               0:  init_task        ');
  });

  test('the units of any bytes read back as the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.constantFrom(8, 16, 32, 64),
        (data, bits) => {
          const cells = memoryLine(0n, data, { ...style, bits, ascii: false })
            .slice(19)
            .trim()
            .split(' ');
          const { size } = UNITS[bits];
          const back = cells.flatMap((cell) => [...Buffer.from(cell, 'hex')].reverse());
          expect(cells).toHaveLength(16 / size);
          expect(Uint8Array.from(back)).toEqual(data);
        },
      ),
    );
  });
});

describe('a page-table entry in two lines', () => {
  const usual = { reservedBits: [], outsideRam: false, absent: undefined } as const;
  test('titles stand in the middle of their columns', () => {
    const [title, row] = entryRows({
      entry: 0xd8e067n,
      physical: pa(0xd8e000n),
      flags: ['PRESENT', 'RW'],
      ...usual,
    });
    expect(title).toBe(' PTE    PHYSICAL  FLAGS');
    expect(row).toBe('d8e067   d8e000   (PRESENT|RW)');
  });
  test('an entry of zeros maps nothing', () => {
    expect(entryRows({ entry: 0n, physical: pa(0), flags: [], ...usual })).toEqual([
      'PTE  PHYSICAL  FLAGS',
      ' 0       0     (no mapping)',
    ]);
  });
  test('a swapped page names device and offset', () => {
    const absent = { kind: 'swap', device: '/dev/vda', offset: 1n, pages: 2 } as const;
    const entry = 0x7fffffffffffc0an;
    const shown = { entry, physical: pa(0), flags: [], ...usual, absent };
    expect(entryRows(shown)).toEqual([
      '      PTE          SWAP    OFFSET',
      '7fffffffffffc0a  /dev/vda     1  ',
    ]);
    expect(entryRemarks(shown)).toEqual([]);
  });
  test('an offset is beyond the end of its device from the number of its pages on', () => {
    const remarks = (pages: number | undefined) =>
      entryRemarks({
        entry: 0xc0an,
        physical: pa(0),
        flags: [],
        ...usual,
        absent: { kind: 'swap', device: '/dev/vda', offset: 16n, pages },
      });
    expect(remarks(16)).toEqual(['offset 16 is beyond the end of /dev/vda, which has 16 pages']);
    expect(remarks(17)).toEqual([]);
    expect(remarks(undefined)).toEqual([]);
  });
  test('a frame outside of RAM is remarked by the address that the entry names', () => {
    const outside = { entry: 0x63n, physical: pa(0x3fff000000), flags: [], outsideRam: true };
    const said = (absent?: AbsentEntry) =>
      entryRemarks({ ...outside, reservedBits: [], absent })[0]?.split(' ')[0];
    expect(said()).toBe('3fff000000');
    expect(said({ kind: 'migration', pfn: 0x123456n })).toBe('123456000');
  });
});

describe('a line of the log', () => {
  const record = {
    sequence: 1n,
    nanoseconds: 3_661_000_456_789n,
    level: 4,
    caller: { kind: 'task', number: 17 },
    text: 'one\ntwo\x07\ttab',
    dictionary: ['DEVICE=+pci:1'],
    isEmpty: false,
  } as const;
  const plain = {
    time: 'seconds',

    level: false,
    callerWidth: undefined,
    dictionary: false,
  } as const;

  test('later lines begin where the text does, and bytes that do not print are dots', () => {
    expect(logLineText(record, plain)).toBe('[ 3661.000456] one\n               two.\ttab');
  });
  test('time, caller and level stand in this order', () => {
    const all = { ...plain, level: true, callerWidth: 6, dictionary: true };
    expect(logLineText({ ...record, text: 'x' }, all)).toBe(
      `[ 3661.000456] [   T17] <4>x\n${' '.repeat(27)}DEVICE=+pci:1`,
    );
  });
  test('a record without data is an empty line', () => {
    expect(logLineText({ ...record, text: '', isEmpty: true }, plain)).toBe('');
  });
});

test('sizes and durations are written as crash writes them', () => {
  expect([
    sizeText(0),
    sizeText(536_313_856),
    sizeText(3 * 2 ** 30),
    sizeText(1.5 * 2 ** 30),
    sizeText(5000),
  ]).toEqual(['0', '511.5 MB', '3 GB', '1.5 GB', '4 KB']);
  expect([durationText(8.4), durationText(90_061), durationText(-1)]).toEqual([
    '00:00:08',
    '1 days, 01:01:01',
    '00:00:00',
  ]);
});

test('a symbol line has its distance, and its module when that is asked for', () => {
  const symbol = {
    name: 'faulty_null',
    address: va(0xffffffffc05bb010n),
    type: 't',
    module: 'faulty',
  };
  expect(symbolLine(symbol, { offset: 16, module: true })).toBe(
    'ffffffffc05bb020 (t) faulty_null+16 [faulty]',
  );
  expect(symbolLine(symbol, { offset: 16, radix: 16 })).toBe(
    'ffffffffc05bb020 (t) faulty_null+0x10',
  );
});
