import type { BuiltKallsyms, SpecSymbol } from '../../dumps/build/kallsyms.ts';
import type { VAddr } from '../../src/base/address.ts';
import { ReadError } from '../../src/base/errors.ts';
import type { Reader } from '../../src/symbols/types.ts';

/** Memory made of stretches of bytes; everything else, and any page in `holes`, is not there. */
export class StubMemory implements Reader {
  readonly pointerSize = 8;
  readonly holes = new Set<bigint>();
  reads = 0;
  readonly #stretches: { start: bigint; bytes: Uint8Array }[] = [];

  place(start: bigint, bytes: Uint8Array): this {
    this.#stretches.push({ start, bytes });
    return this;
  }

  /** Leaves the page of an address out, as a dump filter would. */
  exclude(address: bigint): this {
    this.holes.add(address >> 12n);
    return this;
  }

  read(address: VAddr, length: number): Uint8Array {
    this.reads++;
    for (let page = address >> 12n; page <= (address + BigInt(length) - 1n) >> 12n; page++) {
      if (this.holes.has(page)) throw new ReadError('kernel', page << 12n, 'excluded');
    }
    const found = this.#stretches.find(
      ({ start, bytes }) =>
        address >= start && address + BigInt(length) <= start + BigInt(bytes.length),
    );
    if (found === undefined) throw new ReadError('kernel', address, 'not-mapped');
    const from = Number(address - found.start);
    return found.bytes.subarray(from, from + length);
  }
}

const TEXT = 0xffffffff81000000n;

/** A small kernel: per-CPU data at 0 where the era has it there, `_stext` first, and `count` functions and variables. */
export function sampleSymbols(count: number, percpu = true): SpecSymbol[] {
  const symbols: SpecSymbol[] = [];
  if (percpu) {
    symbols.push(
      { name: '__per_cpu_start', address: 0n, type: 'A' },
      { name: 'fixed_percpu_data', address: 0n, type: 'A' },
      { name: 'runqueues', address: 0x2c000n, type: 'A' },
      { name: '__per_cpu_end', address: 0x34000n, type: 'A' },
    );
  }
  symbols.push(
    { name: '_stext', address: TEXT, type: 'T' },
    { name: '_text', address: TEXT, type: 'T' },
  );
  for (let i = 0; i < count; i++) {
    const address = TEXT + 0x40n + BigInt(i * 0x30);
    symbols.push({ name: `sched_task_${i}`, address, type: i % 3 === 0 ? 'T' : 't' });
  }
  symbols.push({ name: 'swapper_pg_dir', address: 0xffffffff82000000n, type: 'D' });
  symbols.push({ name: '_end', address: 0xffffffff82400000n, type: 'B' });
  return symbols;
}

/** VMCOREINFO text that names kallsyms' tables and some anchors. */
export function vmcoreinfoText(
  built: BuiltKallsyms,
  anchors = ['_stext', 'swapper_pg_dir'],
): string {
  const lines = ['OSRELEASE=6.1.0', 'PAGESIZE=4096'];
  for (const name of anchors) {
    const symbol = built.symbols.find((other) => other.name === name);
    if (symbol !== undefined) lines.push(`SYMBOL(${name})=${symbol.address.toString(16)}`);
  }
  for (const [name, address] of built.tables) {
    if (!/markers|seqs/.test(name)) lines.push(`SYMBOL(${name})=${address.toString(16)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A vmlinux with .text, .data and .bss and the symbols given as [name, value, info, section]. */
export function buildVmlinux(symbols: [string, bigint, number, number][]): Uint8Array {
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
