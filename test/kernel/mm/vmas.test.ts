import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import { CrashError } from '../../../src/base/errors.ts';
import { LossLog } from '../../../src/kernel/core/losses.ts';
import { fileName } from '../../../src/kernel/fs/paths.ts';
import { findVma, vmaFileName, vmaFileOffset, walkVmas } from '../../../src/kernel/mm/vmas.ts';
import { taskTable } from '../../../src/kernel/task/tasks.ts';
import { patchedTarget } from '../patched-dump.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const ALL = ['kd61-null', 'x61-hwpoison-1g', 'x61-la57-nx', 'x612-gpf', 'x61-hang'];

describe.each(ALL)('mappings of %s', needsDumps, (name) => {
  test('are as many as every mm_struct counts, ascend, and are found from both their ends', () => {
    const target = sharedTarget(name);
    const spaces = new Set(
      taskTable(target)
        .tasks.map(({ mm }) => mm)
        .filter((mm) => mm !== 0n),
    );
    expect(spaces.size).toBeGreaterThan(10);
    for (const mm of spaces) {
      const vmas = [...walkVmas(target, mm)];
      expect(vmas).toHaveLength(target.object('mm_struct', mm).num('map_count'));
      let end = 0n;
      for (const vma of vmas) {
        expect(vma.start).toBeGreaterThanOrEqual(end);
        end = vma.end;
        expect(findVma(target, mm, vma.start)?.address).toBe(vma.address);
        expect(findVma(target, mm, va(vma.end - 1n))?.address).toBe(vma.address);
      }
      expect(findVma(target, mm, va(end))?.start ?? end).toBe(end);
      expect(findVma(target, mm, va(0))).toBeUndefined();
    }
  });

  test('init runs /bin/busybox, mapped from its first byte', () => {
    const target = sharedTarget(name);
    const init = taskTable(target).tasks.find(({ pid }) => pid === 1)!;
    const vma = findVma(target, init.mm, va(0x400000))!;
    expect(vmaFileName(target, vma)).toBe('/bin/busybox');
    expect(vmaFileOffset(target, vma, va(0x400123))).toBe(0n);
    const exe = target.object('mm_struct', init.mm).pointer('exe_file');
    expect(fileName(target, exe)).toBe('/bin/busybox');
  });
});

describe('a damaged maple tree', needsDumps, () => {
  const name = 'kd61-null';
  const mmOf = (pid: number) =>
    taskTable(sharedTarget(name)).tasks.find((task) => task.pid === pid)!.mm;
  const rootOf = (mm: bigint) => {
    const tree = sharedTarget(name).object('mm_struct', va(mm)).addressOf('mm_mt');
    return sharedTarget(name).object('maple_tree', tree).pointer('ma_root');
  };

  test('whose node points at itself ends', () => {
    const mm = mmOf(157);
    const root = rootOf(mm);
    const node = root & ~0xffn;
    const slot = node + BigInt(sharedTarget(name).types.member('maple_arange_64', 'slot').offset);
    const target = patchedTarget(name, [{ at: slot, value: root & ~2n }]);
    const walk = () => [...walkVmas(target, va(mm))];
    try {
      expect(walk().length).toBeLessThan(10_000);
    } catch (error) {
      expect(error).toBeInstanceOf(CrashError);
    }
  });

  test('of an unknown node type is a loss with the address', () => {
    const mm = mmOf(157);
    const tree = sharedTarget(name).object('mm_struct', va(mm)).addressOf('mm_mt');
    const root = tree + BigInt(sharedTarget(name).types.member('maple_tree', 'ma_root').offset);
    const target = patchedTarget(name, [{ at: root, value: (rootOf(mm) & ~0x78n) | (9n << 3n) }]);
    const lost = new LossLog();
    expect(target.losses.during(lost, () => [...walkVmas(target, va(mm))])).toEqual([]);
    expect(lost.losses).toEqual([
      expect.objectContaining({ reason: expect.stringMatching(/maple node [0-9a-f]+ has type 9/) }),
    ]);
  });
});
