import { expect, it } from 'vitest';
import { Tally } from '../../src/analyze/checks/check.ts';
import { SlabMemory } from '../../src/analyze/checks/slabs/slab-memory.ts';
import { checkSlabs, slabHeads, slabsCheck } from '../../src/analyze/checks/slabs/slabs.ts';
import { type PAddr, plus, type VAddr, va } from '../../src/base/address.ts';
import { machineCpus } from '../../src/kernel/core/cpus.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { pageToPfn } from '../../src/kernel/mm/sections.ts';
import { slabCaches } from '../../src/kernel/mm/slab/caches.ts';
import { slabMemory } from '../../src/kernel/mm/slab/find.ts';
import { cacheNodes, readCpuSlab } from '../../src/kernel/mm/slab/shares.ts';
import { readSlab, slabMembers } from '../../src/kernel/mm/slab/slab.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import {
  differences,
  findingsOf,
  type Plant,
  physical,
  pick,
  planted,
  plantingIn,
  random,
  word,
} from './plant.ts';

const PLACES = 200;

interface Place {
  readonly address: VAddr;
  readonly was: bigint;
  readonly slab: VAddr;
}

const plantAt = (target: Target, { address, was }: Place, now: bigint, size: 2 | 8 = 8): Plant => ({
  at: physical(target, address),
  bytes: word(now).subarray(0, size),
  address,
  expected: was,
});

/** Slabs with free objects on their own list. */
function* slabs(target: Target): Generator<SlabMemory> {
  const { byAddress } = slabCaches(target);
  for (const head of slabHeads(target, new Tally())) {
    const slab = readSlab(target, head);
    const cache = byAddress.get(slab.cache);
    const pfn = pageToPfn(target, head);
    if (cache && pfn !== undefined && slab.freelist !== 0n)
      yield new SlabMemory(target, cache, slab, slabMemory(target, pfn));
  }
}

/** One free pointer of each slab: of the list's head, or of an object on it. */
function freePointers(target: Target, next: (below: number) => number): Place[] {
  const { freelist } = slabMembers(target);
  return [...slabs(target)].map((slab) => {
    const head = plus(slab.slab.address, freelist);
    const { objects } = slab.chain(slab.slab.freelist, head, () => false);
    const place = next(objects.length + 1) - 1;
    const { address } = slab.slab;
    if (place < 0) return { address: head, was: slab.slab.freelist, slab: address };
    const { at, stored } = slab.pointerOf(objects[place] as number);
    return { address: at, was: stored, slab: address };
  });
}

function counts(target: Target): Place[] {
  const { inuse } = slabMembers(target);
  return [...slabs(target)].map(({ slab }) => ({
    address: plus(slab.address, inuse),
    was: BigInt(slab.inuse),
    slab: slab.address,
  }));
}

/** A cache of a real dump made one with red zones of eight bytes behind each object, all of them as they should be. */
function zoned(target: Target): { sound: { at: PAddr; bytes: Uint8Array }[]; zones: VAddr[] } {
  const cache = slabCaches(target).caches.find(({ name }) => name === 'kmalloc-64');
  if (!cache) throw new Error('no kmalloc-64');
  const object = target.object('kmem_cache', cache.address);
  const size = cache.objectSize - 8;
  const bit = target.types.enumerator('_SLAB_RED_ZONE');
  const flag = bit === undefined ? 0x400 : 2 ** Number(bit);
  const sound = [
    { at: physical(target, object.addressOf('object_size')), bytes: word(BigInt(size), 4) },
    {
      at: physical(target, object.addressOf('flags')),
      bytes: word(BigInt(cache.flags | flag), 4),
    },
    { at: physical(target, object.addressOf('red_left_pad')), bytes: word(0n, 4) },
  ];
  const zones: VAddr[] = [];
  for (const head of slabHeads(target, new Tally())) {
    const slab = readSlab(target, head);
    const pfn = pageToPfn(target, head);
    if (slab.cache !== cache.address || pfn === undefined) continue;
    const memory = new SlabMemory(target, cache, slab, slabMemory(target, pfn));
    const free = new Set(memory.chain(slab.freelist, head, () => false).objects);
    for (const cpu of machineCpus(target)) {
      const own = readCpuSlab(target, cache, cpu);
      if (own?.slab === head)
        for (const each of memory.chain(own.freelist, head, () => false).objects) free.add(each);
    }
    for (let i = 0; i < slab.objects; i++) {
      const zone = plus(memory.objectAt(i), size);
      const bytes = new Uint8Array(8).fill(free.has(i) ? 0xbb : 0xcc);
      sound.push({ at: physical(target, zone), bytes });
      zones.push(zone);
    }
  }
  return { sound, zones };
}

plantingIn('slabs of %s', (dump) => {
  const sound = openTarget(dump);
  const next = random(3);

  it(`a free pointer that is another word, in ${PLACES} slabs`, () => {
    const places = pick(freePointers(sound, next), PLACES, 3);
    const plants = places.map((place) =>
      plantAt(sound, place, (BigInt(next(2 ** 32)) << 32n) | BigInt(next(2 ** 32))),
    );
    const target = planted(dump, plants);
    const found = [...checkSlabs(target, new Tally(), slabHeads(target, new Tally()))];
    // Where two chains may be the rest of a list nothing says which: of most the right one is known.
    const known = new Map(found.map((each) => [each.address as bigint, each.expected]));
    const sure = plants.filter(({ address }) => known.get(address) !== undefined);
    const open = plants.map((each) =>
      known.get(each.address) === undefined ? { ...each, expected: undefined } : each,
    );
    expect(differences(open, found)).toEqual([]);
    expect(sure.length).toBeGreaterThan(plants.length * 0.9);
  });

  it(`a count of objects in use, in ${PLACES} slabs`, () => {
    const plants = pick(counts(sound), PLACES, 4).map((place) =>
      plantAt(sound, place, place.was + (place.was > 0n && next(2) === 0 ? -1n : 1n), 2),
    );
    const target = planted(dump, plants);
    const found = [...checkSlabs(target, new Tally(), slabHeads(target, new Tally()))];
    expect(differences(plants, found)).toEqual([]);
  });

  it(`a byte of a red zone, of ${PLACES} objects`, () => {
    const { sound: base, zones } = zoned(sound);
    const whole = planted(dump, base);
    expect(differences([], findingsOf(whole, slabsCheck))).toEqual([]);
    const plants = pick(zones, PLACES, 5).map((zone) => {
      const address = plus(zone, next(8));
      const was = whole.kernel.u8(address);
      const at = physical(whole, address);
      return { at, bytes: word(BigInt(was ^ (1 << next(8))), 1), address, expected: BigInt(was) };
    });
    const found = findingsOf(planted(dump, [...base, ...plants]), slabsCheck);
    expect(differences(plants, found)).toEqual([]);
  });

  it('the count of partly used slabs of every node', () => {
    const at = sound.types.member('kmem_cache_node', 'nr_partial').offset;
    const plants = slabCaches(sound).caches.flatMap((cache) =>
      cacheNodes(sound, cache).map(({ address, partialCount }) => {
        const place = { address: plus(address, at), was: BigInt(partialCount), slab: va(0) };
        return plantAt(sound, place, BigInt(partialCount + 1 + next(50)));
      }),
    );
    expect(differences(plants, findingsOf(planted(dump, plants), slabsCheck))).toEqual([]);
  });
});
