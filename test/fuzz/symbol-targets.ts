import { buildKallsyms, ERAS } from '../../dumps/build/kallsyms.ts';
import { KernelTypes } from '../../dumps/build/types.ts';
import { BASE } from '../../dumps/kernels/linux-6.1-base.ts';
import { openDisassembler } from '../../src/arch/disassembler.ts';
import { va } from '../../src/base/address.ts';
import { viewOf } from '../../src/base/bytes.ts';
import { ReadError } from '../../src/base/errors.ts';
import { DebugFile } from '../../src/debuginfo/debug-file.ts';
import { readBuildId, readElfSymtab } from '../../src/symbols/elf-symtab.ts';
import { findKallsyms } from '../../src/symbols/kallsyms-scan.ts';
import { SortedSymbols } from '../../src/symbols/sorted-symbols.ts';
import { parseSystemMap } from '../../src/symbols/system-map.ts';
import { openBtf } from '../../src/types/btf.ts';
import { evaluateExpression } from '../../src/types/expression/evaluate.ts';
import { ExpressionTypes } from '../../src/types/expression/expression-types.ts';
import { chooseOrcFormat } from '../../src/unwind/orc-format.ts';
import { OrcTable } from '../../src/unwind/orc-table.ts';
import { MemoryFile, TEXT as SAMPLE_TEXT, vmlinuxWithLines } from '../debuginfo/sample-file.ts';
import { buildVmlinux, StubMemory, sampleSymbols } from '../symbols/builders.ts';
import { attempt, type FuzzTarget } from './target.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
/** Goes over what comes, up to a number. */
function drain(items: Iterable<unknown>, limit = 3000): void {
  let count = 0;
  for (const _ of items) if (++count > limit) return;
}

const vmlinux: FuzzTarget = {
  name: 'vmlinux',
  seeds: () => [
    buildVmlinux([
      ['', 0xffffffff82000000n, 0x03, 2],
      ['_stext', 0xffffffff81000000n, 0x12, 1],
      ['local', 0xffffffff81000010n, 0x02, 1],
      ['init_task', 0xffffffff82000000n, 0x11, 2],
      ['outside', 0xffffffffff600000n, 0x10, 0xfff1],
    ]),
  ],
  run(bytes) {
    const read = (at: number, length: number) => bytes.subarray(at, at + length);
    readBuildId(read);
    const table = new SortedSymbols(readElfSymtab(read), 0x1d600000n);
    drain(table.all());
    table.at(va(0xffffffff9e600014n));
    table.named('init_task');
  },
};

const LINES = [
  { address: SAMPLE_TEXT, line: 100 },
  { address: SAMPLE_TEXT + 4n, line: 12, file: 2 },
  { address: SAMPLE_TEXT + 0x60n, end: true },
];
const debugData: FuzzTarget = {
  name: 'debug-data',
  seeds: () => [
    vmlinuxWithLines(LINES, { version: 5 }),
    vmlinuxWithLines(LINES, { version: 3, aranges: false }),
    vmlinuxWithLines(LINES, { version: 4, compress: 'zlib' }),
  ],
  run(bytes) {
    const debug = new DebugFile(new MemoryFile(bytes));
    attempt(() => debug.placeAt(SAMPLE_TEXT + 4n));
    attempt(() => drain(debug.types().names()));
    attempt(() => debug.variableAt(SAMPLE_TEXT));
    debug.frames.at(SAMPLE_TEXT);
  },
};

const systemMap: FuzzTarget = {
  name: 'system-map',
  seeds: () => [
    Buffer.from(
      '0000000000000000 D __per_cpu_start\n0000000000034000 D __per_cpu_end\nffffffff81000000 T _stext\n' +
        'ffffffff81000100 t helper.isra.0\nffffffff83800000 B _end\n',
    ),
  ],
  run: (bytes) => drain(new SortedSymbols(parseSystemMap(text(bytes)), 0x1d600000n).all()),
};

