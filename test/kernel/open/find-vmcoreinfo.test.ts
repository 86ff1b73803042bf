import { describe, expect, test } from 'vitest';
import { note } from '../../../dumps/build/notes.ts';
import { healthy } from '../../../dumps/incidents/healthy.ts';
import { runTranscript } from '../../../dumps/transcript.ts';
import { Interrupted, Interruption } from '../../../src/base/interruption.ts';
import { openDump } from '../../../src/dump/open.ts';
import type { CpuRegisters, Dump, PageStatus, PfnRun } from '../../../src/dump/types.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { file } from '../../dump/builders.ts';

/** A dump whose file has no VMCOREINFO: the healthy machine, with pages put into its memory. */
const built = healthy.build();
const path = file(built.kdump({ packing: 'raw', vmcoreinfo: '' }));
const whole = file(built.kdump({ packing: 'raw' }));
const TEXT = built.vmcoreinfo;
const LINES = ['sys', 'ps', 'bt 94', 'log', 'sym schedule', 'vtop ffff9d4240170000'];

interface Machine {
  /** What pages begin with, by page frame number. */
  readonly pages?: ReadonlyMap<number, Uint8Array | string>;
  readonly status?: (pfn: number) => PageStatus | undefined;
  readonly registers?: CpuRegisters['registers'];
}

function machine({ pages = new Map(), status = () => undefined, registers }: Machine): Dump {
  const dump = openDump([path]);
  const { memory, facts } = dump;
  const statusOf = (pfn: number) =>
    status(pfn) ?? (pages.has(pfn) ? 'present' : memory.status(pfn));
  const runStatus = (pfn: number): PfnRun['status'] => {
    const said = statusOf(pfn);
    return said === 'not-ram' || said === 'excluded' ? said : 'present';
  };
  const cpu = { cpu: 0, pid: 0, source: 'qemu', registers: registers ?? {} } as const;
  return {
    ...dump,
    facts: { ...facts, cpus: registers ? [cpu] : facts.cpus },
    memory: {
      maxPfn: memory.maxPfn,
      status: statusOf,
      *runs(from = 0, to = memory.maxPfn) {
        for (let pfn = from; pfn < to; pfn++)
          yield { start: pfn, end: pfn + 1, status: runStatus(pfn) };
      },
      readPage(pfn, target) {
        const said = status(pfn);
        if (said !== undefined && said !== 'present') return said;
        const page = pages.get(pfn);
        if (page === undefined) return memory.readPage(pfn, target);
        target.fill(0);
        target.set(typeof page === 'string' ? Buffer.from(page) : page);
        return 'present';
      },
    },
  };
}

const page = (pfn: number, content: Uint8Array | string) => new Map([[pfn, content]]);
const told = (machine: Dump) => {
  const target = openTarget(machine);
  return {
    notes: target.notes,
    warnings: target.warnings,
    release: target.vmcoreinfo.osrelease,
    info: target.vmcoreinfo,
    target,
  };
};
const foundAt = (address: number) => [
  `the dump has no VMCOREINFO note: found in memory at ${address.toString(16)}`,
];
const otherText = (release: string) => TEXT.replace(/^OSRELEASE=.*/, `OSRELEASE=${release}`);
/** The same kernel started elsewhere: what a page of the boot before says. */
const moved = TEXT.replace(/=ffffffff9/g, '=ffffffffa').replace(
  /NUMBER\(phys_base\)=-?\d+/,
  'NUMBER(phys_base)=33554432',
);
const wholeTarget = openTarget(openDump([whole]));
const swapper = wholeTarget.memory.kernel.root;

