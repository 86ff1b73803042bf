import { describe, expect, test } from 'vitest';
import { mutexDeadlock } from '../../../dumps/incidents/mutex-deadlock.ts';
import { timeline } from '../../../src/kernel/timeline/timeline.ts';
import { cpuPicture, PICTURE_COLUMNS } from '../../../src/output/system/cpu-picture.ts';
import { answer, openBytes } from '../../dumps/open-image.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const SECOND = 1_000_000_000n;

describe('the last seconds of real dumps', needsDumps, () => {
  test.each(['x61-hang', 'x612-gpf', 'kd61-null'])(
    '%s: events lie in the window, by time',
    (name) => {
      const { events, from, to } = timeline(sharedTarget(name), 5n * SECOND);
      expect(to - from).toBe(5n * SECOND);
      expect(events.length).toBeGreaterThan(10);
      expect(events.every(({ at }) => at >= from && at <= to)).toBe(true);
      const times = events.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    },
  );

  test('a machine that was running has no timer that was due long ago', () => {
    const { events } = timeline(sharedTarget('x61-hang'), 60n * SECOND);
    expect(events.filter(({ source }) => source === 'timer')).toEqual([]);
  });

  test('the task that a CPU had at the end runs up to the end', () => {
    const { cpus, to } = timeline(sharedTarget('x61-hang'), 5n * SECOND);
    const last = cpus[1]?.runs.find(({ atEnd }) => atEnd);
    expect(last).toMatchObject({ comm: 'wl-spin', to });
    expect(cpus[1]?.current?.comm).toBe('wl-spin');
  });

  test('a time in jiffies is converted to the clock of the log, to a tick', () => {
    // rcu_preempt runs when it notes its activity: the same moment by two clocks.
    const { events } = timeline(sharedTarget('x61-hang'), 5n * SECOND);
    const noted = events.find(({ text }) => text.includes('was active last'));
    const ran = events.find(({ text }) => text.startsWith('rcu_preempt runs'));
    expect(noted?.precision).toBe(4_000_000n);
    const apart = (noted?.at ?? 0n) - (ran?.at ?? 0n);
    expect(apart < 8_000_000n && apart > -8_000_000n).toBe(true);
  });
});

test('messages of one moment stay in the order of the log', () => {
  const { events } = timeline(openBytes(mutexDeadlock.build().kdump()), 5n * SECOND);
  const texts = events.filter(({ source }) => source === 'log').map(({ text }) => text);
  const told = mutexDeadlock.build().log.filter(({ at }) => at > 361.82);
  expect(texts).toEqual(told.map(({ text }) => text));
});

describe('the picture of CPUs', () => {
  const cpu = { cpu: 0, clock: 50n, current: undefined };
  const runs = [
    { pid: 1, comm: 'a', from: -20n, to: 10n, atEnd: false },
    { pid: 2, comm: 'b', from: 80n, to: 99n, atEnd: true },
  ];

  test('marks runs, the last task and the stop of the clock in their columns', () => {
    const [row] = cpuPicture({ from: 0n, to: 100n, cpus: [{ ...cpu, runs }] });
    expect(row).toBe(`  0 |#######${'.'.repeat(23)}!${'.'.repeat(17)}${'='.repeat(12)}|`);
  });

  test('is as wide for a window without length, and for a clock that stopped before it', () => {
    const rows = cpuPicture({ from: 70n, to: 70n, cpus: [{ ...cpu, runs: [] }] });
    expect(rows).toEqual([`  0 |!${'.'.repeat(PICTURE_COLUMNS - 1)}|`]);
  });
});

test('timeline refuses a source that there is not, and shows those that are asked for', async () => {
  const target = openBytes(mutexDeadlock.build().kdump());
  expect(await answer(target, 'timeline -s disk')).toEqual([
    'timeline: invalid source: disk (known: log scheduler timer rcu block workqueue)',
  ]);
  const rows = await answer(target, 'timeline -s scheduler');
  expect(rows.some((row) => row.includes('  log  '))).toBe(false);
  expect(rows.filter((row) => row.includes('  scheduler  '))).toHaveLength(2);
});
