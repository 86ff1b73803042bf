import type { Machine } from './machine.ts';
import type { KernelThing, Values } from './objects.ts';
import { PAGE, randomizer, u64Bytes } from './ram.ts';

/** How free objects point to the next one (mm/slub.c). */
export type FreelistStyle = 'plain' | 'hardened' | 'hardened-swapped';

/** A cache of the SLUB allocator, as kmem_cache_create() makes one. */
export interface CacheSpec {
  readonly name: string;
  /** Bytes of an object as its user sees it. */
  readonly objectSize: number;
  readonly align?: number;
  /** Slab pages are 2^order. Default: the smallest that wastes little. */
  readonly order?: number;
  readonly flags?: number;
  /** Constructor address, for caches that have one. */
  readonly ctor?: bigint;
}

/** A slab with its memory: one run of pages. */
export interface BuiltSlab {
  readonly pfn: number;
  readonly memory: bigint;
  /** Objects in the order of the freelist. */
  readonly free: bigint[];
  readonly used: Set<bigint>;
  /** Next object never used. */
  next: number;
}

/** One cache while the image is built; the oracle asks it afterwards. */
export class Cache {
  readonly spec: CacheSpec;
  readonly size: number;
  readonly order: number;
  readonly objects: number;
  /**
   * Offset of the pointer in a free object: in the middle since 5.7 (3202fa62fb43, slub: relocate freelist pointer to
   * middle of object).
   */
  readonly freeOffset: number;
  readonly random: bigint;
  readonly slabs: BuiltSlab[] = [];
  address = 0n;

  constructor(spec: CacheSpec, random: bigint) {
    this.spec = spec;
    const align = spec.align ?? 8;
    this.size = Math.max(8, Math.ceil(spec.objectSize / align) * align);
    this.order =
      spec.order ?? (this.size > 4096 ? 3 : this.size >= 1024 ? 2 : this.size >= 512 ? 1 : 0);
    this.objects = Math.floor((PAGE << this.order) / this.size);
    this.freeOffset = Math.floor(spec.objectSize / 2 / 8) * 8;
    this.random = random;
  }

  get name(): string {
    return this.spec.name;
  }
  get allocated(): number {
    return this.slabs.reduce((sum, { used }) => sum + used.size, 0);
  }
}

const KMALLOC = [8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192];
/** enum slab_state: a cache that is up. SLAB_HWCACHE_ALIGN and SLAB_PANIC of include/linux/slab.h. */
export const SLAB = {
  hwcacheAlign: 0x2000,
  panic: 0x40000,
  poison: 0x800,
  storeUser: 0x10000,
  redZone: 0x400,
} as const;

/**
 * The image's slab allocator: objects are handed out as the kernel does, and {@link Slabs.finish} writes caches, slabs
 * and freelists. Objects that are freed keep their bytes but for the free pointer, as in a kernel without poisoning.
 */
export class Slabs {
  readonly machine: Machine;
  readonly style: FreelistStyle;
  readonly caches = new Map<string, Cache>();
  readonly #next = randomizer(0x51ab);
  readonly #owner = new Map<bigint, { cache: Cache; slab: BuiltSlab }>();

  readonly #orders: Readonly<Record<string, number>>;

  constructor(
    machine: Machine,
    style: FreelistStyle,
    orders: Readonly<Record<string, number>> = {},
  ) {
    this.machine = machine;
    this.style = style;
    this.#orders = orders;
    const { types } = machine;
    const names = ['kmem_cache_node', 'kmem_cache'];
    for (const name of names)
      this.create({ name, objectSize: types.sizeof(name), align: 64, flags: SLAB.hwcacheAlign });
    for (const size of KMALLOC)
      this.create({ name: kmallocName(size), objectSize: size, align: size < 192 ? 8 : 64 });
  }