const TEXT = 0xffffffff81000000n;
const SCANNED = 1 << 17;
/** Tables that VMCOREINFO does not name, in the middle of other constants. */
const kallsymsScan: FuzzTarget = {
  name: 'kallsyms-scan',
  seeds: () =>
    Object.values(ERAS).map((era) => {
      const bytes = new Uint8Array(SCANNED);
      bytes.set(buildKallsyms(sampleSymbols(300), era, TEXT + 0x8ff8n).bytes, 0x8ff8);
      return bytes;
    }),
  run(bytes) {
    const memory = new StubMemory().place(TEXT, bytes);
    const found = findKallsyms(
      memory,
      va(TEXT),
      va(TEXT + BigInt(bytes.length)),
      new Map([['_stext', va(TEXT)]]),
    );
    drain(found.all());
    found.named('sched_task_7');
  },
};

const ORC_AT = 0xffffffff82000000n;
/** 64 addresses, then 64 entries; the first byte says of which kernel the entries are. */
const orc: FuzzTarget = {
  name: 'orc',
  seeds: () =>
    [0x14, 0x84].map((first) => {
      const bytes = new Uint8Array(1 + 64 * 10).fill(first);
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < 64; i++) view.setInt32(1 + i * 4, -0x1000000 + i * 60, true);
      return bytes;
    }),
  run(bytes) {
    const memory = new StubMemory().place(ORC_AT, bytes.subarray(1));
    const page = new Uint8Array(4096);
    page.set(bytes.subarray(1, 1 + 4096));
    const format = chooseOrcFormat({
      fields: undefined,
      framePointerEntry: Uint8Array.of(16, 0, 0xf0, 0xff, bytes[0] ?? 0, 2),
    });
    const reader = {
      read: (address: bigint, length: number) => memory.read(va(address), length),
      i32(address: bigint): number {
        if (address >> 12n !== ORC_AT >> 12n) throw new ReadError('kernel', address, 'excluded');
        return viewOf(page).getInt32(Number(address - ORC_AT), true);
      },
    };
    const places = { ips: va(ORC_AT), entries: va(ORC_AT + 256n), count: 64 };
    const table = new OrcTable(reader, places, format);
    for (let at = 0xffffffff80fff000n; at < 0xffffffff81004000n; at += 97n) table.find(at);
  },
};

const types = () => new ExpressionTypes(openBtf(new KernelTypes().declare(BASE).btf(), 8));
let expressionTypes: ExpressionTypes | undefined;
const expression: FuzzTarget = {
  name: 'expression',
  seeds: () =>
    [
      '((struct list_head *)init_task)->next->prev == &counter ? sizeof(int[4]) : ~1u << 3',
      '*(char (*)[16])init_task @ 2 + {unsigned long} 0x10',
      'counter += "a\\x41\\n"[1] && (!2.5 || \'\\0\') ',
    ].map((line) => Buffer.from(line)),
  run(bytes) {
    expressionTypes ??= types();
    evaluateExpression(text(bytes), {
      types: expressionTypes,
      symbol: (name) =>
        name === 'counter' || name === 'init_task'
          ? { address: TEXT, type: name === 'counter' ? 'int' : 'struct list_head' }
          : undefined,
      read(address, length) {
        if (address < TEXT || address + BigInt(length) > TEXT + 4096n)
          throw new ReadError('kernel', address, 'not-mapped');
        return new Uint8Array(length);
      },
      perCpu: () => ({ address: TEXT, type: 'int' }),
    });
  },
};

const disassembler: FuzzTarget = {
  name: 'disassembler',
  seeds: () => [
    Buffer.from('554889e5415741564155415453e8000000004c8b23ff15f0e0d0c0660f1f440000c3', 'hex'),
  ],
  run(bytes) {
    for (const name of ['x86_64', 'i386']) drain(openDisassembler({ name }).decode(bytes, TEXT));
  },
};

/** Symbols, unwind tables, code and expressions, each by itself. */
export const symbolTargets: readonly FuzzTarget[] = [
  vmlinux,
  debugData,
  systemMap,
  kallsymsScan,
  orc,
  expression,
  disassembler,
];
