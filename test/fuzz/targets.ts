import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKallsyms, ERAS } from '../../dumps/build/kallsyms.ts';
import { buildKdump, type Packing } from '../../dumps/build/kdump.ts';
import { note } from '../../dumps/build/notes.ts';
import { KernelTypes } from '../../dumps/build/types.ts';
import { BASE } from '../../dumps/kernels/linux-6.1-base.ts';
import { va } from '../../src/base/address.ts';
import { CrashError } from '../../src/base/errors.ts';
import { CODECS } from '../../src/dump/decompress.ts';
import { openDump } from '../../src/dump/open.ts';
import { kallsymsAt } from '../../src/symbols/kallsyms.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';
import { openBtf } from '../../src/types/btf.ts';
import { StubMemory, sampleSymbols } from '../symbols/builders.ts';
import { memoryTarget } from './memory-target.ts';

/** Something that reads bytes it cannot trust. `run` may throw CrashError and its kind; all else is a bug. */
export interface FuzzTarget {
  readonly name: string;
  /** Whole and valid inputs, which are damaged. */
  seeds(): readonly Uint8Array[];
  run(bytes: Uint8Array): void | Promise<void>;
}

const scratch = join(tmpdir(), `tscrash-fuzz-${process.pid}-${Math.floor(performance.now())}`);
const page = (n: number): Uint8Array =>
  Uint8Array.from({ length: 4096 }, (_, i) => (n * 31 + i * 7 + (i >> 8)) & 0xff);
const blocks = new Map([3, 4, 9, 20].map((pfn) => [pfn, page(pfn)]));
const kdump = (packing: Packing): Buffer =>
  buildKdump({
    maxMapnr: 32,
    ram: [1, 2, 5],
    blocks,
    packing,
    vmcoreinfo: 'OSRELEASE=6.1.0\nPAGESIZE=4096\n',
    notes: note('CORE', 1, new Uint8Array(336)),
  });
const elf = (bits: 32 | 64): Buffer =>
  buildElf({
    bits,
    segments: [
      {
        type: 4,
        bytes: Buffer.concat([
          note('CORE', 1, new Uint8Array(336)),
          note('VMCOREINFO', 0, Buffer.from('OSRELEASE=6.1.0\n')),
        ]),
      },
      {
        physical: 0x3000,
        virtual: bits === 64 ? 0xffff888000003000n : 0xc0003000n,
        bytes: page(3),
        memorySize: 8192,
      },
      { physical: 0x9000, bytes: Buffer.concat([page(9), page(10)]) },
    ],
  });

/** Opens a dump file and asks for every page that it speaks of, up to some. */
function readWholeDump(bytes: Uint8Array): void {
  writeFileSync(scratch, bytes);
  const dump = openDump([scratch]);
  try {
    const buffer = new Uint8Array(4096);
    let pages = 0;
    for (const { start, end } of dump.memory.runs()) {
      for (let pfn = start; pfn < end && pages < 200; pfn++, pages++) {
        dump.memory.status(pfn);
        dump.memory.readPage(pfn, buffer);
      }
      if (pages >= 200) break;
    }
    dump.memory.readPage(dump.memory.maxPfn + 1, buffer);
  } finally {
    dump.close();
    rmSync(scratch, { force: true });
  }
}

const KALLSYMS_AT = 0xffffffff82000000n;
const tables = Object.values(ERAS).map((era) =>
  buildKallsyms(sampleSymbols(400), era, KALLSYMS_AT),
);