describe('a dump whose file has no VMCOREINFO', () => {
  test('answers as one that has it, when its text begins a page of memory', async () => {
    const dump = machine({ pages: page(0x40, TEXT) });
    const { target, notes } = told({ ...dump, paths: [whole] });
    expect(notes).toEqual(foundAt(0x40000));
    const want = await runTranscript(wholeTarget, LINES);
    const got = await runTranscript(target, LINES);
    expect(got).toEqual(want);
  });

  test('finds the note that the kernel made of it', () => {
    const { notes, info } = told(
      machine({ pages: page(0x41, note('VMCOREINFO', 0, Buffer.from(TEXT))) }),
    );
    expect(notes).toEqual(foundAt(0x41018));
    expect(info.raw).toBe(TEXT);
  });

  test('reads a note that goes on in the next page', () => {
    const long = `${TEXT}${'CONFIG_FILLER=y\n'.repeat(60)}`
      .slice(0, 4090)
      .replace(/\n[^\n]*$/, '\n');
    const bytes = note('VMCOREINFO', 0, Buffer.from(long));
    expect(bytes.length).toBeGreaterThan(4096);
    const pages = new Map([
      [0x41, bytes.subarray(0, 4096)],
      [0x42, bytes.subarray(4096)],
    ]);
    expect(told(machine({ pages })).info.raw).toBe(long);
  });

  test('that is in no page is refused as before, or opened by a CR3', () => {
    expect(() => openTarget(machine({}))).toThrow(/page tables cannot be found/);
    const { notes, warnings } = told(machine({ registers: { cr3: swapper } }));
    expect(notes).toEqual([]);
    expect(warnings.join()).toMatch(/nor has its memory/);
  });

  test('is told how far the search has come, and one that has it is not searched', () => {
    const said: number[] = [];
    const onSearch = (done: number) => said.push(done);
    openTarget(machine({ pages: page(0x1bf0, TEXT) }), { onSearch });
    expect(said.at(-1)).toBe(1);
    said.length = 0;
    openTarget(openDump([whole]), { onSearch });
    expect(said).toEqual([]);
  });

  test('is left by Ctrl-C in the middle of the search', () => {
    const interruption = new Interruption();
    const search = () => openTarget(machine({}), { interruption });
    expect(() => interruption.run(() => true, search)).toThrow(Interrupted);
  });
});

describe('of several texts', () => {
  test.each([
    ['another release', otherText('6.1.0-12-amd64')],
    ['the boot before', moved],
    ['no symbols', 'OSRELEASE=6.1.0-13-amd64\nPAGESIZE=4096\n'],
    ['pages of another size', TEXT.replace('PAGESIZE=4096', 'PAGESIZE=65536')],
    ['a name only', 'OSRELEASE='],
  ])('one of %s is passed over', (_, decoy) => {
    expect(decoy).not.toBe(TEXT);
    const pages = new Map([
      [2, decoy],
      [0x50, TEXT],
    ]);
    const { notes, info } = told(machine({ pages }));
    expect(notes).toEqual(foundAt(0x50000));
    expect(info.raw).toBe(TEXT);
    expect(() => openTarget(machine({ pages: page(2, decoy) }))).toThrow(/cannot be found/);
  });

  test('a note with a wrong length is refused', () => {
    const bytes = note('VMCOREINFO', 0, Buffer.from(TEXT));
    bytes.writeUInt32LE(0xffff_fff0, 4);
    expect(() => openTarget(machine({ pages: page(2, bytes) }))).toThrow(/cannot be found/);
  });

  test('the one whose page tables a CPU uses wins over one that fits as well', () => {
    // Another kernel of the same release: its own top table, and its names at an address that only it maps.
    const root = Number(swapper >> 12n);
    const pages = new Map<number, Uint8Array | string>([[0x50, TEXT]]);
    const table = (pfn: number, from: Uint8Array, index: number, next: number) => {
      const bytes = Buffer.from(from);
      bytes.writeBigUInt64LE((BigInt(next) << 12n) | 0x63n, index * 8);
      pages.set(pfn, bytes);
    };
    const top = new Uint8Array(4096);
    expect(openDump([whole]).memory.readPage(root, top)).toBe('present');
    table(0x60, top, 300, 0x61);
    for (const pfn of [0x61, 0x62, 0x63]) table(pfn, new Uint8Array(4096), 0, pfn + 1);
    const names = wholeTarget.symbol('init_uts_ns');
    pages.set(0x64, wholeTarget.kernel.read(names, 6 * 65));
    const base = Number(/NUMBER\(phys_base\)=(-?\d+)/.exec(TEXT)?.[1]);
    const other = TEXT.replace(/(phys_base\)=).*/, `$1${base + 4096 * (0x60 - root)}`).replace(
      /(init_uts_ns\)=).*/,
      '$1ffff960000000000',
    );
    pages.set(0x20, other);
    expect(told(machine({ pages })).notes).toEqual(foundAt(0x20000));
    const using = (cr3: bigint) => told(machine({ pages, registers: { cr3 } })).notes;
    // With and without what CR3 has beside the address: PCID, and the user half of page-table isolation.
    expect(using(swapper)).toEqual(foundAt(0x50000));
    expect(using(swapper | 0x1005n)).toEqual(foundAt(0x50000));
    expect(using(0x60005n)).toEqual(foundAt(0x20000));
  });

  test('of one kernel, the one that tells the time of the crash is taken when it is near', () => {
    const crashed = `${TEXT}CRASHTIME=1700000000\n`;
    const pages = new Map<number, Uint8Array | string>([
      [0x30, TEXT],
      [0x44, note('VMCOREINFO', 0, Buffer.from(crashed))],
    ]);
    const { info, notes } = told(machine({ pages, registers: { cr3: swapper } }));
    expect(info.crashTime).toBe(1700000000);
    expect(notes).toEqual(foundAt(0x44018));
  });

  test('a text of a kernel that the CPUs do not run is taken for want of a better one, and that is said', () => {
    const registers = { cr3: 0x70_0000n };
    const { warnings, info } = told(machine({ pages: page(0x30, TEXT), registers }));
    expect(info.raw).toBe(TEXT);
    expect(warnings).toContain(
      'the VMCOREINFO found in memory is of another kernel than the CPUs ran',
    );
  });

  test('when the names are not in the dump the code that a CPU ran must be', () => {
    const names = wholeTarget.kernel.translate(wholeTarget.symbol('init_uts_ns'))!;
    const pfn = Number(names >> 12n);
    const status = (at: number) => (at === pfn ? ('excluded' as const) : undefined);
    const pages = page(0x30, TEXT);
    expect(told(machine({ pages, status })).notes).toEqual(foundAt(0x30000));
    const registers = { ip: 0xffffffffbf001234n };
    expect(() => openTarget(machine({ pages, status, registers }))).toThrow(/cannot be found/);
  });
});

