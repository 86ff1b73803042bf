import { describe, expect, test } from 'vitest';
import { type AddressNote, wordNote } from '../../src/output/task/address-notes.ts';
import { Annotator } from '../../src/ui/annotate/annotator.ts';
import { pointersOf } from '../../src/ui/annotate/shapes.ts';
import { effort } from '../run/effort.ts';

const OBJECT = 0xffff888100001000n;
const CODE = 0xffffffff81000042n;
const STACK = 0xffffc90000003e50n;
const NOTES: Record<string, AddressNote> = {
  [`${OBJECT}`]: { text: '[kmalloc-256]+0x40', brief: '[kmalloc-256]', told: ['[kmalloc-256]'] },
  [`${CODE}`]: { text: 'schedule+0x42', brief: 'schedule+0x42', told: ['schedule'] },
  [`${STACK}`]: { text: 'stack of 184 (init)', brief: 'stack of 184', told: ['stack of 184 '] },
};

function annotator(
  options: { columns?: number; on?: boolean; cost?: number; warmCost?: number } = {},
) {
  let clock = 1000;
  const described: bigint[] = [];
  let warmed = 0;
  const made = new Annotator({
    describe(address) {
      described.push(address);
      clock += options.cost ?? 0;
      return NOTES[`${address}`];
    },
    warm() {
      warmed++;
      clock += options.warmCost ?? 0;
    },
    enabled: () => options.on !== false,
    columns: () => options.columns ?? 200,
    now: () => clock,
  });
  const pass = (milliseconds: number): void => {
    clock += milliseconds;
  };
  return { made, described, pass, warmed: () => warmed };
}
const notes = (line: string, columns = 200): string => annotator({ columns }).made.notes(line);

describe('the pointers of a line', () => {
  const addresses = (line: string): string[] =>
    pointersOf(line).pointers.map(({ address, label }) =>
      [label, address.toString(16)].filter(Boolean).join(' '),
    );

  test.each([
    ['ffff888100000000:  ffff888100001000 ffffffff81000042   .........B......', 2],
    ['ffff888100000000:  ffff888100001000                    ........', 1],
    ['    ffffc90000003e50: ffff888100001000 ffffffff81000042 ', 2],
    ['c1000000:  c1001000 c1002000 c1003000 c1004000   ................', 4],
    ['  next = 0xffff888100001000, ', 1],
    ['  stack = 0xffffc90000000000,', 1],
    ['    bits = {0xffff888100001000, 0xffffffff81000042}', 2],
    ['$1 = (struct task_struct *) 0xffff888100001000', 1],
    ['    RAX: 0000000000000000  RBX: ffff888100001000  RCX: 0000000000000002', 3],
    ['ffff888100001000', 1],
  ])('are found in: %s', (line, count) => {
    expect(pointersOf(line).pointers).toHaveLength(count);
  });

  test.each([
    ' #0 [ffffcca9004fbc68] machine_kexec at ffffffff9e66c53f',
    'PID: 184      TASK: ffff898b97254180  CPU: 1    COMMAND: "faulty/null"',
    '      184       2   1  ffff898b97254180  RU   0.0        0        0  [faulty/null]',
    '0xffffffff9e66c53f <machine_kexec+495>:  mov    %rax,0xffff888100001000',
    '  poll = 0xffffffff81000042 <schedule+66>,',
    '  comm = "0xffff888100001000",',
    'ffff888100000000:  schedule+66      ffff888100001000 ',
    'ffff888100000000:  dead beef cafe',
    '{"address":"0xffff888100001000"}',
    '',
  ])('are left alone in: %s', (line) => {
    expect(pointersOf(line).pointers).toEqual([]);
  });

  test('are words, not the characters beside them, even where those look like one', () => {
    const line = 'ffff888100000000:  6265656664616564 6265656664616564   deadbeefdeadbeef';
    expect(addresses(line)).toEqual(['6265656664616564', '6265656664616564']);
  });
  test('of registers of 32 bits are found too', () => {
    expect(addresses('    CS:  0060      EIP: c105af4f  ERR: ffffffff  EBX: c16acf40 ')).toEqual([
      'ERR ffffffff',
      'EBX c16acf40',
    ]);
  });
  test('of registers have their names, and RIP is told elsewhere', () => {
    expect(
      addresses('    RIP: ffffffff81000042  RSP: ffffc90000003e50  R8: ffff888100001000'),
    ).toEqual(['RSP ffffc90000003e50', 'R8 ffff888100001000']);
  });
});