function readKallsyms(bytes: Uint8Array): void {
  // The first byte says which era's addresses of tables are used; all of them lie behind it.
  const built = tables[(bytes[0] ?? 0) % tables.length];
  if (!built) return;
  const memory = new StubMemory().place(KALLSYMS_AT, bytes.subarray(1));
  const place = (name: string) => built.tables.get(name);
  const need = (name: string) => place(name) ?? va(KALLSYMS_AT);
  const anchors = new Map(
    built.symbols
      .filter(({ name }) => name === '_stext')
      .map(({ name, address }) => [name, va(address)]),
  );
  const kallsyms = kallsymsAt(
    memory,
    {
      numSyms: need('kallsyms_num_syms'),
      names: need('kallsyms_names'),
      tokenTable: need('kallsyms_token_table'),
      tokenIndex: need('kallsyms_token_index'),
      addresses: place('kallsyms_addresses'),
      offsets: place('kallsyms_offsets'),
      relativeBase: place('kallsyms_relative_base'),
    },
    anchors,
  );
  kallsyms.named('sched_task_7');
  kallsyms.at(va(0xffffffff81000100n));
  let count = 0;
  for (const symbol of kallsyms.all()) if (symbol.name.length > 2048 || count++ > 1000) break;
  for (const _ of kallsyms.search('task_1')) if (count++ > 2000) break;
}

function readBtf(bytes: Uint8Array): void {
  const types = openBtf(bytes);
  for (let id = 0; id <= Math.min(types.count, 2000); id++) {
    // One bad type must not stop the others.
    attempt(() => types.get(id));
    attempt(() => types.nameOf(id));
    attempt(() => types.sizeOf(id));
    attempt(() => types.resolve(id));
  }
  attempt(() => types.findMember('mutex', 'wait_list.next'));
  attempt(() => types.findMember('kset', 'kobj.entry.prev'));
  attempt(() => types.enumerator('PIDTYPE_PID'));
  attempt(() => types.sizeof('timespec64'));
}

/** Runs what may throw a typed error; anything else goes on up. */
export function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
}

/** What a dump may cause: the errors of src/base/errors.ts. Anything else is a bug. */
export const isTyped = (error: unknown): boolean => error instanceof CrashError;

const codecTarget = (name: string, packing: Packing): FuzzTarget => ({
  name,
  seeds: () => {
    const whole = buildKdump({ maxMapnr: 8, blocks: new Map([[3, page(3)]]), packing });
    // The only page's data come last.
    const at = 4096 * 5 + 24;
    return [whole.subarray(at), new Uint8Array(200).fill(0x41)];
  },
  run(bytes) {
    const codec = CODECS.find((one) => one.name === packing);
    codec?.decode?.(bytes, bytes.length, new Uint8Array(4096));
  },
});

export const targets: readonly FuzzTarget[] = [
  {
    name: 'kdump',
    seeds: () => (['raw', 'zlib', 'lzo', 'snappy', 'zstd'] as const).map(kdump),
    run: readWholeDump,
  },
  { name: 'elf', seeds: () => [elf(64), elf(32)], run: readWholeDump },
  {
    name: 'flattened',
    seeds: () => [flatten(recordsOf(kdump('raw'), 5000)), flatten(recordsOf(elf(64), 3000))],
    run: readWholeDump,
  },
  codecTarget('lzo', 'lzo'),
  codecTarget('snappy', 'snappy'),
  codecTarget('zstd', 'zstd'),
  {
    name: 'kallsyms',
    seeds: () => tables.map(({ bytes }, i) => Buffer.concat([Uint8Array.of(i), bytes])),
    run: readKallsyms,
  },
  { name: 'btf', seeds: () => [new KernelTypes().declare(BASE).btf()], run: readBtf },
  {
    name: 'vmcoreinfo',
    seeds: () => [
      Buffer.from(
        'OSRELEASE=6.1.0\nSYMBOL(_stext)=ffffffff81000000\nSIZE(page)=64\nNUMBER(phys_base)=-136314880\nLENGTH(x)=1\nOFFSET(a.b)=7\nCRASHTIME=1\n',
      ),
    ],
    run(bytes) {
      const info = parseVmcoreinfo(Buffer.from(bytes).toString('latin1'));
      void [info.osrelease, info.crashTime, info.kernelOffset, info.pageSize];
    },
  },
  memoryTarget,
];
