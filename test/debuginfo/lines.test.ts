import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrashError } from '../../src/base/errors.ts';
import { DebugFile } from '../../src/debuginfo/debug-file.ts';
import { joined } from '../../src/debuginfo/lines/source-lines.ts';
import type { RowSpec } from './line-writer.ts';
import { type LinesForm, MemoryFile, TEXT, textIn, vmlinuxWithLines } from './sample-file.ts';

const open = (rows: readonly RowSpec[], form: LinesForm): DebugFile =>
  new DebugFile(new MemoryFile(vmlinuxWithLines(rows, form)));

/** `include/linux/sched.h:12`, or `none`. */
function lineOf(file: DebugFile, address: bigint): string {
  const place = file.placeAt(address);
  return place ? `${place.file}:${place.line}` : 'none';
}

const rowsAt = (start: bigint): readonly RowSpec[] => [
  { address: start, line: 100 },
  { address: start + 4n, line: 101 },
  { address: start + 4n, line: 12, file: 2 },
  { address: start + 4n, line: 102, file: 1, isStmt: false },
  { address: start + 0x40n, line: 0, isStmt: true },
  { address: start + 0x50n, line: 900 },
  { address: start + 0x60n, end: true },
  // A sequence of its own that comes before the first: a .cold part.
  { address: start + 0x800n, line: 7 },
  { address: start + 0x810n, end: true },
];

const FORMS: LinesForm[] = [];
for (const version of [2, 3, 4, 5] as const)
  for (const is64 of [true, false])
    for (const little of [true, false])
      for (const offsetSize of [4, 8] as const)
        FORMS.push({ version, is64, little, offsetSize, machine: is64 ? 62 : 3 });
for (const compress of ['zlib', 'zstd', 'zdebug'] as const)
  for (const is64 of [true, false]) FORMS.push({ version: 5, is64, compress });
FORMS.push({ version: 5, special: true }, { version: 4, aranges: false });

describe('the line of an address', () => {
  test.each(FORMS)('is the same in every form of the file: %o', (form) => {
    const start = textIn(form.is64 ?? true);
    const file = open(rowsAt(start), form);
    expect(lineOf(file, start)).toBe('kernel/fork.c:100');
    expect(lineOf(file, start + 3n)).toBe('kernel/fork.c:100');
    expect(lineOf(file, start + 0x804n)).toBe('kernel/fork.c:7');
    expect(file.placeAt(start)?.directory).toBe('/build/linux');
  });

  test('is that of the last statement among the rows of one address, not of the last row', () => {
    const file = open(rowsAt(TEXT), { version: 5 });
    expect(lineOf(file, TEXT + 4n)).toBe('include/linux/sched.h:12');
    expect(lineOf(file, TEXT + 0x3fn)).toBe('include/linux/sched.h:12');
  });

  test('is none where the row has line 0, between sequences, and outside the unit', () => {
    const file = open(rowsAt(TEXT), { version: 5 });
    expect(lineOf(file, TEXT + 0x44n)).toBe('none');
    expect(lineOf(file, TEXT + 0x50n)).toBe('kernel/fork.c:900');
    expect(lineOf(file, TEXT + 0x60n)).toBe('none');
    expect(lineOf(file, TEXT + 0x2000n)).toBe('none');
    expect(lineOf(file, TEXT - 1n)).toBe('none');
  });

  test('equals what a walk over all rows finds', () => {
    const row = fc.record({
      step: fc.integer({ min: 0, max: 6 }),
      line: fc.integer({ min: 0, max: 40 }),
      file: fc.constantFrom(1, 2),
      isStmt: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.boolean(),
        (steps, special) => {
          let address = TEXT;
          const rows: RowSpec[] = steps.map(({ step, ...rest }) => {
            address += BigInt(step);
            return { ...rest, address };
          });
          const end = address + 3n;
          const file = open([...rows, { address: end, end: true }], { version: 5, special });
          const names = ['', 'kernel/fork.c', 'include/linux/sched.h'];
          for (let at = rows[0]!.address; at < end; at++) {
            const below = rows.filter((each) => each.address <= at);
            const highest = below.filter((each) => each.address === below.at(-1)!.address);
            const chosen = highest.filter(({ isStmt }) => isStmt).at(-1) ?? highest.at(-1)!;
            const want = chosen.line === 0 ? 'none' : `${names[chosen.file!]}:${chosen.line}`;
            expect(lineOf(file, at)).toBe(want);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('needs a small part of a large file', () => {
    const bytes = vmlinuxWithLines(rowsAt(TEXT), { version: 5 });
    const large = new Uint8Array(64 << 20);
    large.set(bytes);
    const source = new MemoryFile(large);
    expect(lineOf(new DebugFile(source), TEXT)).toBe('kernel/fork.c:100');
    expect(source.bytesRead).toBeLessThan(200_000);
  });

  test('a directory is put before a relative name only, and a doubled slash is one', () => {
    expect(joined('/build', 'mm/slub.c')).toBe('/build/mm/slub.c');
    expect(joined('/build/', './/mm/slub.c')).toBe('/build/./mm/slub.c');
    expect(joined('/build', '/usr/include/x.h')).toBe('/usr/include/x.h');
    expect(joined('', 'mm/slub.c')).toBe('mm/slub.c');
  });
});

describe('a damaged file', () => {
  test.each([
    { version: 5 },
    { version: 3, aranges: false },
    { version: 5, compress: 'zlib' },
  ] as const)(
    'gives the same lines or an error that says where, whatever byte is changed: %o',
    { timeout: 30_000 },
    (form) => {
      const whole = vmlinuxWithLines(rowsAt(TEXT), form);
      const silent: number[] = [];
      for (let at = 0; at < whole.length; at++) {
        for (const flip of [0xff, 0x01]) {
          const bytes = Uint8Array.from(whole);
          bytes[at] = (bytes[at] as number) ^ flip;
          try {
            const file = new DebugFile(new MemoryFile(bytes));
            for (const address of [TEXT, TEXT + 0x804n]) file.placeAt(address);
          } catch (error) {
            if (!(error instanceof CrashError)) throw error;
            if (!/vmlinux|\.z?debug_|ELF|section/.test(error.message)) silent.push(at);
          }
        }
      }
      expect(silent).toEqual([]);
    },
  );

  test('a compressed section that claims more than its bytes can hold is refused before memory is taken', () => {
    const bytes = vmlinuxWithLines(rowsAt(TEXT), { version: 5, compress: 'zlib' });
    const at = Buffer.from(bytes).indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), 64);
    new DataView(bytes.buffer).setBigUint64(at + 8, 1n << 40n, true);
    expect(() => new DebugFile(new MemoryFile(bytes)).placeAt(TEXT)).toThrow(/cannot hold/);
  });
});
