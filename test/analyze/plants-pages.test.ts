import { expect, it } from 'vitest';
import { pagesCheck } from '../../src/analyze/checks/pages.ts';
import { plus, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { freeBlocks, freeLists } from '../../src/kernel/mm/buddy.ts';
import { memoryNodes } from '../../src/kernel/mm/nodes.ts';
import { pageLayout } from '../../src/kernel/mm/pages.ts';
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

/** Page structs at the heads of free blocks. */
const heads = (target: Target): VAddr[] =>
  memoryNodes(target).flatMap(({ zones }) =>
    zones
      .filter(({ spannedPages }) => spannedPages > 0)
      .flatMap((zone) =>
        [...freeLists(target, zone)].flatMap((list) => [...freeBlocks(target, list)]),
      ),
  );

plantingIn('free pages of %s', (dump) => {
  const sound = openTarget(dump);
  const next = random(9);
  const layout = pageLayout(sound);
  const order = sound.types.member('page', 'private').offset;
  const link = (sound.types.findMember('page', 'buddy_list') ?? sound.types.member('page', 'lru'))
    .offset;

  /** Changes a member of some heads, and looks. */
  function changed(
    offset: number,
    size: 4 | 8,
    now: (was: bigint) => bigint,
    heads: VAddr[],
  ): void {
    const plants = heads.map((page): Plant => {
      const address = plus(page, offset);
      const was = size === 4 ? BigInt(sound.kernel.u32(address)) : sound.kernel.u64(address);
      const bytes = word(now(was), 8).subarray(0, size);
      return { at: physical(sound, address), bytes, address, expected: was };
    });
    expect(plants.length).toBeGreaterThan(30);
    expect(differences(plants, findingsOf(planted(dump, plants), pagesCheck))).toEqual([]);
  }

  const some = (seed: number): VAddr[] => pick(heads(sound), PLACES, seed);
  it('an order', () => changed(order, 8, (was) => was + BigInt(1 + next(9)), some(1)));
  it('a reference count', () => changed(layout.count, 4, () => BigInt(1 + next(1000)), some(2)));
  it('a flag', () => changed(layout.flags, 8, (was) => was | 1n, some(3)));
  it('prev of a list, of each third block', () =>
    changed(
      link + 8,
      8,
      () => 0xffff_8880_0000_0000n + BigInt(next(2 ** 20) * 8),
      heads(sound)
        .filter((_, i) => i % 3 === 0)
        .filter((page, i, all) => all.indexOf(page) === i && i < PLACES),
    ));
});
