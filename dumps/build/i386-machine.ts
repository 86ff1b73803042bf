import { buildElf } from './elf.ts';
import { buildKallsyms, I386_ERA, type SpecSymbol } from './kallsyms.ts';
import { kdumpFile, type Packing } from './kdump.ts';
import { note } from './notes.ts';
import { KernelThing, type Values, type WritableMemory } from './objects.ts';
import { cString, PAGE, Ram, wordBytes } from './ram.ts';
import { type SparseFile, wholeFile } from './sparse-file.ts';
import { KernelTypes } from './types.ts';

/** CONFIG_PAGE_OFFSET. */
export const PAGE_OFFSET = 0xc000_0000n;
const MB = 1 << 20;
/** The kernel image: where it is linked and loaded, and in it constants, variables, struct pages and the rest. */
const TEXT = 0xc100_0000n;
const CONSTANTS = 0xc138_0000n;
const VARIABLES = 0xc140_0000n;
const MEM_MAP = 0xc150_0000n;
/** PRESENT RW ACCESSED DIRTY, and PSE and GLOBAL for the kernel's large pages. */
const TABLE = 0x67n;
const KERNEL_LARGE = 0x1e3n;
/** How many address bits lie below an entry of each level, and how many entries a table has. */
const LEVELS = {
  plain: [
    { shift: 22n, entries: 1024n },
    { shift: 12n, entries: 1024n },
  ],
  // The four entries of the top table have no flags but PRESENT (SDM 3, table 4-8).
  pae: [
    { shift: 30n, entries: 4n },
    { shift: 21n, entries: 512n },
    { shift: 12n, entries: 512n },
  ],
} as const;

const u32 = (value: bigint | number): Uint8Array => wordBytes(value, 4);

export interface I386Spec {
  readonly ramMb: number;
  readonly declarations: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** CONFIG_X86_PAE: three levels of 8-byte entries. */
  readonly pae?: boolean;
}

/**
 * The memory of an i386 machine of one CPU while it is written: two levels of page tables, or PAE's three, low memory
 * mapped by large pages, the image in it. It knows no kernel structure. Addresses may be anywhere in low memory: pages become RAM in
 * use when they are written. See {@link I386Machine.kdump} for what a dump file has of it.
 */
export class I386Machine implements WritableMemory {
  readonly spec: I386Spec;
  readonly types = new KernelTypes(4);
  readonly ram: Ram;
  /** swapper_pg_dir. */
  readonly top: bigint;
  /** User pages, in the order in which they were mapped. */
  readonly mapped: { table: bigint; address: bigint; physical: number }[] = [];
  readonly #symbols = new Map<string, SpecSymbol>();
  readonly #next = { constants: CONSTANTS, variables: VARIABLES };
  #notes: Uint8Array = new Uint8Array(0);
  #info = '';

  constructor(spec: I386Spec) {
    this.spec = spec;
    this.types.declare(spec.declarations);
    const pages = (spec.ramMb * MB) / PAGE;
    this.ram = new Ram(
      [
        [1, 0x9f],
        [0x100, pages],
      ],
      0x8000,
    );
    this.top = this.room('variables', PAGE, PAGE);
    this.addSymbol('swapper_pg_dir', this.top);
    const large = this.#levels.at(-2)?.shift ?? 0n;
    for (let at = 0n; at < BigInt(spec.ramMb * MB); at += 1n << large) {
      this.setEntry(this.top, PAGE_OFFSET + at, large, at | KERNEL_LARGE);
    }
    for (const name of ['_text', '_stext', 'startup_32']) this.addSymbol(name, TEXT, 'T');
    this.addSymbol('_etext', CONSTANTS - 0x1000n, 'T');
    this.addSymbol('_end', MEM_MAP, 'B');
    this.word('mem_map', MEM_MAP);
    this.word('high_memory', PAGE_OFFSET + BigInt(spec.ramMb * MB));
  }

  // -- memory ----------------------------------------------------------------------------------------

