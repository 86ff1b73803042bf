import type { Machine } from './machine.ts';
import type { KernelThing } from './objects.ts';
import { KERNEL_DATA } from './page-tables.ts';
import { PAGE, SECTION_PAGES } from './ram.ts';

const MAX_ORDER = 10;
/** Bits of section_mem_map: present, has a map, online, early (include/linux/mmzone.h). */
const SECTION_FLAGS = 0xfn;
/** page_type of a free block's head: PG_buddy of include/linux/page-flags.h up to 6.9. */
const BUDDY_TYPE = 0xffffff7f;
/** x86_64: LAST_CPUPID (-1 at start) in bits 30 to 50. */
const NO_CPUPID = 0x7ffffc0000000n;
/** Exclusive ends of ZONE_DMA and ZONE_DMA32, in pages: 16 MiB and 4 GiB. */
const DMA_END = 0x1000;
const DMA32_END = 0x10_0000;
const zoneOf = (pfn: number): number => (pfn < DMA_END ? 0 : pfn < DMA32_END ? 1 : 2);

/** A word as two numbers: struct pages are too many for bigints. */
const halves = (word: bigint): readonly [high: number, low: number] => [
  Number(word >> 32n),
  Number(word & 0xffffffffn),
];

/** Facts about memory for tests: counted while it is written. */
export interface BuiltPages {
  readonly totalPages: number;
  readonly freePages: number;
  readonly freeBlocks: readonly { readonly pfn: number; readonly order: number }[];
}

/** The memory map: mem_section, struct pages in vmemmap, node 0 with its zones, and the buddy allocator's lists. */
export class PageMap {
  readonly machine: Machine;
  /** Flags to set in the struct page of a frame, beside its zone. */
  readonly #flags = new Map<number, bigint>();
  readonly #members = new Map<number, Record<string, bigint | number>>();

  readonly #zoneShift: bigint;
  /** Physical address of the struct pages of a section. */
  readonly #maps = new Map<number, number>();

  constructor(machine: Machine, zoneShift: number) {
    this.machine = machine;
    this.#zoneShift = BigInt(zoneShift);
    const { sections } = machine.ram;
    const structs = (SECTION_PAGES * machine.types.sizeof('page')) / PAGE;
    for (const nr of sections) {
      const pfn = machine.ram.allocate(structs, 'kernel', 512);
      const at = machine.vmemmapBase + BigInt(nr * structs * PAGE);
      machine.tables.map(at, pfn * PAGE, structs * PAGE, KERNEL_DATA, 0x20_0000);
      this.#maps.set(nr, pfn * PAGE);
    }
    this.#writeSections(sections);
  }

  /** Address of the struct page of a frame. */
  page(pfn: number): bigint {
    return this.machine.vmemmapBase + BigInt(pfn * this.machine.types.sizeof('page'));
  }

  /** Sets flags by name (`PG_slab`) and members of a frame's struct page. */
  mark(pfn: number, flags: readonly string[], members: Record<string, bigint | number> = {}): void {
    const { types } = this.machine;
    const bits = flags.reduce((sum, name) => sum | (1n << types.enumerator(name)), 0n);
    this.#flags.set(pfn, (this.#flags.get(pfn) ?? 0n) | bits);
    this.#members.set(pfn, { ...this.#members.get(pfn), ...members });
  }

  /** Marks a compound page of 2^order pages. */
  markCompound(pfn: number, order: number, flags: readonly string[] = []): void {
    this.mark(pfn, order > 0 ? [...flags, 'PG_head'] : flags);
    for (let i = 1; i < 1 << order; i++) {
      this.mark(pfn + i, [], { compound_head: this.page(pfn) + 1n, _refcount: 0 });
    }
    if (order > 0) this.mark(pfn + 1, [], { compound_order: order, compound_dtor: 1 });
  }

