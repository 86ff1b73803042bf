import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKallsyms, ERAS } from '../../dumps/build/kallsyms.ts';
import { buildKdump, type Packing } from '../../dumps/build/kdump.ts';
import { note } from '../../dumps/build/notes.ts';
import { KernelTypes } from '../../dumps/build/types.ts';
import { pageCacheBug } from '../../dumps/incidents/page-cache-bug.ts';
import { BASE } from '../../dumps/kernels/linux-6.1-base.ts';
import { va } from '../../src/base/address.ts';
import { CODECS } from '../../src/dump/decompress.ts';
import { parseNotes } from '../../src/dump/notes.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import { kallsymsAt } from '../../src/symbols/open-kallsyms.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';
import { openBtf } from '../../src/types/btf.ts';
import { scratch } from '../run/scratch.ts';
import { StubMemory, sampleSymbols } from '../symbols/builders.ts';
import { analyzeTarget } from './analyze-target.ts';
import { askDump, memoryTarget } from './memory-target.ts';
import { symbolTargets } from './symbol-targets.ts';
import { attempt, type FuzzTarget } from './target.ts';

const folder = scratch('fuzz');
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

const splitParts = [
  { start: 0, end: 9 },
  { start: 9, end: 32 },
].map((split) => buildKdump({ maxMapnr: 32, ram: [1, 2, 5], blocks, packing: 'lzo', split }));

/** Writes files, opens them as one dump, and takes them away again. */
function withFiles<T>(contents: readonly Uint8Array[], use: (dump: Dump) => T): T {
  const paths = contents.map((bytes, i) => {
    writeFileSync(join(folder, `part${i}`), bytes);
    return join(folder, `part${i}`);
  });
  const dump = openDump(paths);
  const close = (): void => {
    dump.close();
    for (const path of paths) rmSync(path, { force: true });
  };
  let result: T;
  try {
    result = use(dump);
  } catch (error) {
    close();
    throw error;
  }
  if (result instanceof Promise) return result.finally(close) as T;
  close();
  return result;
}

/** Opens a dump file, with others of its set, and asks for every page that it speaks of, up to some. */
const readWholeDump = (bytes: Uint8Array, others: readonly Uint8Array[] = []): void =>
  withFiles([bytes, ...others], (dump) => {
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
  });

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
  const types = openBtf(bytes, 8);
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
    run: (bytes) => readWholeDump(bytes),
  },
  { name: 'elf', seeds: () => [elf(64), elf(32)], run: (bytes) => readWholeDump(bytes) },
  {
    name: 'flattened',
    seeds: () => [flatten(recordsOf(kdump('raw'), 5000)), flatten(recordsOf(elf(64), 3000))],
    run: (bytes) => readWholeDump(bytes),
  },
  codecTarget('lzo', 'lzo'),
  codecTarget('snappy', 'snappy'),
  codecTarget('zstd', 'zstd'),
  codecTarget('zlib', 'zlib'),
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
  {
    // One part of a set is damaged, the other one is not.
    name: 'split',
    seeds: () => splitParts,
    run: (bytes) => readWholeDump(bytes, splitParts.slice(1)),
  },
  {
    name: 'notes',
    seeds: () => [
      Buffer.concat([
        note('CORE', 1, new Uint8Array(336).fill(7)),
        note('QEMU', 0, new Uint8Array(440).fill(1)),
        note('VMCOREINFO', 0, Buffer.from('OSRELEASE=6.1.0\n')),
      ]),
    ],
    run(bytes) {
      for (const machine of ['x86_64', 'i386', undefined]) parseNotes(bytes, machine);
    },
  },
  {
    // A whole file of an old 32-bit kernel, from its header to what commands say.
    name: 'i386',
    weight: 4,
    seeds: () => [pageCacheBug.build().kdump({ packing: 'raw' })],
    run: (bytes) => withFiles([bytes], (dump) => askDump(dump, I386_LINES, bytes.length % 251)),
  },
  ...symbolTargets,
  memoryTarget,
  analyzeTarget,
];

/** What a 32-bit dump is asked. */
const I386_LINES = [
  'sys',
  'ps',
  'bt',
  'bt -t',
  'log',
  'foreach bt',
  'vm 13604',
  'vtop bfe4d7f0',
  'vtop c105af4f',
  'rd dc4abe28 8',
  'task -R pid',
  'struct page c16acf40',
  'kmem -i',
  'mod',
  'runq',
  'set',
  'sym -l',
  'dis __remove_from_page_cache',
];
