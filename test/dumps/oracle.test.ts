import { describe, expect, test } from 'vitest';
import { type BuiltImage, defineImage } from '../../dumps/build/image.ts';
import { images } from '../../dumps/index.ts';
import { va } from '../../src/base/address.ts';
import { latin1 } from '../../src/base/bytes.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { memoryNodes } from '../../src/kernel/mm/nodes.ts';
import { slabCaches } from '../../src/kernel/mm/slab/caches.ts';
import { countObjects } from '../../src/kernel/mm/slab/usage.ts';
import { vmaFileName, walkVmas } from '../../src/kernel/mm/vmas.ts';
import { moduleList } from '../../src/kernel/modules.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { readLog } from '../../src/kernel/printk/log.ts';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import { moduleTaints } from '../../src/kernel/taints.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import { openBytes } from './open-image.ts';
import { variations } from './variations.ts';

/** The spec that made an image says what must be read out of it. */
describe.each([...images, ...variations].map((image) => [image.name, image] as const))(
  '%s',
  (_, image) => {
    let opened: { built: BuiltImage; target: Target } | undefined;
    const open = () => {
      if (!opened) {
        const built = image.build();
        opened = { built, target: openBytes(built.kdump()) };
      }
      return opened;
    };

    test('opens without a warning', () => {
      const { target } = open();
      expect(target.warnings).toEqual([]);
      expect(taskTable(target).missing).toEqual([]);
      expect(slabCaches(target).problems).toEqual([]);
    });

    test('every task is found with what it was given', () => {
      const { built, target } = open();
      const told = [...built.story.tasks.built.values()].map(({ address, spec, cpu }) => ({
        address,
        pid: spec.pid,
        comm: spec.comm,
        cpu,
      }));
      const found = taskTable(target).tasks.map(({ address, pid, comm, cpu }) => ({
        address: BigInt(address),
        pid,
        comm,
        cpu,
      }));
      const order = (a: { address: bigint }, b: { address: bigint }) =>
        a.address < b.address ? -1 : 1;
      expect(found.sort(order)).toEqual(told.sort(order));
    });

    test('every stack unwinds to the frames that were written', () => {
      const { built, target } = open();
      for (const { address, stack, spec } of built.story.tasks.built.values()) {
        const task = taskTable(target).byAddress.get(va(address));
        if (!task) throw new Error(`${spec.comm} is not in the table`);
        const frames = backtrace(target, task)?.frames ?? [];
        const found = frames.map(({ ip }) => BigInt(ip));
        expect(frames.filter(({ by }) => by !== 'start' && by !== 'orc')).toEqual([]);
        const told = stack.frames.map(({ ip }) => ip);
        // Where a CPU went on to the dump kernel is behind the place at which a trace begins.
        expect(found, spec.comm).toEqual(told.slice(stack.registers ? 1 : 0));
      }
    });

    test('every module shows the taints that it was given', () => {
      const { built, target } = open();
      const letters = (taints: number) =>
        [...'PFSRMBUDAWCIOE'].filter((_, bit) => (taints >> bit) & 1).join('');
      const told = [...built.story.modules.values()].map(
        ({ spec }) => [spec.name, letters(spec.taints ?? 0)] as const,
      );
      const found = moduleList(target).modules.map(
        (module) => [module.name, moduleTaints(target, module)] as const,
      );
      expect(new Map(found)).toEqual(new Map(told));
    });

    test('the log says what was written', () => {
      const { built, target } = open();
      const found = [...readLog(target)].map((record) =>
        'text' in record ? latin1(record.text) : record,
      );
      expect(found).toEqual(built.log.map(({ text }) => text));
    });

    test('every slab cache has as many objects as were allocated', () => {
      const { built, target } = open();
      const { caches } = slabCaches(target);
      expect(caches.map(({ name }) => name).sort()).toEqual(
        [...built.story.kernel.slabs.caches.keys()].sort(),
      );
      for (const cache of caches) {
        const told = built.story.kernel.slabs.cache(cache.name);
        const { usage, problems } = countObjects(target, cache);
        expect({ name: cache.name, usage, problems }).toEqual({
          name: cache.name,
          usage: {
            allocated: told.allocated,
            total: told.slabs.length * told.objects,
            slabs: told.slabs.length,
          },
          problems: [],
        });
      }
    });

    test('every mapping is found in order, with its file', () => {
      const { built, target } = open();
      for (const { mm } of built.story.tasks.built.values()) {
        if (!mm) continue;
        const found = [...walkVmas(target, va(mm.address))].map((vma) => ({
          start: BigInt(vma.start),
          end: BigInt(vma.end),
          file: vmaFileName(target, vma),
        }));
        expect(found).toEqual(
          mm.spec.vmas.map(({ start, end, file = '' }) => ({ start, end, file })),
        );
      }
    });

    test('user pages are where the page tables say', () => {
      const { built, target } = open();
      for (const { mm } of built.story.tasks.built.values()) {
        for (const [at, frame] of mm?.frames ?? []) {
          const space = target.userSpace(BigInt(mm?.tables.root ?? 0) as never);
          expect(space.translate(va(at))).toBe(BigInt(frame));
        }
      }
    });

    test('every symbol has the address that it was given', () => {
      const { built, target } = open();
      for (const { name, address, type } of built.story.kernel.machine.symbols) {
        if (type === 'skip') continue;
        const found = target.symbols.kernel.allNamed(name).map((symbol) => BigInt(symbol.address));
        expect(found, name).toContain(address);
      }
    });

    test('the free pages are those that were not allocated', () => {
      const { built, target } = open();
      const zones = memoryNodes(target).flatMap((node) => node.zones);
      const free = zones.reduce((sum, { freePages }) => sum + freePages, 0);
      const present = zones.reduce((sum, { presentPages }) => sum + presentPages, 0);
      expect({ free, present }).toEqual({
        free: built.pages.freePages,
        present: built.pages.totalPages,
      });
    });

    test('the task that panicked is on the CPU that panicked', () => {
      const { built, target } = open();
      const { panicCpu } = image.spec.globals;
      const told = panicCpu === undefined ? undefined : built.story.tasks.current(panicCpu).address;
      expect(panicTask(target)?.address).toBe(told);
    });

    test('it is built the same each time', () => {
      const { built } = open();
      expect(Buffer.compare(built.kdump(), defineImage(image.spec).build().kdump())).toBe(0);
    });
  },
);

