import { sizeOf } from './declarations.ts';
import type { SpecSymbol } from './kallsyms.ts';
import { KernelThing, type Values, type WritableMemory } from './objects.ts';
import { KERNEL_DATA, KERNEL_TEXT, PageTables, PTE, SHIFT, TABLE_OF_USER } from './page-tables.ts';
import { cString, PAGE, type PageUse, Ram, u64Bytes } from './ram.ts';
import { KernelTypes } from './types.ts';

/** The computer and where its kernel was put. Everything has a default: `{}` is a small machine of two CPUs. */
export interface MachineSpec {
  /** Paging levels: 4, or 5 on machines with LA57. */
  readonly levels?: 4 | 5;
  readonly cpus?: number;
  /** RAM in MiB, 48 at least. One memory section is 128 MiB. */
  readonly ramMb?: number;
  /** More RAM, far from that: ranges of physical addresses, whole pages. */
  readonly islands?: readonly (readonly [start: number, end: number])[];
  /** How far KASLR moved the kernel image: a multiple of 2 MiB. */
  readonly kaslr?: bigint;
  /** Where the image lies in physical memory: a multiple of 2 MiB. */
  readonly loadAddress?: number;
  /** The bases that KASLR moves too; as without KASLR when left out. */
  readonly directMap?: bigint;
  readonly vmalloc?: bigint;
  readonly vmemmap?: bigint;
  /** Physical address of the upper directory of the direct map, which then has pages of 1 GiB. */
  readonly directTable?: number;
  /** Where the parts of the image lie. */
  readonly image?: ImageLayout;
  /** Physical address of a CPU's per-CPU variables, where the next free pages are not good enough. */
  readonly perCpuAt?: (cpu: number) => number;
}

/** Parts of the kernel image, in MiB from its start: code without a place of its own, constants, variables, the end. */
export interface ImageLayout {
  readonly code: number;
  readonly constants: number;
  readonly variables: number;
  readonly end: number;
  /** Offset of the top page table in bytes; the first variable when left out. */
  readonly topTable?: number;
}

const START_KERNEL_MAP = 0xffffffff80000000n;
const LINKED_AT = 0x1000000n;
const MB = 1 << 20;
const DEFAULT_LAYOUT: ImageLayout = { code: 0, constants: 2, variables: 6, end: 10 };
const MODULES_AT = 0xffffffffc0000000n;
/** Room for all per-CPU variables of one CPU. */
const PERCPU_BYTES = 0x10000;

/** Part of an address range that is given out from its start on. */
class Area {
  readonly start: bigint;
  readonly end: bigint;
  next: bigint;
  constructor(start: bigint, size: bigint) {
    this.start = start;
    this.next = start;
    this.end = start + size;
  }
  take(size: number, align: number): bigint {
    const at = alignUp(this.next, align);
    this.next = at + BigInt(size);
    if (this.next > this.end)
      throw new Error(`the image's area at ${this.start.toString(16)} is full`);
    return at;
  }
}

const between = (start: bigint, end: bigint): Area => new Area(start, end - start);

const alignUp = (address: bigint, align: number): bigint =>
  ((address + BigInt(align) - 1n) / BigInt(align)) * BigInt(align);

/**
 * A machine's memory while it is written: physical pages, the kernel's page tables, symbols, typed objects.
 * It knows x86_64's address map and no kernel structure. `write` takes any kernel address that is mapped.
 */
