import { describe, expect, test } from 'vitest';
import { plus, type VAddr, va } from '../../../src/base/address.ts';
import { byStart, lastFrom } from '../../../src/base/sorted.ts';
import { perCpuAddress } from '../../../src/kernel/core/cpus.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { addressMap } from '../../../src/kernel/mm/address-map.ts';
import { pfnToPage } from '../../../src/kernel/mm/sections.ts';
import { slabCacheAt, slabCaches } from '../../../src/kernel/mm/slab/caches.ts';
import { describeAddress, warmDescriptions } from '../../../src/kernel/search/describe-address.ts';
import { structureAt } from '../../../src/kernel/search/structure-at.ts';
import { cpuStacks } from '../../../src/kernel/stacktrace/stacks.ts';
import { taskOfStack } from '../../../src/kernel/stacktrace/task-at.ts';
import { taskStack } from '../../../src/kernel/task/stack.ts';
import { type Task, taskTable } from '../../../src/kernel/task/tasks.ts';
import { addressNote } from '../../../src/output/task/address-notes.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const NAMES = ['kd61-null', 'x61-la57-nx', 'x612-gpf'];
const noteOf = (target: Target, address: bigint): string | undefined => {
  const meaning = describeAddress(target, va(address));
  return meaning && addressNote(meaning).text;
};
const structOf = (target: Target, address: VAddr) => {
  const meaning = describeAddress(target, address);
  return meaning && structureAt(target, meaning);
};
const init = (target: Target) => taskTable(target).tasks.find(({ pid }) => pid === 1)!;

describe.each(NAMES)('an address of %s', needsDumps, (name) => {
  const target = () => sharedTarget(name);

  test('in code and data is a symbol with a distance', () => {
    expect(noteOf(target(), target().symbol('schedule') + 0x12n)).toBe('schedule+0x12');
    expect(noteOf(target(), target().symbol('init_task'))).toBe('init_task');
  });
  test("of a module's code names the module", () => {
    const [module] = target().symbols.modules;
    const symbol = [...module!.all()].find(({ type }) => type === 't')!;
    const note = noteOf(target(), symbol.address + 1n);
    expect(note).toMatch(/^\S+\+0x1 \[\w+\]$/);
    expect(note).toContain(`[${module!.name}]`);
  });
  test('in a task_struct is that task, also behind its beginning', () => {
    const { address, comm } = init(target());
    expect(noteOf(target(), address)).toBe(`task_struct of 1 (${comm})`);
    expect(noteOf(target(), address + 0x10n)).toBe(`task_struct+0x10 of 1 (${comm})`);
    expect(structOf(target(), plus(address, 0x10))).toEqual({ type: 'task_struct', address });
  });
  test("on a task's stack is the stack of that task, to its last byte", () => {
    for (const task of taskTable(target()).tasks.slice(0, 20)) {
      const { base, top } = taskStack(target(), task)!;
      for (const at of [base, plus(top, -1)])
        expect(describeAddress(target(), at)).toMatchObject({ kind: 'stack', task });
      expect(taskOfStack(target(), top)).not.toBe(task);
    }
  });
  test("on a CPU's own stack is that stack", () => {
    for (const stack of cpuStacks(target(), 1)) {
      expect(noteOf(target(), stack.base + 8n)).toBe(`${stack.name} of cpu 1`);
    }
  });
  test('of per-CPU memory is the variable and the CPU', () => {
    const address = perCpuAddress(target(), 'runqueues', 1);
    expect(noteOf(target(), address + 0x18n)).toBe('runqueues+0x18 of cpu 1');
    expect(structOf(target(), plus(address, 0x18))).toEqual({ type: 'rq', address });
  });
  test('of a page struct is the page of a frame, also inside it', () => {
    const page = pfnToPage(target(), 0x1000)!;
    expect(noteOf(target(), page)).toBe('page of 1000000');
    expect(noteOf(target(), page + 8n)).toBe('page+0x8 of 1000000');
    expect(structOf(target(), plus(page, 8))).toEqual({ type: 'page', address: page });
  });
  test('in a slab is the cache, and the type where the cache tells', () => {
    const { address } = init(target());
    const dentry = target().object('task_struct', address).follow('fs')!.pointer('root.dentry');
    expect(noteOf(target(), dentry)).toBe('[dentry]');
    expect(noteOf(target(), dentry + 4n)).toBe('[dentry]+0x4');
    expect(structOf(target(), plus(dentry, 4))).toEqual({ type: 'dentry', address: dentry });
    const files = target().object('task_struct', address).pointer('files');
    expect(structOf(target(), files)).toEqual({ type: 'files_struct', address: files });
  });
  test('that is a number, a user address or not mapped is nothing', () => {
    const { vmalloc, direct } = addressMap(target());
    for (const address of [
      0n,
      0x31980n,
      0x7f638ffec000n,
      vmalloc.start + (1n << 40n),
      direct.start - 8n,
    ])
      expect(noteOf(target(), address)).toBeUndefined();
    expect(noteOf(target(), -1n)).toBeUndefined();
  });
  test('can be described when everything has been warmed', () => {
    for (const _ of warmDescriptions(target()));
    expect(noteOf(target(), init(target()).address)).toMatch(/^task_struct of 1 /);
  });
});

test('the structure of a slab cache is no larger than its objects', needsDumps, () => {
  const target = sharedTarget('x612-gpf');
  const types = new Map<string, string | undefined>();
  for (const cache of slabCaches(target).caches) {
    const object = va(0xffff888000000000n);
    const type = structureAt(target, { kind: 'slab', cache, object, offset: 0 })?.type;
    types.set(cache.name, type);
    if (type === undefined || type === cache.name) continue;
    expect(target.types.sizeof(type)).toBeLessThanOrEqual(cache.objectSize);
  }
  expect(types.get('filp')).toBe('file');
  expect(types.get('ext4_inode_cache')).toBe('ext4_inode_info');
  expect(types.get('task_struct')).toBe('task_struct');
  expect(types.get('msg_msg-64')).toBe('msg_msg');
  expect(types.get('msg_msg-32')).toBeUndefined();
  expect(types.get('kmalloc-64')).toBeUndefined();
  expect([...types.values()].filter(Boolean).length).toBeGreaterThan(80);
});

test('a slab cache read by itself is the one of the list', needsDumps, () => {
  const target = sharedTarget('x61-hang');
  const { address } = init(target);
  const described = describeAddress(target, address);
  const bySelf = slabCacheAt(target, target.kernel.pointer(target.symbol('kmem_cache')));
  expect(bySelf?.name).toBe('kmem_cache');
  expect(slabCaches(target).byAddress.get(bySelf!.address)).toEqual(bySelf);
  expect(describeAddress(target, address)).toEqual(described);
  expect(slabCacheAt(target, va(0x1000))).toBeUndefined();
});

test('the last item that begins at or before an address is found', () => {
  const items = [30n, 10n, 20n].sort(byStart((item) => item));
  const found = [9n, 10n, 19n, 20n, 99n].map((at) => lastFrom(items, at, (item) => item));
  expect(found).toEqual([undefined, 10n, 10n, 20n, 30n]);
});

test('a name from the dump cannot act on a terminal', () => {
  const task = { pid: 7, comm: 'a\x1b[2Jb' } as Task;
  expect(addressNote({ kind: 'task', task, offset: 0 }).text).toBe('task_struct of 7 (a\\x1b[2Jb)');
});