describe('containers', () => {
  const built = images.find(({ name }) => name === 'healthy')?.build();
  const pids = (target: Target) => taskTable(target).tasks.map(({ pid, comm }) => `${pid} ${comm}`);
  const told = built ? pids(openBytes(built.kdump())) : [];

  test.each(['raw', 'zlib', 'lzo', 'snappy', 'zstd'] as const)(
    'the same machine in %s pages',
    (packing) => {
      expect(pids(openBytes(built?.kdump({ packing }) ?? new Uint8Array(0)))).toEqual(told);
    },
  );
  test('the same machine in an ELF core', () => {
    expect(pids(openBytes(built?.elf() ?? new Uint8Array(0)))).toEqual(told);
  });
  test('the same machine in three parts', () => {
    const parts = [0, 0x200, 0x1500, 0x4000].map((start, i, all) => ({
      start,
      end: all[i + 1] ?? 0,
    }));
    const files = parts.slice(0, 3).map((split) => built?.kdump({ split }) ?? new Uint8Array(0));
    expect(pids(openBytes(...files))).toEqual(told);
  });
  test('dump level 31 leaves user pages out, level 1 does not', () => {
    const frames = [...(built?.story.task(731).mm?.frames.values() ?? [])];
    for (const [level, status] of [
      [31, 'excluded'],
      [1, 'present'],
    ] as const) {
      const target = openBytes(built?.kdump({ level }) ?? new Uint8Array(0));
      for (const frame of frames)
        expect(target.memory.physical.cache.status(frame / 4096)).toBe(status);
    }
  });
});
