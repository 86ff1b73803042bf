import { describe, expect, test } from 'vitest';
import { hex, plus, va } from '../../../../src/base/address.ts';
import { machineCpus } from '../../../../src/kernel/core/cpus.ts';
import { memoryNodes } from '../../../../src/kernel/mm/nodes.ts';
import { findSlabCache, slabCaches } from '../../../../src/kernel/mm/slab/caches.ts';
import { slabCacheOf } from '../../../../src/kernel/mm/slab/find.ts';
import { walkFreelist } from '../../../../src/kernel/mm/slab/freelist.ts';
import { slabContents } from '../../../../src/kernel/mm/slab/objects.ts';
import { cacheNodes, readCpuSlab } from '../../../../src/kernel/mm/slab/shares.ts';
import { readSlab } from '../../../../src/kernel/mm/slab/slab.ts';
import { countObjects, cpuPartialSlabs } from '../../../../src/kernel/mm/slab/usage.ts';
import { vmapAreas } from '../../../../src/kernel/mm/vmalloc.ts';
import { taskTable } from '../../../../src/kernel/task/tasks.ts';
import { patchedTarget } from '../../patched-dump.ts';
import { needsDumps, sharedTarget } from '../../shared-dumps.ts';

const NAMES = ['kd61-null', 'x61-la57-nx', 'x612-gpf', 'x61-hang'];

describe('slab caches of real dumps', needsDumps, () => {
  test.each(NAMES)(
    'every task_struct of %s but the idle ones is an object of task_struct',
    (name) => {
      const target = sharedTarget(name);
      const processes = taskTable(target).tasks.filter(({ pid }) => pid > 0);
      for (const { address } of processes) {
        const found = slabCacheOf(target, plus(address, 100));
        expect(found?.cache.name).toBe('task_struct');
        expect(found?.object).toBe(address);
      }
    },
  );

  test.each(NAMES)('a live task_struct of %s is an allocated object of its slab', (name) => {
    const target = sharedTarget(name);
    const task = taskTable(target).tasks.find(({ pid }) => pid === 1)!;
    const { cache, slab } = slabCacheOf(target, task.address)!;
    const state = slabContents(target, cache, slab)!.objects.find(
      ({ start }) => start === task.address,
    );
    expect(state).toMatchObject({ free: false });
  });

  test.each(NAMES)(
    'no cache of %s counts more objects than its slabs have, and all can be counted',
    (name) => {
      const target = sharedTarget(name);
      for (const cache of slabCaches(target).caches) {
        const { usage, problems } = countObjects(target, cache);
        expect(problems).toEqual([]);
        expect(usage!.allocated).toBeGreaterThanOrEqual(0);
        expect(usage!.allocated).toBeLessThanOrEqual(usage!.total);
      }
    },
  );

  test('addresses of the kernel image and of page structs are no slab objects', () => {
    const target = sharedTarget('kd61-null');
    expect(slabCacheOf(target, target.symbol('init_task'))).toBeUndefined();
    expect(slabCacheOf(target, va(0xfffffbb880047e00n))).toBeUndefined();
    expect(slabCacheOf(target, va(0))).toBeUndefined();
  });
});

/** The slab that CPU 1 of kd61-null takes kmalloc-64 objects from, with some of them free. */
function cpuSlabOf(name: string) {
  const target = sharedTarget('kd61-null');
  const cache = findSlabCache(target, name)!;
  for (const cpu of machineCpus(target)) {
    const own = readCpuSlab(target, cache, cpu)!;
    const list = walkFreelist(target, cache, own.freelist, own.slab);
    if (list.objects.length > 3) return { target, cache, own, objects: list.objects };
  }
  throw new Error(`no CPU has free objects of ${name}`);
}
/** How a free pointer is stored: mm/slub.c, freelist_ptr_encode. */
function encode(pointer: bigint, random: bigint, at: bigint): bigint {
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setBigUint64(0, at, true);
  return pointer ^ random ^ bytes.getBigUint64(0, false);
}

