import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { dumpPath, needsDumps } from '../kernel/shared-dumps.ts';
import { run, without } from './one-page.ts';

/** Frames of kd61-null by what lies on them. */
const FRAME = {
  task156: 0x24f4,
  moduleLoop: 0x17d2d,
  moduleFirst: 0x2f50e,
  perCpuOffsets: 0x1779c,
  mm157: 0x1057,
  vmas157: 0x2fefa,
  directPte: 0x173fe,
  directPmd: 0x18c02,
  names: (0x17574d18 + 0x80000) >> 12,
  types: (0x17835fc0 + 0x100000) >> 12,
  slab: 0x11ec,
  vmallocTable: 0x2ff61,
};

async function on(missing: number | undefined, line: string) {
  const dump = openDump([dumpPath('kd61-null/vmcore')]);
  const answer = await run(without(dump, missing), line);
  dump.close();
  return { ...answer, text: answer.lines.join('\n') };
}
/** As on the whole dump, but for remarks. */
async function same(missing: number, line: string) {
  const whole = await on(undefined, line);
  const part = await on(missing, line);
  expect(part.lines.filter((each) => !/^(NOTE|WARNING):/.test(each))).toEqual(whole.lines);
}

describe('what is not in the dump', needsDumps, () => {
  test('a task whose page is absent is counted, named and told from one that never was', async () => {
    const ps = await on(FRAME.task156, 'ps');
    expect(ps.outcome).toBe('failed');
    expect(ps.text).toMatch(/^ps: task 156 ffff898b824f4180 is missing: page excluded/m);
    expect((await on(FRAME.task156, 'sys')).text).toContain('TASKS: 80');
    for (const line of ['bt 156', 'files 156', 'vm 156', 'set 156'])
      expect((await on(FRAME.task156, line)).text).toContain('task 156 is missing: page excluded');
    expect((await on(FRAME.task156, 'bt 9999')).text).toContain('invalid task or pid value: 9999');
  });

  test.each([
    ['in the middle', FRAME.moduleLoop],
    ['at the front', FRAME.moduleFirst],
  ])('a module %s of the list costs itself alone', async (_, frame) => {
    const { lines, outcome } = await on(frame, 'mod');
    expect(lines.filter((line) => /^ffffffffc0/.test(line)).length).toBeGreaterThanOrEqual(18);
    expect(outcome).toBe('failed');
  });

  test('without the per-CPU offsets the panic task is still known, by the log', async () => {
    expect((await on(FRAME.perCpuOffsets, 'set')).text).toContain('PID: 184');
  });

  test('memory that cannot be read is unknown, not 0', async () => {
    const { text, outcome } = await on(FRAME.mm157, 'ps 157');
    expect(text).toMatch(/-\s+-\s+-\s+wl-mmaps/);
    expect(outcome).toBe('failed');
  });

  test('areas on a page that is missing cost themselves alone', async () => {
    const { lines, outcome } = await on(FRAME.vmas157, 'vm 157');
    expect(lines.filter((line) => /^ffff898b\S+ +[0-9a-f]+ +[0-9a-f]+ /.test(line)).length).toBe(
      10,
    );
    expect(outcome).toBe('failed');
  });

  test.each([
    ['a table of pages', FRAME.directPte],
    ['a table of tables', FRAME.directPmd],
  ])('%s of the direct map is replaced by arithmetic, and that is said', async (_, frame) => {
    await same(frame, 'ps');
    expect((await on(frame, 'ps')).text).toContain(
      'NOTE: page tables of the direct map are missing',
    );
  });

  test('a page of names costs the names on it', async () => {
    const { lines } = await on(FRAME.names, 'bt');
    expect(lines.filter((line) => /^ *#\d+ \[/.test(line)).length).toBeGreaterThanOrEqual(10);
  });

  test('a page of types costs the types behind it', async () => {
    await same(FRAME.types, 'kmem -s kmalloc-512');
    expect((await on(FRAME.types, 'struct nosuch')).text).not.toContain('internal error');
  });

  test('a free list that is cut off leaves the count unknown, and is not called corrupt', async () => {
    const { text, outcome } = await on(FRAME.slab, 'kmem -s kmalloc-512');
    expect(text).not.toContain('invalid freepointer');
    expect(text).toContain('the rest of its freelist is missing: page excluded');
    expect(outcome).toBe('failed');
  });

  test('memory whose page table is missing is not called unmapped', async () => {
    const { text } = await on(FRAME.vmallocTable, 'rd ffffcca90048bde0');
    expect(text).toContain('page table missing: kernel virtual address: ffffcca90048bde0');
  });
});