  create(spec: CacheSpec): Cache {
    const random = (BigInt(this.#next()) << 32n) | BigInt(this.#next());
    const order = spec.order ?? this.#orders[spec.name];
    const cache = new Cache(
      order === undefined ? spec : { ...spec, order },
      this.style === 'plain' ? 0n : random,
    );
    this.caches.set(spec.name, cache);
    return cache;
  }

  cache(name: string): Cache {
    const found = this.caches.get(name);
    if (!found) throw new Error(`the image has no slab cache ${name}`);
    return found;
  }

  /** An object of a cache: its address. */
  allocate(name: string): bigint {
    const cache = this.cache(name);
    let slab = cache.slabs.find(({ free, next }) => free.length > 0 || next < cache.objects);
    if (!slab) {
      const pfn = this.machine.ram.allocate(1 << cache.order, 'slab', 1 << cache.order);
      slab = {
        pfn,
        memory: this.machine.virtualOf(pfn * PAGE),
        free: [],
        used: new Set(),
        next: 0,
      };
      cache.slabs.push(slab);
    }
    const object = slab.free.shift() ?? slab.memory + BigInt(slab.next++ * cache.size);
    slab.used.add(object);
    this.#owner.set(object, { cache, slab });
    return object;
  }

  /** The object of a cache at an address of the direct map, in a slab of its own there. */
  allocateAt(name: string, object: bigint): bigint {
    const cache = this.cache(name);
    const pages = BigInt(PAGE << cache.order);
    const memory = object - ((object - this.machine.directMap) % pages);
    const index = Number(object - memory) / cache.size;
    if (!Number.isInteger(index) || index >= cache.objects)
      throw new Error(`no slab of ${name} has an object at ${object.toString(16)}`);
    const pfn = this.machine.physicalOf(memory) / PAGE;
    this.machine.ram.claim(pfn, 1 << cache.order, 'slab');
    const before = Array.from({ length: index }, (_, i) => memory + BigInt(i * cache.size));
    const slab = { pfn, memory, free: before, used: new Set([object]), next: index + 1 };
    // The youngest slab is the CPU's own: this one is not.
    cache.slabs.unshift(slab);
    this.#owner.set(object, { cache, slab });
    return object;
  }

  /** kmalloc(): by size, whole pages beyond 8 KiB. */
  kmalloc(size: number): bigint {
    const fit = KMALLOC.find((room) => room >= size);
    return fit === undefined
      ? this.machine.pages(Math.ceil(size / PAGE))
      : this.allocate(kmallocName(fit));
  }

  /** Frees an object: it goes first on its slab's freelist. Its bytes stay. */
  free(object: bigint): void {
    const owner = this.#owner.get(object);
    if (!owner?.slab.used.delete(object))
      throw new Error(`nothing is allocated at ${object.toString(16)}`);
    owner.slab.free.unshift(object);
  }

  /** A structure in the cache of its own name, or in kmalloc's. */
  thing(type: string, values: Values = {}): KernelThing {
    const size = this.machine.types.sizeof(type);
    const address = this.caches.has(type) ? this.allocate(type) : this.kmalloc(size);
    return this.machine.thing(type, address).set(values);
  }

  /** The free objects of a slab in the order in which its freelist names them. */
  freeList(cache: Cache, slab: BuiltSlab): bigint[] {
    const fresh = Array.from(
      { length: cache.objects - slab.next },
      (_, i) => slab.memory + BigInt((slab.next + i) * cache.size),
    );
    return [...slab.free, ...fresh];
  }

  /** The stored form of a free object's pointer to the next one: encoded, where freelists are hardened. */
  freePointer(object: bigint): bigint {
    const owner = this.#owner.get(object);
    if (!owner) throw new Error(`no object of the image is at ${object.toString(16)}`);
    const list = this.freeList(owner.cache, owner.slab);
    const next = list[list.indexOf(object) + 1] ?? 0n;
    return this.encode(owner.cache, next, object + BigInt(owner.cache.freeOffset));
  }

  /** How `pointer` is written at `at`. */
  encode(cache: Cache, pointer: bigint, at: bigint): bigint {
    if (this.style === 'plain') return pointer;
    const place = this.style === 'hardened' ? at : swapBytes(at);
    return pointer ^ cache.random ^ place;
  }

  /** Writes struct kmem_cache, kmem_cache_node, kmem_cache_cpu, struct slab and the freelists of every cache. */
  finish(
    structPage: (pfn: number) => bigint,
    slabFlags: (pfn: number, order: number) => void,
  ): void {
    const { machine } = this;
    const all = [...this.caches.values()];
    const nodes = new Map<Cache, KernelThing>();
    for (const cache of all) {
      cache.address = this.allocate('kmem_cache');
      nodes.set(cache, this.thing('kmem_cache_node'));
    }
    const links: bigint[] = [];
    for (const cache of all) {
      const thing = machine.thing('kmem_cache', cache.address);
      this.#writeCache(cache, thing, nodes.get(cache) as KernelThing);
      for (const slab of cache.slabs) slabFlags(slab.pfn, cache.order);
      this.#writeSlabs(cache, thing, nodes.get(cache) as KernelThing, structPage);
      links.unshift(thing.at('list'));
    }
    const head = machine.variable('slab_caches', 'list_head');
    machine.list(head.address, links);
  }

  #writeCache(cache: Cache, thing: KernelThing, node: KernelThing): void {
    const { spec, size, objects, order } = cache;
    const oo = order * 0x10000 + objects;
    const cpu = this.machine.perCpu(
      `__kmem_cache_cpu_${spec.name}`,
      this.machine.types.sizeof('kmem_cache_cpu'),
      16,
      'skip',
    );
    thing.set({
      name: this.machine.string(spec.name),
      object_size: spec.objectSize,
      size,
      'oo.x': oo,
      'min.x': oo,
      flags: spec.flags ?? 0,
      offset: cache.freeOffset,
      inuse: spec.objectSize,
      align: spec.align ?? 8,
      refcount: 1,
      ctor: spec.ctor ?? 0n,
      cpu_slab: cpu,
      'node[0]': node,
    });
    thing.setKnown({ random: cache.random, min_partial: 5, cpu_partial: 30, 'max.x': oo });
  }

  #writeSlabs(
    cache: Cache,
    thing: KernelThing,
    node: KernelThing,
    structPage: (pfn: number) => bigint,
  ): void {
    const { machine } = this;
    const type = machine.types.has('slab', 'slab_cache') ? 'slab' : 'page';
    const link = machine.types.has(type, 'slab_list') ? 'slab_list' : 'lru';
    const partial: bigint[] = [];
    const [current] = cache.slabs.slice(-1);
    for (const slab of cache.slabs) {
      const free = this.freeList(cache, slab);
      for (const [i, object] of free.entries()) {
        const at = object + BigInt(cache.freeOffset);
        machine.write(at, u64Bytes(this.encode(cache, free[i + 1] ?? 0n, at)));
      }
      const page = machine.thing(type, structPage(slab.pfn));
      const isCurrent = slab === current;
      page.set({
        slab_cache: thing,
        objects: cache.objects,
        inuse: isCurrent ? cache.objects : slab.used.size,
        frozen: isCurrent ? 1 : 0,
        freelist: isCurrent ? 0n : (free[0] ?? 0n),
      });
      if (isCurrent) this.#writeCpuSlab(thing, type, page, free[0] ?? 0n);
      else if (free.length > 0) partial.push(page.at(link));
    }
    node.setKnown({
      nr_slabs: cache.slabs.length,
      total_objects: cache.slabs.length * cache.objects,
    });
    node.set({ nr_partial: partial.length });
    machine.list(node.at('partial'), partial);
    if (node.has('full')) machine.list(node.at('full'), []);
  }

  /** The youngest slab belongs to CPU 0. */
  #writeCpuSlab(thing: KernelThing, type: string, page: KernelThing, freelist: bigint): void {
    const base = this.machine.perCpuBases[0] as bigint;
    const own = this.machine.thing('kmem_cache_cpu', thing.get('cpu_slab') + base);
    own.set({ freelist, [own.has('slab') ? type : 'page']: page });
  }
}

const kmallocName = (size: number): string => `kmalloc-${size >= 1024 ? `${size / 1024}k` : size}`;

function swapBytes(value: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  return view.getBigUint64(0, false);
}
