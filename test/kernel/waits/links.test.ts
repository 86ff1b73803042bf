import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import type { Task } from '../../../src/kernel/task/tasks.ts';
import { linkWaits } from '../../../src/kernel/waits/graph.ts';
import type { Certainty, Holder, Wait } from '../../../src/kernel/waits/types.ts';

/** Tasks that only have what the graph looks at. */
const task = (pid: number): Task =>
  ({ address: va(0xffff_8880_0000_0000n + BigInt(pid) * 0x2000n), pid, comm: `t${pid}` }) as Task;
const held = (pid: number, certainty: Certainty = 'certain'): Holder => ({
  kind: 'task',
  task: task(pid),
  via: 'mutex.owner',
  certainty,
});
const wait = (pid: number, ...holders: readonly Holder[]): Wait => ({
  task: task(pid),
  kind: 'mutex',
  thing: { address: va(0x1000 + pid) },
  waiter: undefined,
  by: 'mutex_lock',
  caller: undefined,
  holders,
  idle: false,
  certainty: 'certain',
  evidence: [],
  since: undefined,
});
const unknown: Holder = { kind: 'unknown', reason: 'nobody says' };
const pids = (tasks: readonly Task[]) => tasks.map(({ pid }) => pid);

describe('waits that are linked', () => {
  test('a task that waits for itself is a circle of one', () => {
    const { cycles, roots } = linkWaits([wait(7, held(7))]);
    expect(cycles.map(({ waits }) => pids(waits.map((each) => each.task)))).toEqual([[7]]);
    expect(roots).toEqual([]);
  });

  test('a circle begins with its lowest pid, counts who waits for it, and is no root', () => {
    const waits = [
      wait(9, held(4)),
      wait(4, held(6)),
      wait(6, held(9)),
      wait(11, held(6)),
      wait(12, held(11)),
    ];
    const { cycles, roots } = linkWaits(waits);
    expect(cycles.map((cycle) => pids(cycle.waits.map((each) => each.task)))).toEqual([[4, 6, 9]]);
    expect(cycles[0]?.victims.map(({ pid }) => pid)).toEqual([11, 12]);
    expect(roots).toEqual([]);
  });

  test('a circle is as certain as its weakest link', () => {
    const { cycles } = linkWaits([wait(1, held(2, 'possible')), wait(2, held(1))]);
    expect(cycles[0]?.certainty).toBe('possible');
  });

  test('roots are ordered by the number of their victims, then by the first of them', () => {
    const { roots } = linkWaits([
      wait(20, held(1)),
      wait(10, held(2)),
      wait(21, held(1)),
      wait(30, held(21)),
      wait(5, held(3)),
    ]);
    expect(
      roots.map(({ subject, victims }) => [
        subject.kind === 'task' ? subject.task.pid : 0,
        pids(victims),
      ]),
    ).toEqual([
      [1, [20, 21, 30]],
      [3, [5]],
      [2, [10]],
    ]);
  });

  test('a task that alone waits for what nobody is known to hold is the root of those who wait for it', () => {
    const { roots } = linkWaits([wait(1, unknown), wait(2, held(1)), wait(3, held(1))]);
    expect(roots).toHaveLength(1);
    expect(roots[0]?.subject).toMatchObject({
      kind: 'task',
      task: { pid: 1 },
      wait: { kind: 'mutex' },
    });
    expect(pids(roots[0]?.victims ?? [])).toEqual([2, 3]);
  });

  test('where several wait for what nobody is known to hold, the thing is the root', () => {
    const shared = { ...wait(1, unknown), thing: { address: va(0x5000) } };
    const other = { ...wait(2, unknown), thing: { address: va(0x5000) } };
    const { roots } = linkWaits([shared, other, wait(3, held(1))]);
    expect(roots.map(({ subject }) => subject.kind)).toEqual(['thing']);
    expect(pids(roots[0]?.victims ?? [])).toEqual([1, 2, 3]);
  });

  test('idle waits are in no circle and are no victims', () => {
    const idle = { ...wait(1, held(2)), idle: true };
    expect(linkWaits([idle, wait(2, held(1))]).cycles).toEqual([]);
    expect(linkWaits([idle]).roots).toEqual([]);
  });

  test('a chain as long as all pids ends without recursion', () => {
    const chain = Array.from({ length: 100_000 }, (_, i) => wait(i + 1, held(i + 2)));
    const { roots, cycles } = linkWaits(chain);
    expect(cycles).toEqual([]);
    expect(roots[0]?.victims).toHaveLength(100_000);
    const ring = [...chain.slice(0, -1), wait(100_000, held(1))];
    expect(linkWaits(ring).cycles[0]?.waits).toHaveLength(100_000);
  });
});