describe('damaged slab caches', needsDumps, () => {
  test('a free pointer that leads nowhere ends the list there and names the slab', () => {
    const { cache, own, objects } = cpuSlabOf('kmalloc-64');
    const at = plus(objects[1]!, cache.freeOffset);
    const wild = 0xffffeeee00000000n;
    const target = patchedTarget('kd61-null', [{ at, value: encode(wild, cache.random!, at) }]);
    const list = walkFreelist(target, cache, own.freelist, own.slab);
    expect(list.objects).toEqual([objects[0], objects[1], wild]);
    expect(list.problem).toBe(
      `kmalloc-64: slab: ${hex(own.slab)} invalid freepointer: ${hex(wild + BigInt(cache.freeOffset))}`,
    );
  });

  test('a free list that runs in a circle ends, and names the object that came twice', () => {
    const { cache, own, objects } = cpuSlabOf('kmalloc-64');
    const at = plus(objects[2]!, cache.freeOffset);
    const target = patchedTarget('kd61-null', [
      { at, value: encode(objects[0]!, cache.random!, at) },
    ]);
    const list = walkFreelist(target, cache, own.freelist, own.slab);
    expect(list.objects).toEqual(objects.slice(0, 3));
    expect(list.problem).toBe(
      `kmalloc-64: slab: ${hex(own.slab)} duplicate freelist object: ${hex(objects[0]!)}`,
    );
  });

  test('objects of a slab whose free list is broken are shown all the same', () => {
    const { cache, own, objects } = cpuSlabOf('kmalloc-64');
    const at = plus(objects[1]!, cache.freeOffset);
    const target = patchedTarget('kd61-null', [
      { at, value: encode(0xffffeeee00000000n, cache.random!, at) },
    ]);
    const contents = slabContents(target, cache, readSlab(target, own.slab))!;
    expect(contents.objects.length).toBe(64);
    const free = contents.objects.filter((object) => object.free).map(({ start }) => start);
    expect(free).toEqual(expect.arrayContaining(objects.slice(0, 2)));
    expect(free).not.toContain(objects[2]);
    expect(contents.problems.length).toBe(1);
  });

  test('one bad cache is counted as far as it goes; its neighbours are counted in full', () => {
    const { target: whole, cache, own } = cpuSlabOf('kmalloc-64');
    const partialSlot = plus(own.address, whole.types.member('kmem_cache_cpu', 'partial').offset);
    const target = patchedTarget('kd61-null', [{ at: partialSlot, value: 0xffff898b81000123n }]);
    const bad = countObjects(target, cache);
    expect(bad.problems).toEqual([
      `kmalloc-64: invalid partial list slab pointer: ffff898b81000123`,
    ]);
    expect(bad.usage).toBeDefined();
    const good = findSlabCache(target, 'dentry')!;
    expect(countObjects(target, good)).toEqual(
      countObjects(whole, findSlabCache(whole, 'dentry')!),
    );
  });

  test('a partial list of slabs that points at itself is followed once', () => {
    const { target: whole, cache, own } = cpuSlabOf('kmalloc-64');
    const partialSlot = plus(own.address, whole.types.member('kmem_cache_cpu', 'partial').offset);
    const next = plus(own.slab, whole.types.member('slab', 'next').offset);
    const target = patchedTarget('kd61-null', [
      { at: partialSlot, value: own.slab },
      { at: next, value: own.slab },
    ]);
    const problems: string[] = [];
    const slabs = [
      ...cpuPartialSlabs(target, cache, readCpuSlab(target, cache, own.cpu)!, problems),
    ];
    expect(slabs.map(({ address }) => address)).toEqual([own.slab]);
    expect(problems).toEqual([`kmalloc-64: invalid partial list slab pointer: ${hex(own.slab)}`]);
  });

  test('a node list that was cut into a wild pointer makes the cache uncountable in part, not the command fail', () => {
    const whole = sharedTarget('kd61-null');
    const cache = slabCaches(whole).caches.find((each) =>
      cacheNodes(whole, each).some(({ partialCount }) => partialCount > 1),
    )!;
    const node = cacheNodes(whole, cache)[0]!;
    const first = whole.kernel.pointer(node.partial);
    const target = patchedTarget('kd61-null', [{ at: first, value: 0x123n }]);
    const { usage, problems } = countObjects(target, cache);
    expect(usage?.slabs).toBe(node.slabs);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(`${cache.name}: partial list slab: `);
    expect(problems[0]).toMatch(/ invalid page\.lru\.next: 123$/);
  });

  test('a list of caches that is cut in one place gives all caches, and says where it broke', () => {
    const whole = sharedTarget('kd61-null');
    const { caches } = slabCaches(whole);
    const link = whole.types.member('kmem_cache', 'list').offset;
    const target = patchedTarget('kd61-null', [{ at: plus(caches[9]!.address, link), value: 0n }]);
    const cut = slabCaches(target);
    expect(cut.caches.map(({ name }) => name)).toEqual(caches.map(({ name }) => name));
    expect(cut.problems).toHaveLength(1);
  });

  test('a vmalloc list that is cut in both directions gives the areas before and behind the cuts', () => {
    const whole = sharedTarget('kd61-null');
    const { areas, problem } = vmapAreas(whole);
    expect(problem).toBeUndefined();
    const link = whole.types.member('vmap_area', 'list').offset;
    const target = patchedTarget('kd61-null', [
      { at: plus(areas[20]!.address, link), value: 0x10n },
      { at: plus(areas[30]!.address, link + 8), value: 0x10n },
    ]);
    const cut = vmapAreas(target);
    const expected = [...areas.slice(0, 21), ...areas.slice(30)];
    expect(cut.areas.map(({ address }) => address)).toEqual(expected.map(({ address }) => address));
    expect(cut.problem).toBe('invalid/corrupt vmap_area_list');
  });

  test('zones whose page is not in the dump are missing, the others are there', () => {
    const whole = sharedTarget('x612-gpf');
    const zone = memoryNodes(whole)[0]!.zones[2]!;
    const [node] = memoryNodes(patchedTarget('x612-gpf', [], [zone.address]));
    expect(node!.zones.length).toBeLessThan(5);
    expect(node!.zones.length + node!.problems.length).toBe(5);
    expect(node!.problems[0]).toMatch(
      /^page excluded: kernel virtual address: .* type: "zone buffer"$/,
    );
  });
});