  /** Physical address of a low-memory one. */
  physicalOf(address: bigint): number {
    const physical = Number(address - PAGE_OFFSET);
    if (physical < 0 || physical >= this.spec.ramMb * MB)
      throw new Error(`the image maps nothing at ${address.toString(16)}`);
    return physical;
  }
  write(address: bigint, bytes: Uint8Array): void {
    this.ram.write(this.physicalOf(address), bytes);
  }
  read(address: bigint, length: number): Uint8Array {
    return this.ram.read(this.physicalOf(address), length);
  }
  /** Words one after another. */
  writeWords(address: bigint, words: readonly (bigint | number)[]): void {
    this.write(address, Buffer.concat(words.map(u32)));
  }
  /** Whole pages; their address. */
  pages(count: number): bigint {
    return PAGE_OFFSET + BigInt(this.ram.allocate(count) * PAGE);
  }

  get #levels() {
    return this.spec.pae ? LEVELS.pae : LEVELS.plain;
  }

  /** Writes the entry for an address at the level of `shift`, making the tables above it; returns its place. */
  setEntry(top: bigint, address: bigint, shift: bigint, entry: bigint): bigint {
    const size = this.spec.pae ? 8 : 4;
    let table = top;
    for (const level of this.#levels) {
      const place = table + ((address >> level.shift) % level.entries) * BigInt(size);
      if (level.shift === shift) {
        this.write(place, wordBytes(entry, size));
        return place;
      }
      let next = this.#entry(place, size);
      if (next === 0n) {
        const flags = level.entries === 4n ? 1n : TABLE;
        next = BigInt(this.ram.allocate(1) * PAGE) | flags;
        this.write(place, wordBytes(next, size));
      }
      table = PAGE_OFFSET + (next & ~0xfffn);
    }
    throw new Error(`there are no entries of ${shift} bits`);
  }
  #entry(place: bigint, size: number): bigint {
    const view = new DataView(this.read(place, size).buffer);
    return size === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
  }

  /** A new address space: the kernel's part is shared. */
  userTables(): bigint {
    const table = this.pages(1);
    this.write(table, this.read(this.top, PAGE));
    return table;
  }
  /** Maps one page of an address space, with flags; returns its physical address. */
  mapPage(table: bigint, address: bigint, flags: number, bytes: Uint8Array): number {
    this.setEntry(table, address, 12n, 0n);
    const physical = this.ram.allocate(1, 'user') * PAGE;
    this.ram.write(physical, bytes);
    this.setEntry(table, address, 12n, BigInt(physical | flags));
    this.mapped.push({ table, address, physical });
    return physical;
  }

  // -- symbols and objects ---------------------------------------------------------------------------

  addSymbol(name: string, address: bigint, type = 'D'): bigint {
    this.#symbols.set(name, { name, address, type });
    return address;
  }
  get symbols(): readonly SpecSymbol[] {
    return [...this.#symbols.values()];
  }
  symbol(name: string): bigint {
    const found = this.#symbols.get(name);
    if (!found) throw new Error(`the image has no symbol ${name}`);
    return found.address;
  }
  room(area: 'constants' | 'variables', size: number, align = 4): bigint {
    const step = BigInt(align);
    const at = ((this.#next[area] + step - 1n) / step) * step;
    this.#next[area] = at + BigInt(size);
    if (this.#next[area] > (area === 'constants' ? VARIABLES : MEM_MAP))
      throw new Error(`the image has no more room for ${area}`);
    return at;
  }
  thing(type: string, address: bigint, values: Values = {}): KernelThing {
    return new KernelThing(this, type, address).set(values);
  }
  /** A structure of the slab allocator, as it were: somewhere in low memory. */
  make(type: string, values: Values = {}): KernelThing {
    const size = Math.ceil(this.types.sizeof(type) / 32) * 32;
    if (this.#heap + BigInt(size) > this.#heapEnd) {
      const count = Math.max(4, Math.ceil(size / PAGE));
      this.#heap = this.pages(count);
      this.#heapEnd = this.#heap + BigInt(count * PAGE);
    }
    const at = this.#heap;
    this.#heap += BigInt(size);
    return this.thing(type, at, values);
  }
  #heap = 0n;
  #heapEnd = 0n;

  variable(name: string, type: string, values: Values = {}): KernelThing {
    const at = this.room('variables', this.types.sizeof(type), 32);
    return this.thing(type, this.addSymbol(name, at), values);
  }
  data(name: string, bytes: Uint8Array): bigint {
    const at = this.room('variables', bytes.length, 8);
    this.write(at, bytes);
    return this.addSymbol(name, at);
  }
  word(name: string, value: bigint | number): bigint {
    return this.data(name, u32(value));
  }
  string(text: string): bigint {
    const bytes = cString(text);
    const at = this.room('constants', bytes.length, 1);
    this.write(at, bytes);
    return at;
  }
  list(head: bigint, entries: readonly bigint[]): void {
    const all = [head, ...entries];
    for (const [i, at] of all.entries()) {
      const next = all[(i + 1) % all.length] as bigint;
      this.write(at, u32(next));
      this.write(next + 4n, u32(at));
    }
  }
  /** The struct page of a frame; its own address is given in the story. */
  page(address: bigint, values: Values): KernelThing {
    return this.thing('page', address, values);
  }

  // -- the dump file ---------------------------------------------------------------------------------

  /** Writes BTF and kallsyms, and then the notes. To be called once, last of all. */
  finish(registers: readonly (bigint | number)[], pid: number, info: readonly string[]): void {
    const btf = this.types.btf();
    const at = this.room('constants', btf.length, 64);
    this.write(at, btf);
    this.addSymbol('__start_BTF', at, 'R');
    this.addSymbol('__stop_BTF', at + BigInt(btf.length), 'R');
    const { symbols } = this;
    const era = I386_ERA;
    const size = buildKallsyms(symbols, era, TEXT).bytes.length;
    const base = this.room('constants', size, 64);
    this.write(base, buildKallsyms(symbols, era, base).bytes);
    // struct elf_prstatus of 32 bits: pr_pid at 24, pr_reg at 72.
    const status = new Uint8Array(144);
    status.set(u32(pid), 24);
    status.set(Buffer.concat(registers.map(u32)), 72);
    this.#info = `${info.join('\n')}\n`;
    this.#notes = Buffer.concat([
      note('CORE', 1, status),
      note('VMCOREINFO', 0, Buffer.from(this.#info)),
    ]);
  }

  /** As a kdump-compressed file of a 32-bit kernel, with every page that was written. */
  kdump(options?: { readonly packing?: Packing }): Uint8Array {
    return wholeFile(this.kdumpFile(options));
  }

  /** The same file as its pieces. */
  kdumpFile({ packing = 'zlib' }: { readonly packing?: Packing } = {}): SparseFile {
    const { nodename, release, version, time } = this.spec;
    const ram: number[] = [];
    for (let pfn = 0; pfn < this.ram.maxPfn; pfn++) if (this.ram.isRam(pfn)) ram.push(pfn);
    return kdumpFile({
      wordSize: 4,
      machine: 'i686',
      maxMapnr: this.ram.maxPfn,
      ram,
      blocks: this.ram.pages,
      packing,
      share: true,
      dumpLevel: 31,
      utsname: ['Linux', nodename, release, version, 'i686', '(none)'],
      physBase: 0n,
      timestamp: time,
      cpus: 1,
      vmcoreinfo: this.#info,
      notes: this.#notes,
    });
  }

  /** As a 32-bit ELF core. */
  elf(): Uint8Array {
    const loads = [...this.ram.pages]
      .sort(([a], [b]) => a - b)
      .map(([pfn, bytes]) => ({
        type: 1,
        physical: pfn * PAGE,
        virtual: PAGE_OFFSET + BigInt(pfn * PAGE),
        bytes,
      }));
    return buildElf({ bits: 32, segments: [{ type: 4, bytes: this.#notes }, ...loads] });
  }
}
