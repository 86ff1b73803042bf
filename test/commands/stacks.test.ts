import { describe, expect, test } from 'vitest';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import { stackGroups } from '../../src/kernel/stacktrace/stack-groups.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import { answer } from '../dumps/open-image.ts';
import { needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';

describe('stacks of a real dump', needsDumps, () => {
  const all = () => stackGroups(sharedTarget('x61-hang'), () => true);

  test('hold every task once, in as many groups as there are different chains of functions', () => {
    const { tasks } = taskTable(sharedTarget('x61-hang'));
    const { groups, without, unread } = all();
    const grouped = groups.flatMap((group) => group.tasks);
    expect(new Set(grouped.map(({ address }) => address)).size).toBe(grouped.length);
    expect(grouped.length + without).toBe(tasks.length);
    expect(unread).toBe(0);
    const chains = groups.map(({ functions }) => functions.map(({ symbol }) => symbol).join(' '));
    expect(new Set(chains).size).toBe(chains.length);
  });

  test('are those that bt unwinds', () => {
    const target = sharedTarget('x61-hang');
    for (const { functions, tasks } of all().groups) {
      const [task] = tasks;
      if (!task || task.pid === 0) continue;
      const frames = backtrace(target, task)?.frames.filter(({ index }) => index !== undefined);
      const listed = frames?.map(({ symbol }) => symbol);
      expect(functions.slice(0, listed?.length).map(({ symbol }) => symbol)).toEqual(listed);
    }
  });

  test('come with the most frequent first', () => {
    const counts = all().groups.map(({ tasks }) => tasks.length);
    expect(counts.slice(0, 3)).toEqual([20, 14, 11]);
    expect(counts).toEqual([...counts].sort((a, b) => b - a));
  });

  test('are chosen by state, function and module together', async () => {
    const target = sharedTarget('x61-hang');
    const say = async (line: string) => (await answer(target, line)).join('\n');
    expect(await say('stacks -s UN')).toMatch(/^1 task, UN:\n {2}\d+ wl-vfork\n/);
    expect(await say('stacks -s UN -f worker_thread')).toBe('0 different stacks of 0 tasks');
    expect(await say("stacks -f '^kjournald2$'")).toMatch(/1 stack of 1 task$/);
    expect(await say('stacks -m faulty')).toMatch(/^0 different stacks/);
    expect(await say('stacks -s QQ')).toBe(
      'stacks: invalid state: QQ (known: RU IN UN ST TR ZO DE PA WA ID NE SW)',
    );
  });
});
