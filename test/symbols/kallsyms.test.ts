import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildKallsyms, ERAS, type Era, type SpecSymbol } from '../../dumps/build/kallsyms.ts';
import { va } from '../../src/base/address.ts';
import { CorruptError, MissingError, ReadError } from '../../src/base/errors.ts';
import { UNREADABLE_NAME } from '../../src/symbols/kallsyms.ts';
import { withoutCloneSuffix } from '../../src/symbols/name-index.ts';
import { openKallsyms } from '../../src/symbols/open-kallsyms.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';
import { StubMemory, sampleSymbols, vmcoreinfoText } from './builders.ts';

const BASE = 0xffffffff82100000n;
const V61 = ERAS['v6.1'];

function open(symbols: readonly SpecSymbol[], era: Era = V61) {
  const built = buildKallsyms(symbols, era, BASE);
  const memory = new StubMemory().place(BASE, built.bytes);
  const info = parseVmcoreinfo(vmcoreinfoText(built));
  return { built, memory, info, kallsyms: openKallsyms(memory, info) };
}

const percpuAtZero = (era: Era) =>
  era.encoding === 'absolute-percpu' || era.encoding === 'absolute';
const plain = ({ name, address, type }: SpecSymbol) => ({ name, address, type });

describe('kallsyms', () => {
  test.each(Object.entries(ERAS))('the tables of %s are read back whole', (_, era) => {
    const { built, kallsyms } = open(sampleSymbols(700, percpuAtZero(era)), era);
    expect(kallsyms.encoding).toBe(era.encoding);
    expect(kallsyms.size).toBe(built.symbols.length);
    expect([...kallsyms.all()].map(plain)).toEqual(built.symbols.map(plain));
  });

  test.each(Object.entries(ERAS))(
    'every name of %s leads to its symbol, and names next to it do not',
    (_, era) => {
      const { built, kallsyms } = open(sampleSymbols(700, percpuAtZero(era)), era);
      for (const symbol of built.symbols)
        expect(kallsyms.allNamed(symbol.name).map(plain)).toEqual([plain(symbol)]);
      for (const name of ['sched_task_', 'sched_task_7000', '', '_', 'zzz', 'sched_task_1 ']) {
        expect(kallsyms.named(name)).toBeUndefined();
      }
    },
  );

  test('names of more than 127 tokens have a second length byte since 6.1', () => {
    const long = { name: 'X'.repeat(300), address: 0xffffffff81f00000n, type: 't' };
    const { kallsyms } = open([...sampleSymbols(300), long]);
    expect(kallsyms.named(long.name)?.address).toBe(long.address);
  });

  test('before 6.1 a length of 128 to 255 is one byte', () => {
    const long = { name: 'X'.repeat(200), address: 0xffffffff81f00000n, type: 't' };
    const { kallsyms } = open([...sampleSymbols(300), long], ERAS['v5.14']);
    expect(kallsyms.named(long.name)?.address).toBe(long.address);
  });

  test('without markers the names are walked once', () => {
    const { built, memory, info } = open(sampleSymbols(700));
    const at = Number((built.tables.get('kallsyms_markers') as bigint) - BASE);
    built.bytes.fill(0xff, at, at + 8);
    const kallsyms = openKallsyms(memory, info);
    expect([...kallsyms.all()].map(plain)).toEqual(built.symbols.map(plain));
  });

  test('one address needs a handful of pages, not the table', () => {
    const { memory, kallsyms } = open(sampleSymbols(20_000));
    memory.reads = 0;
    expect(kallsyms.at(va(0xffffffff81000041n))?.symbol.name).toBe('sched_task_0');
    expect(memory.reads).toBeLessThan(20);
  });

  test('the kernel that sorts its symbols by name answers a name from a few pages', () => {
    const { memory, kallsyms } = open(sampleSymbols(20_000), ERAS['v6.4']);
    memory.reads = 0;
    expect(kallsyms.named('sched_task_1234')?.address).toBe(0xffffffff81000040n + 1234n * 0x30n);
    expect(memory.reads).toBeLessThan(60);
  });

  test('names are found by an index when the order by name is damaged', () => {
    const { built, memory, info } = open(sampleSymbols(700), ERAS['v6.4']);
    const at = Number((built.tables.get('kallsyms_seqs_of_names') as bigint) - BASE);
    const kallsyms = openKallsyms(memory, info);
    // Damaged in the middle only, so that it still looks like an order from afar.
    built.bytes.fill(0, at + 3 * 300, at + 3 * 420);
    for (const symbol of built.symbols)
      expect(kallsyms.named(symbol.name)?.address).toBe(symbol.address);
  });

  test('random tables give the same answers as a plain list', () => {
    const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.$]{0,40}$/);
    const era = fc.constantFrom(...Object.values(ERAS));
    const rows = fc.array(
      fc.record({
        name,
        gap: fc.integer({ min: 0, max: 0x100 }),
        type: fc.constantFrom('t', 'T', 'd', 'r'),
      }),
      {
        minLength: 1,
        maxLength: 600,
      },
    );
    fc.assert(
      fc.property(era, rows, (which, list) => {
        let address = 0xffffffff81000100n;
        const symbols = [...sampleSymbols(0, percpuAtZero(which))];
        for (const { name: text, gap, type } of list) {
          address += BigInt(gap);
          symbols.push({ name: text, address, type });
        }
        const { built, kallsyms } = open(symbols, which);
        const shown = built.symbols.map((s) => ({ ...plain(s), name: withoutCloneSuffix(s.name) }));
        for (const { name: text } of list.slice(0, 40)) {
          const cut = withoutCloneSuffix(text);
          const expected = shown.filter((s) => s.name === cut).map((s) => s.address);
          expect(kallsyms.allNamed(cut).map((s) => s.address)).toEqual(expected);
        }
        for (const probe of [address, address + 1n, 0xffffffff81000100n, 0xffffffff81000050n]) {
          const nearest = shown.filter((s) => s.address <= probe).at(-1)?.address as bigint;
          expect(kallsyms.at(va(probe))?.symbol.address).toBe(nearest);
          expect(kallsyms.at(va(probe))?.offset).toBe(Number(probe - nearest));
        }
        const needle = list[0]?.name.slice(1, 4) || 'sched';
        expect([...kallsyms.search(needle)].map((s) => s.address)).toEqual(
          shown.filter((s) => s.name.includes(needle)).map((s) => s.address),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('among symbols at one address', () => {
  const at = 0xffffffff81f00000n;
  const same = (...names: string[]) =>
    open([...sampleSymbols(3), ...names.map((name) => ({ name, address: at, type: 't' }))])
      .kallsyms;

  test('the address itself is named by the first, what lies behind by the last', () => {
    const kallsyms = same('beta', 'alpha', 'gamma');
    expect(kallsyms.at(va(at))?.symbol.name).toBe('alpha');
    expect(kallsyms.at(va(at + 4n))).toMatchObject({ symbol: { name: 'gamma' }, offset: 4 });
    expect(kallsyms.aliasesAt(va(at)).map((s) => s.name)).toEqual(['alpha', 'beta', 'gamma']);
  });

  test('a region mark of the linker script gives way to the function', () => {
    expect(same('__sched_text_start', 'io_schedule').at(va(at))?.symbol.name).toBe('io_schedule');
  });

  test('a syscall alias gives way to the system call', () => {
    expect(same('SyS_read', 'sys_read').at(va(at))?.symbol.name).toBe('sys_read');
  });

  test('the neighbour above has a higher address, the one below may have the same', () => {
    const kallsyms = same('alpha', 'beta');
    const [alpha, beta] = kallsyms.aliasesAt(va(at));
    expect(kallsyms.next(alpha!)?.name).toBe('swapper_pg_dir');
    expect(kallsyms.previous(beta!)?.name).toBe('alpha');
    expect(kallsyms.previous(alpha!)?.name).toBe('sched_task_2');
  });
});

describe('a clone of a function', () => {
  const clones = [
    'foo',
    'foo.isra.0',
    'foo.part.0.cold',
    'foo.constprop.0',
    'bar.llvm.123',
    'foo.cold',
  ];
  const symbols = clones.map((name, i) => ({
    name,
    address: 0xffffffff81f00000n + BigInt(i * 16),
    type: 't',
  }));

  test.each(['v6.1', 'v6.4'] as const)(
    'has the name without .isra, .part and .llvm (%s)',
    (era) => {
      const { kallsyms } = open([...sampleSymbols(300), ...symbols], ERAS[era]);
      expect(kallsyms.allNamed('foo').map((s) => Number(s.address & 0xffn))).toEqual([
        0, 0x10, 0x20,
      ]);
      expect(kallsyms.named('bar')?.address).toBe(symbols[4]?.address);
      expect(kallsyms.named('foo.cold')?.address).toBe(symbols[5]?.address);
      expect(kallsyms.named('foo.constprop.0')?.address).toBe(symbols[3]?.address);
    },
  );

  test('is still found by its full name', () => {
    const { kallsyms } = open([...sampleSymbols(300), ...symbols]);
    expect(kallsyms.allNamed('foo.isra.0').map((s) => s.address)).toEqual([symbols[1]?.address]);
  });
});

describe('a damaged kallsyms', () => {
  test('VMCOREINFO without its addresses is a MissingError that names the first', () => {
    const info = parseVmcoreinfo('OSRELEASE=5.10\n');
    expect(() => openKallsyms(new StubMemory(), info)).toThrow(MissingError);
    expect(() => openKallsyms(new StubMemory(), info)).toThrow('kallsyms_num_syms');
  });

  const damaged = (table: string, change: (bytes: Uint8Array, at: number) => void) => {
    const { built, memory, info } = open(sampleSymbols(700));
    change(built.bytes, Number((built.tables.get(table) as bigint) - BASE));
    return () => openKallsyms(memory, info);
  };

  test('an impossible count is a CorruptError before anything is allocated', () => {
    expect(damaged('kallsyms_num_syms', (bytes, at) => bytes.fill(0xff, at, at + 4))).toThrow(
      CorruptError,
    );
    expect(damaged('kallsyms_num_syms', (bytes, at) => bytes.fill(0, at, at + 4))).toThrow('is 0');
    expect(damaged('kallsyms_num_syms', (bytes, at) => bytes.fill(0x20, at, at + 3))).toThrow(
      'do not fit',
    );
  });

  test('a token index that does not increase is a CorruptError', () => {
    expect(damaged('kallsyms_token_index', (bytes, at) => bytes.fill(7, at, at + 64))).toThrow(
      'does not increase',
    );
  });

  test('addresses that put no known symbol in its place are a CorruptError', () => {
    expect(damaged('kallsyms_offsets', (bytes, at) => bytes.fill(0x55, at, at + 2832))).toThrow(
      'no encoding',
    );
  });

  test('a length that leads astray spoils its group of 256 names, not the others', () => {
    const { built, memory, info } = open(sampleSymbols(700));
    const names = Number((built.tables.get('kallsyms_names') as bigint) - BASE);
    const markers = Number((built.tables.get('kallsyms_markers') as bigint) - BASE);
    const second = names + new DataView(built.bytes.buffer).getUint32(markers + 4, true);
    built.bytes[second] = (built.bytes[second] as number) + 1;
    const kallsyms = openKallsyms(memory, info);
    const spoilt = built.symbols[300] as SpecSymbol;
    expect(kallsyms.at(va(spoilt.address))?.symbol.name).toBe(UNREADABLE_NAME);
    expect(kallsyms.named(spoilt.name)).toBeUndefined();
    const good = built.symbols[600] as SpecSymbol;
    expect(kallsyms.at(va(good.address))?.symbol.name).toBe(good.name);
    expect(kallsyms.named(good.name)?.address).toBe(good.address);
  });

  test('a page that the dump left out costs the names on it, and the reason is kept', () => {
    const { built, memory, info } = open(sampleSymbols(3000));
    const names = built.tables.get('kallsyms_names') as bigint;
    memory.exclude(names + 0x3000n);
    const kallsyms = openKallsyms(memory, info);
    const unknown = built.symbols.filter(
      ({ address }) => kallsyms.at(va(address))?.symbol.name === UNREADABLE_NAME,
    );
    expect(unknown.length).toBeGreaterThan(200);
    expect(unknown.length).toBeLessThan(1200);
    expect(kallsyms.lost).toMatch(/^page excluded/);
  });

  test('flipped bytes never hang it and only throw typed errors', () => {
    const clean = open(sampleSymbols(300));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(clean.built.bytes.length - 1), fc.nat(255)), {
          minLength: 1,
          maxLength: 40,
        }),
        (flips) => {
          const bytes = clean.built.bytes.slice();
          for (const [at, value] of flips) bytes[at] = value;
          const memory = new StubMemory().place(BASE, bytes);
          try {
            const kallsyms = openKallsyms(memory, clean.info);
            kallsyms.at(va(0xffffffff81000050n));
            kallsyms.named('sched_task_5');
            for (const symbol of kallsyms.search('task'))
              if (symbol.name.length > 512) throw new Error('too long');
          } catch (error) {
            if (!(error instanceof CorruptError || error instanceof ReadError)) throw error;
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