describe('notes', () => {
  const line = 'ffff888100000000:  ffff888100001000 ffffffff81000042';
  test('stand in the order of the words, two columns behind the line', () => {
    expect(notes(line)).toBe('  [kmalloc-256]+0x40  schedule+0x42');
  });
  test('a word without one keeps its place', () => {
    expect(notes('ffff888100000000:  0000000000000001 ffffffff81000042')).toBe(
      '  -  schedule+0x42',
    );
    expect(notes('ffff888100000000:  ffffffff81000042 0000000000000001')).toBe('  schedule+0x42');
  });
  test('are shortened, then left out, where the window ends: no line gets as wide as it', () => {
    const widths = Array.from({ length: 70 }, (_, i) => line.length + i);
    const seen = new Set(widths.map((columns) => notes(line, columns)));
    expect([...seen]).toEqual([
      '',
      '  [kmalloc-256]',
      '  [kmalloc-256]  schedule+0x42',
      '  [kmalloc-256]+0x40  schedule+0x42',
    ]);
    for (const columns of widths) {
      expect((line + notes(line, columns)).length).toBeLessThan(Math.max(columns, line.length + 1));
    }
  });
  test('a wide character takes its two columns', () => {
    expect(notes('日本 = 0xffffffff81000042', 25 + 16)).toBe('  schedule+0x42');
    expect(notes('日本日本日本 = 0xffffffff81000042', 25 + 16)).toBe('');
  });
  test('are not said of what the line says itself', () => {
    expect(notes('  schedule = 0xffffffff81000042,')).toBe('');
  });
  test('name the registers they are of', () => {
    expect(notes('    RAX: 0000000000000000  RBX: ffff888100001000  RSP: ffffc90000003e50')).toBe(
      '  RBX [kmalloc-256]+0x40  RSP stack of 184 (init)',
    );
  });
  test('are not looked for when they are turned off', () => {
    const { made, described, warmed } = annotator({ on: false });
    expect(made.notes(line)).toBe('');
    expect([described, warmed()]).toEqual([[], 0]);
  });
  test('are remembered', () => {
    const { made, described } = annotator();
    made.notes(line);
    made.notes(line);
    expect(described).toEqual([OBJECT, CODE]);
  });
});

describe('time', () => {
  const lines = (count: number): string[] =>
    Array.from(
      { length: count },
      (_, i) => `  a = 0xffff8881${(i + 16).toString(16).padStart(8, '0')},`,
    );

  test('what takes long is given up, until the next command or the next page', () => {
    const { made, described, pass } = annotator({ cost: 1 });
    made.begin();
    for (const line of lines(1000)) made.notes(line);
    // A screen of them, and then no more.
    expect(described.length).toBe(50);
    const before = described.length;
    made.begin();
    made.notes('  b = 0xffff888200000000,');
    expect(described.length).toBe(before + 1);
    for (const line of lines(2000).slice(1000)) made.notes(line);
    const after = described.length;
    pass(150);
    made.notes('  b = 0xffff888300000000,');
    expect(described.length).toBe(after + 1);
  });
  test('a line that takes for ever is the last one that is looked at', () => {
    const { made, described } = annotator({ cost: 250 });
    for (const line of lines(10)) made.notes(line);
    expect(described).toHaveLength(1);
  });
  test('opening what is needed for the first note does not count', () => {
    const { made, warmed } = annotator({ warmCost: 500 });
    for (let i = 0; i < 3; i++) expect(made.notes('  a = 0xffffffff81000042,')).not.toBe('');
    expect(warmed()).toBe(1);
  });
  test('50,000 lines cost no more than the budget and a look at each', () => {
    const { made } = annotator({ cost: 0.05 });
    const all = lines(50_000);
    const cost = effort(() => {
      for (const line of all) made.notes(line);
    });
    expect(cost).toBeLessThan(3);
  });
});

describe('words that say something by their value alone', () => {
  test.each([
    [0x6b6b6b6b6b6b6b6bn, 'POISON_FREE'],
    [0xdead000000000108n, 'LIST_POISON1+0x8'],
    [0xfffffffffffffff4n, '-ENOMEM'],
  ])('%s has the note %s', (value, brief) => {
    expect(wordNote(value)?.brief).toBe(brief);
  });

  test.each([0n, 0xffffffffffffffffn, 0x206f742064616552n, 0xffff888100001000n])(
    '%s has none: it is no pattern, -1, or text',
    (value) => {
      expect(wordNote(value)).toBeUndefined();
    },
  );
});