describe('hostile memory', () => {
  const fakes = (count: number, text: (n: number) => string) =>
    new Map(Array.from({ length: count }, (_, n) => [0x200 + n, text(n)] as const));

  test('with thousands of texts is searched to its end, and the true one found', () => {
    const pages = new Map<number, string>([
      ...fakes(4000, (n) => otherText(`6.1.0-${n}-fake`)),
      [0x3ffe, TEXT],
    ]);
    // They lie over the kernel's own low pages: only the image has to stay.
    const image = [...pages.keys()].filter((pfn) => pfn >= 0x1200 && pfn < 0x1c00);
    for (const pfn of image) pages.delete(pfn);
    expect(told(machine({ pages })).notes).toEqual(foundAt(0x3ffe000));
  });

  test('of wild addresses and tables that lead nowhere gives no text', () => {
    const wild = ['0', 'ffffffffffffffff', '8000000000000000', 'dead000000000100', '1234'];
    const pages = fakes(2000, (n) =>
      TEXT.replace(/SYMBOL\(init_uts_ns\)=\w+/, `SYMBOL(init_uts_ns)=${wild[n % 5]}`).replace(
        /NUMBER\(phys_base\)=-?\d+/,
        `NUMBER(phys_base)=${(BigInt(n) - 900n) << 50n}`,
      ),
    );
    expect(() => openTarget(machine({ pages }))).toThrow(/cannot be found/);
  });

  test('that cannot be read ends the search', () => {
    let reads = 0;
    const dump = machine({});
    const memory: Dump['memory'] = {
      maxPfn: 2 ** 40,
      status: () => 'truncated',
      runs: () => [{ start: 0, end: 2 ** 40, status: 'present' }],
      readPage() {
        reads++;
        return 'truncated';
      },
    };
    expect(() => openTarget({ ...dump, memory })).toThrow(/cannot be found/);
    expect(reads).toBeLessThan(2 ** 21);
  });
});
