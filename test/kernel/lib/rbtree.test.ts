import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { walkRbTree } from '../../../src/kernel/lib/rbtree.ts';

const LEFT = 16;
const RIGHT = 8;
const ROOT = va(0x10);

/** A target whose memory holds nothing but the links of a tree: [node, left, right]. */
function treeTarget(top: number, nodes: readonly (readonly [number, number, number])[]): Target {
  const words = new Map<bigint, bigint>([[ROOT, BigInt(top)]]);
  for (const [node, left, right] of nodes) {
    words.set(BigInt(node + LEFT), BigInt(left));
    words.set(BigInt(node + RIGHT), BigInt(right));
  }
  const target = {
    kernel: { pointer: (address: bigint) => va(words.get(address) ?? 0n) },
    layout: () => ({ left: LEFT, right: RIGHT, size: 24 }),
  };
  return target as unknown as Target;
}

describe('a red-black tree', () => {
  test('is walked in order', () => {
    const target = treeTarget(0x200, [
      [0x200, 0x100, 0x400],
      [0x400, 0x300, 0],
    ]);
    expect([...walkRbTree(target, ROOT)]).toEqual([0x100n, 0x200n, 0x300n, 0x400n]);
  });

  test('that is empty has no nodes', () => {
    expect([...walkRbTree(treeTarget(0, []), ROOT)]).toEqual([]);
  });

  test('that loops to the left is refused', () => {
    const target = treeTarget(0x200, [[0x200, 0x200, 0]]);
    expect(() => [...walkRbTree(target, ROOT)]).toThrow('loops at 200');
  });

  test('that loops to the right ends after the nodes that were good', () => {
    const seen: bigint[] = [];
    const target = treeTarget(0x200, [
      [0x200, 0x100, 0x300],
      [0x300, 0, 0x200],
    ]);
    expect(() => {
      for (const node of walkRbTree(target, ROOT)) seen.push(node);
    }).toThrow('loops');
    expect(seen).toEqual([0x100n, 0x200n, 0x300n]);
  });
});