  #writeSections(sections: readonly number[]): void {
    const { machine } = this;
    const size = machine.types.sizeof('mem_section');
    // 2048 roots, as VMCOREINFO's LENGTH(mem_section) says.
    const table = machine.pages(4);
    const perRoot = PAGE / size;
    const roots = new Map<number, bigint>();
    for (const nr of sections) {
      const index = Math.floor(nr / perRoot);
      const root = roots.get(index) ?? machine.pages(1);
      roots.set(index, root);
      machine.writeU64(table + BigInt(index * 8), root);
      machine
        .thing('mem_section', root + BigInt((nr % perRoot) * size))
        .set({ section_mem_map: machine.vmemmapBase | SECTION_FLAGS });
    }
    machine.word('mem_section', table);
  }

  /** Writes all struct pages, the zones and the free lists. Call it when nothing more is allocated. */
  finish(): BuiltPages {
    const { machine } = this;
    const { ram } = machine;
    const node = machine.thing(
      'pglist_data',
      machine.pages(Math.ceil(machine.types.sizeof('pglist_data') / PAGE)),
    );
    const nodeTable = new Uint8Array(1024 * 8);
    new DataView(nodeTable.buffer).setBigUint64(0, node.address, true);
    machine.data('node_data', nodeTable);
    const blocks = [...freeBlocks(machine)];
    this.#writeStructs();
    this.#writeHeads(blocks);
    this.#writeMarks();
    const zones = [
      this.#zone(node, 0, 'DMA', 1, DMA_END, blocks),
      this.#zone(node, 1, 'DMA32', DMA_END, Math.min(DMA32_END, ram.maxPfn), blocks),
    ];
    if (ram.maxPfn > DMA32_END)
      zones.push(this.#zone(node, 2, 'Normal', DMA32_END, ram.maxPfn, blocks));
    for (const [i, name] of ['Normal', 'Movable', 'Device'].entries()) {
      if (i + 2 >= zones.length && i + 2 < this.#zoneCount()) this.#emptyZone(node, i + 2, name);
    }
    const present = zones.reduce((sum, zone) => sum + zone.present, 0);
    node.set({
      nr_zones: zones.length,
      node_start_pfn: 1,
      node_spanned_pages: ram.maxPfn - 1,
      node_present_pages: present,
      node_id: 0,
    });
    const freePages = blocks.reduce((sum, { order }) => sum + (1 << order), 0);
    return { totalPages: present, freePages, freeBlocks: blocks };
  }

  #zoneCount(): number {
    const { types } = this.machine;
    const zones = types.place('pglist_data', 'node_zones').type;
    return zones.kind === 'array' ? zones.count : 0;
  }

  /** Every frame's struct page as its use has it. They are many: one look-up for all on a page, numbers, no objects. */
  #writeStructs(): void {
    const { machine } = this;
    const { ram, types } = machine;
    const size = types.sizeof('page');
    const at = (path: string) => types.offset('page', path);
    const [flags, count, mapcount, lru] = [
      at('flags'),
      at('_refcount'),
      at('_mapcount'),
      at('lru'),
    ];
    const [baseHigh, baseLow] = halves(machine.vmemmapBase);
    const flagsOf = (zone: number) => halves((BigInt(zone) << this.#zoneShift) | NO_CPUPID);
    const reserved = 1 << Number(types.enumerator('PG_reserved'));
    const plain = [flagsOf(0), flagsOf(1), flagsOf(2)] as const;
    // No struct page crosses a page.
    const perPage = PAGE / size;
    for (const { start, end, use } of ram.runs()) {
      for (let pfn = start; pfn < end; ) {
        const first = this.#physical(pfn);
        const view = ram.view(Math.floor(first / PAGE));
        const [high, low] = plain[zoneOf(pfn)] as readonly [number, number];
        const stop = Math.min(end, pfn + perPage - (pfn % perPage));
        for (let here = first % PAGE; pfn < stop; pfn++, here += size) {
          view.setUint32(here + flags, use === 'reserved' ? low | reserved : low, true);
          view.setUint32(here + flags + 4, high, true);
          view.setInt32(here + count, use === 'free' ? 0 : 1, true);
          view.setInt32(here + mapcount, -1, true);
          if (use === 'slab') continue;
          // An empty list: both pointers are to itself.
          const self = baseLow + pfn * size + lru;
          const selfHigh = baseHigh + Math.floor(self / 2 ** 32);
          for (let word = here + lru; word < here + lru + 16; word += 8) {
            view.setUint32(word, self, true);
            view.setUint32(word + 4, selfHigh, true);
          }
        }
      }
    }
  }

  /** Where the struct page of a frame lies. */
  #physical(pfn: number): number {
    const size = this.machine.types.sizeof('page');
    const section = this.#maps.get(Math.floor(pfn / SECTION_PAGES)) as number;
    return section + (pfn % SECTION_PAGES) * size;
  }

  /** The other members of the heads of free blocks; their lists are linked by zone. */
  #writeHeads(blocks: BuiltPages['freeBlocks']): void {
    const { types, ram } = this.machine;
    const [mapcount, order] = [types.offset('page', '_mapcount'), types.offset('page', 'private')];
    for (const block of blocks) {
      const at = this.#physical(block.pfn);
      const view = ram.view(Math.floor(at / PAGE));
      view.setUint32((at % PAGE) + mapcount, BUDDY_TYPE, true);
      view.setUint32((at % PAGE) + order, block.order, true);
      view.setUint32((at % PAGE) + order + 4, 0, true);
    }
  }

  /** Flags and members that a specification sets. */
  #writeMarks(): void {
    const { machine } = this;
    const offset = machine.types.offset('page', 'flags');
    for (const [pfn, flags] of this.#flags) {
      if (flags === 0n) continue;
      const at = this.#physical(pfn) + offset;
      machine.ram.setU64(at, machine.ram.u64(at) | flags);
    }
    for (const [pfn, members] of this.#members) machine.thing('page', this.page(pfn)).set(members);
  }

  #zone(
    node: KernelThing,
    index: number,
    name: string,
    start: number,
    end: number,
    blocks: BuiltPages['freeBlocks'],
  ) {
    const { machine } = this;
    const present = machine.ram.ranges.reduce(
      (sum, [from, to]) => sum + Math.max(0, Math.min(to, end) - Math.max(from, start)),
      0,
    );
    const zone = this.#emptyZone(node, index, name);
    const own = blocks.filter(({ pfn }) => pfn >= start && pfn < end);
    const freePages = own.reduce((sum, { order }) => sum + (1 << order), 0);
    zone.set({
      zone_start_pfn: start,
      spanned_pages: end - start,
      present_pages: present,
      managed_pages: present,
      [`vm_stat[${machine.types.enumerator('NR_FREE_PAGES')}]`]: freePages,
      _watermark: [Math.floor(present / 256), Math.floor(present / 200), Math.floor(present / 170)],
    });
    const movable = machine.types.enumerator('MIGRATE_MOVABLE');
    for (let order = 0; order <= MAX_ORDER; order++) {
      const list = own.filter((block) => block.order === order);
      const lru = BigInt(machine.types.offset('page', 'lru'));
      const head = zone.at(`free_area[${order}].free_list[${movable}]`);
      machine.list(
        head,
        list.map(({ pfn }) => this.page(pfn) + lru),
      );
      zone.set({ [`free_area[${order}].nr_free`]: list.length });
    }
    return { present, zone };
  }

  #emptyZone(node: KernelThing, index: number, name: string): KernelThing {
    const { machine } = this;
    const zone = machine.thing('zone', node.at(`node_zones[${index}]`));
    zone.set({ name: machine.string(name), zone_pgdat: node }).setKnown({ node: 0 });
    const lists = machine.types.place('zone', 'free_area[0].free_list').type;
    const count = lists.kind === 'array' ? lists.count : 0;
    for (let order = 0; order <= MAX_ORDER; order++) {
      for (let type = 0; type < count; type++)
        machine.list(zone.at(`free_area[${order}].free_list[${type}]`), []);
    }
    return zone;
  }
}

/** The free pages as the buddy allocator would hold them: the largest aligned blocks. */
function* freeBlocks({ ram }: Machine): Generator<{ pfn: number; order: number }> {
  for (const { start, end, use } of ram.runs()) {
    for (let pfn = start; use === 'free' && pfn < end; ) {
      let order = 0;
      while (order < MAX_ORDER && pfn % (2 << order) === 0 && pfn + (2 << order) <= end) order++;
      yield { pfn, order };
      pfn += 1 << order;
    }
  }
}
