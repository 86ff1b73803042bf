import { describe, expect, it } from 'vitest';
import { withPages } from '../../dumps/other-pages.ts';
import type { Check, Finding } from '../../src/analyze/checks/check.ts';
import { Tally } from '../../src/analyze/checks/check.ts';
import { type PAddr, pa, type VAddr } from '../../src/base/address.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { dumpPath, haveDumps, needsDumps } from '../kernel/shared-dumps.ts';

/** Bytes of a dump that are other than they were, in one place. */
export interface Plant {
  readonly at: PAddr;
  readonly bytes: Uint8Array;
  /** The address that a finding must have, and what must stand there; undefined: nothing says it. */
  readonly address: VAddr;
  readonly expected: bigint | undefined;
}

/** Numbers that look random, the same for the same seed: mulberry32. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x = (x + Math.imul(x ^ (x >>> 7), x | 61)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Some of a list, each once, in the order of the list; all where there are no more. */
export function pick<T>(from: readonly T[], count: number, seed: number): T[] {
  const next = random(seed);
  const places = new Set<number>();
  while (places.size < Math.min(count, from.length)) places.add(next(from.length));
  return [...places].sort((a, b) => a - b).map((i) => from[i] as T);
}

export function word(value: bigint, size: 1 | 4 | 8 = 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
  return bytes.subarray(0, size);
}

/** A dump with plants in its memory: the file is as it was. */
export function planted(dump: Dump, plants: readonly { at: PAddr; bytes: Uint8Array }[]): Target {
  const { memory } = dump;
  const changes = new Map<number, { at: number; bytes: Uint8Array }[]>();
  for (const { at, bytes } of plants) {
    const pfn = Number(at >> 12n);
    const list = changes.get(pfn) ?? [];
    list.push({ at: Number(at & 0xfffn), bytes });
    changes.set(pfn, list);
  }
  return openTarget(
    withPages(dump, {
      readPage(pfn, page) {
        const status = memory.readPage(pfn, page);
        for (const { at, bytes } of changes.get(pfn) ?? []) page.set(bytes, at);
        return status;
      },
    }),
  );
}

export const findingsOf = (target: Target, ...checks: readonly Check[]): Finding[] =>
  checks.flatMap((check) => [...check.run(target, new Tally())]);

/** What was planted and not found as it should be, and what was found where nothing was planted, as lines. */
export function differences(plants: readonly Plant[], findings: readonly Finding[]): string[] {
  const found = new Map(findings.map((each) => [each.address as bigint, each]));
  const lines: string[] = [];
  for (const { address, expected } of plants) {
    const own = found.get(address);
    if (!own) lines.push(`${address.toString(16)} was not found`);
    else if (expected !== undefined && own.expected !== expected)
      lines.push(
        `${address.toString(16)}: expected ${expected.toString(16)}, said ${own.expected?.toString(16)}: ${own.text}`,
      );
    found.delete(address);
  }
  for (const [address, { text }] of found) lines.push(`${address.toString(16)}: ${text}`);
  return lines;
}

/** The physical address of a kernel address. */
export function physical(target: Target, address: VAddr): PAddr {
  const found = target.kernel.translate(address);
  if (found === undefined) throw new Error(`${address.toString(16)} is not mapped`);
  return pa(found);
}

/**
 * A suite for each real dump that faults are planted in. One that is skipped is collected all the same: without the dumps it has a
 * test in place of its own.
 */
export function plantingIn(title: string, suite: (dump: Dump) => void): void {
  describe.each(['x61-hang/vmcore.elf', 'x612-gpf/vmcore'])(title, needsDumps, (name) => {
    if (haveDumps) suite(openDump([dumpPath(name)]));
    else it('finds what is planted', () => expect(haveDumps).toBe(true));
  });
}