export class Machine implements WritableMemory {
  readonly types = new KernelTypes();
  readonly ram: Ram;
  readonly tables: PageTables;
  readonly levels: 4 | 5;
  readonly cpus: number;
  readonly ramMb: number;
  readonly kaslr: bigint;
  readonly loadAddress: number;
  readonly directMap: bigint;
  readonly vmallocBase: bigint;
  readonly vmemmapBase: bigint;
  /** Run-time address of _text. */
  readonly text: bigint;
  readonly imageSize: number;
  readonly perCpuBases: readonly bigint[];
  readonly #symbols = new Map<string, SpecSymbol>();
  readonly #areas: {
    code: Area;
    constants: Area;
    variables: Area;
    perCpu: Area;
    vmalloc: Area;
    modules: Area;
  };

  constructor(spec: MachineSpec = {}) {
    this.levels = spec.levels ?? 4;
    this.cpus = spec.cpus ?? 2;
    this.ramMb = spec.ramMb ?? 64;
    this.kaslr = spec.kaslr ?? 0n;
    this.loadAddress = spec.loadAddress ?? Number(LINKED_AT);
    const five = this.levels === 5;
    this.directMap = spec.directMap ?? (five ? 0xff11000000000000n : 0xffff888000000000n);
    this.vmallocBase = spec.vmalloc ?? (five ? 0xffa0000000000000n : 0xffffc90000000000n);
    this.vmemmapBase = spec.vmemmap ?? (five ? 0xffd4000000000000n : 0xffffea0000000000n);
    this.text = START_KERNEL_MAP + LINKED_AT + this.kaslr;
    const pages = (this.ramMb * MB) / PAGE;
    const layout = spec.image ?? DEFAULT_LAYOUT;
    this.imageSize = layout.end * MB;
    // Page 0 and the BIOS's hole from 0x9f000 to 0x100000 are no RAM.
    this.ram = new Ram(
      [
        [1, 0x9f],
        [0x100, pages],
        ...(spec.islands ?? []).map(([start, end]) => [start / PAGE, end / PAGE] as const),
      ],
      0x100,
    );
    this.ram.claim(this.loadAddress / PAGE, this.imageSize / PAGE, 'kernel');
    const at = (mb: number) => this.text + BigInt(mb * MB);
    this.#areas = {
      code: between(at(layout.code), at(layout.constants)),
      constants: between(at(layout.constants), at(layout.variables)),
      variables: between(
        at(layout.variables),
        layout.topTable === undefined ? at(layout.end) : this.text + BigInt(layout.topTable),
      ),
      perCpu: new Area(0n, BigInt(PERCPU_BYTES)),
      vmalloc: new Area(this.vmallocBase + 0x4000n, 1n << 40n),
      modules: new Area(MODULES_AT + (this.kaslr > 0n ? 0x2d000n : 0n), 0x3000000n),
    };
    const root =
      layout.topTable === undefined
        ? this.#areas.variables.take(PAGE, PAGE)
        : this.text + BigInt(layout.topTable);
    this.tables = new PageTables(this.ram, this.levels, this.physicalOfImage(root));
    this.#mapDirect(pages, spec.directTable);
    this.#mapImage(layout);
    for (const name of ['init_top_pgt', 'swapper_pg_dir']) this.addSymbol(name, root, 'D');
    for (const name of ['_text', '_stext']) this.addSymbol(name, this.text, 'T');
    this.perCpuBases = Array.from({ length: this.cpus }, (_, cpu) =>
      this.virtualOf(this.#perCpuRoom(spec.perCpuAt?.(cpu))),
    );
    this.addSymbol('__per_cpu_start', 0n, 'A');
    this.addSymbol('__per_cpu_load', at(layout.variables) - 0x1000n, 'D');
  }

  #perCpuRoom(at: number | undefined): number {
    if (at === undefined) return this.ram.allocate(PERCPU_BYTES / PAGE) * PAGE;
    this.ram.claim(at / PAGE, PERCPU_BYTES / PAGE, 'kernel');
    return at;
  }

  #mapDirect(pages: number, table: number | undefined): void {
    if (table === undefined) {
      this.tables.map(this.directMap, 0, pages * PAGE, KERNEL_DATA, 0x20_0000);
      return;
    }
    this.ram.claim(table / PAGE, 1, 'kernel');
    this.tables.setEntry(this.directMap, SHIFT.pgd, BigInt(table) | TABLE_OF_USER);
    this.tables.map(this.directMap, 0, this.ram.maxPfn * PAGE, KERNEL_DATA, 0x4000_0000);
  }

  #mapImage({ constants }: ImageLayout): void {
    const large = 0x20_0000;
    const text = constants * MB;
    this.tables.map(this.text, this.loadAddress, text, KERNEL_TEXT, large);
    const rest = this.imageSize - text;
    this.tables.map(this.text + BigInt(text), this.loadAddress + text, rest, KERNEL_DATA, large);
  }

  /** phys_base as VMCOREINFO has it. */
  get physBase(): bigint {
    return BigInt(this.loadAddress) - LINKED_AT - this.kaslr;
  }

  // -- addresses -------------------------------------------------------------------------------------

  /** Direct-map address of a physical one. */
  virtualOf(physical: number): bigint {
    return this.directMap + BigInt(physical);
  }
  /** Physical address of an address in the kernel image. */
  physicalOfImage(virtual: bigint): number {
    return Number(virtual - this.text) + this.loadAddress;
  }
  /** Physical address behind any kernel address. Throws Error when nothing maps it. */
  physicalOf(virtual: bigint): number {
    const direct = virtual - this.directMap;
    if (direct >= 0n && direct < BigInt(this.ram.maxPfn * PAGE)) return Number(direct);
    const image = virtual - this.text;
    if (image >= 0n && image < BigInt(this.imageSize)) return this.physicalOfImage(virtual);
    const found = this.tables.translate(virtual);
    if (found === undefined) throw new Error(`the image maps nothing at ${virtual.toString(16)}`);
    return found;
  }

  // -- memory ----------------------------------------------------------------------------------------

  write(address: bigint, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = address + BigInt(done);
      const size = Math.min(PAGE - Number(at & 0xfffn), bytes.length - done);
      this.ram.write(this.physicalOf(at), bytes.subarray(done, done + size));
      done += size;
    }
  }
  read(address: bigint, length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let done = 0; done < length; ) {
      const at = address + BigInt(done);
      const size = Math.min(PAGE - Number(at & 0xfffn), length - done);
      parts.push(this.ram.read(this.physicalOf(at), size));
      done += size;
    }
    return Uint8Array.from(Buffer.concat(parts));
  }
  writeU64(address: bigint, value: bigint): void {
    if ((address & 7n) === 0n) this.ram.setU64(this.physicalOf(address), value);
    else this.write(address, u64Bytes(value));
  }
  readU64(address: bigint): bigint {
    return new DataView(this.read(address, 8).buffer).getBigUint64(0, true);
  }

  /** Whole pages; their direct-map address. */
  pages(count: number, use: PageUse = 'kernel', align = 1): bigint {
    return this.virtualOf(this.ram.allocate(count, use, align) * PAGE);
  }

  /** Room in vmalloc space, mapped to pages of its own, with an unmapped page behind it. */
  vmallocRoom(size: number, at?: bigint): { address: bigint; physical: number } {
    const count = Math.ceil(size / PAGE);
    const address = at ?? this.#areas.vmalloc.take((count + 1) * PAGE, 0x4000);
    return { address, physical: this.mapPages(address, count) };
  }
  /** Room for a module's memory, mapped. */
  moduleRoom(size: number, at?: bigint): bigint {
    const count = Math.ceil(size / PAGE);
    const address = at ?? this.#areas.modules.take((count + 1) * PAGE, PAGE);
    this.mapPages(address, count);
    return address;
  }
  /** Maps new pages at a kernel address; the first's physical address. */
  mapPages(address: bigint, count: number, flags: bigint = KERNEL_DATA & ~PTE.nx): number {
    const physical = this.ram.allocate(count) * PAGE;
    this.tables.map(address, physical, count * PAGE, flags);
    return physical;
  }

  // -- symbols ---------------------------------------------------------------------------------------

  addSymbol(name: string, address: bigint, type = 'D'): bigint {
    this.#symbols.set(`${name} ${address}`, { name, address, type });
    if (!this.#symbols.has(name)) this.#symbols.set(name, { name, address, type });
    return address;
  }
  /** The address of a symbol. Throws Error when the image has none of that name. */
  symbol(name: string): bigint {
    const found = this.#symbols.get(name);
    if (!found) throw new Error(`the image has no symbol ${name}`);
    return found.address;
  }
  hasSymbol(name: string): boolean {
    return this.#symbols.has(name);
  }
  /** Every symbol once, in the order they came. */
  get symbols(): readonly SpecSymbol[] {
    return [...this.#symbols].filter(([key]) => key.includes(' ')).map(([, symbol]) => symbol);
  }

  // -- objects ---------------------------------------------------------------------------------------

  thing(type: string, address: bigint): KernelThing {
    return new KernelThing(this, type, address);
  }
  /** Room for code, a constant or a variable of the kernel image. */
  room(area: 'code' | 'constants' | 'variables', size: number, align = 8): bigint {
    return this.#areas[area].take(size, align);
  }
  /** How far the kernel's code has been given out. */
  get codeEnd(): bigint {
    return this.#areas.code.next;
  }
  get perCpuEnd(): bigint {
    return this.#areas.perCpu.next;
  }
  /** A variable of structure type with its symbol. */
  variable(name: string, type: string, values: Values = {}, letter = 'D'): KernelThing {
    const address = this.room('variables', this.types.sizeof(type), 64);
    this.addSymbol(name, address, letter);
    return this.thing(type, address).set(values);
  }
  /** A variable of raw bytes with its symbol. */
  data(name: string, bytes: Uint8Array, letter = 'D'): bigint {
    const address = this.room('variables', bytes.length);
    this.addSymbol(name, address, letter);
    this.write(address, bytes);
    return address;
  }
  /** A variable of one word: an unsigned long, or a pointer. */
  word(name: string, value: bigint | number, letter = 'D'): bigint {
    return this.data(name, u64Bytes(BigInt(value)), letter);
  }
  /** Constant text; its address. */
  string(text: string): bigint {
    const bytes = cString(text);
    const address = this.room('constants', bytes.length, 1);
    this.write(address, bytes);
    return address;
  }
  /** A per-CPU variable; returns its symbol's value, which is an offset. */
  perCpu(name: string, size: number, align = 8, letter = 'D'): bigint {
    return this.addSymbol(name, this.#areas.perCpu.take(size, align), letter);
  }
  /** A per-CPU variable of a C type, which BTF names too. */
  perCpuVariable(name: string, type: string, align = 8): bigint {
    const node = this.types.declarations.type(type);
    const size = sizeOf(node);
    const offset = this.perCpu(name, size, align);
    this.types.variables.push({ name, type: node, offset: Number(offset), size });
    return offset;
  }
  /** A CPU's copy of a per-CPU variable. */
  perCpuAt(name: string, cpu: number): bigint {
    return this.symbol(name) + (this.perCpuBases[cpu] as bigint);
  }

  /** Makes a circular list of list_heads: the head and, in order, the entries. */
  list(head: bigint, entries: readonly bigint[]): void {
    const all = [head, ...entries];
    for (const [i, at] of all.entries()) {
      const next = all[(i + 1) % all.length] as bigint;
      this.writeU64(at, next);
      this.writeU64(next + 8n, at);
    }
  }
}
