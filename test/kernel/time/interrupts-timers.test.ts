import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sbitmapQueue } from '../../../src/kernel/lib/sbitmap.ts';
import {
  highResolutionTimers,
  jiffies,
  timerBase,
  timerBaseCount,
} from '../../../src/kernel/time/timers.ts';
import { open } from '../../../src/library.ts';
import { timerBaseLines } from '../../../src/output/system/timer-lines.ts';
import { rangeText } from '../../../src/output/text/ranges.ts';
import { dumpPath, expectedPath, needsDumps, sharedTarget } from '../shared-dumps.ts';

test('CPUs are written as ranges', () => {
  expect(rangeText([])).toBe('');
  expect(rangeText([0, 1, 2, 5, 7, 8])).toBe('0-2,5,7-8');
});

test('a timer wheel without timers says so, and an overdue timer is negative', () => {
  const base = { cpu: 0, index: 1, address: 0xffff888000001000n as never, timers: [] };
  expect([...timerBaseLines(base, 100n, 10)]).toEqual([
    'TIMER_BASES[0][BASE_DEF]: ffff888000001000',
    '  (none)',
  ]);
  const timers = [90n, 1234n].map((expires) => ({
    address: 0xffff888000002000n as never,
    expires,
    handler: 0xffffffff81000000n as never,
    function: { symbol: 'f', offset: 0 },
  }));
  expect([...timerBaseLines({ ...base, timers }, 100n, 10)].slice(1)).toEqual([
    '  EXPIRES     TTE       TIMER_LIST     FUNCTION',
    '       90    -10  ffff888000002000  ffffffff81000000  <f>',
    '     1234   1134  ffff888000002000  ffffffff81000000  <f>',
  ]);
});

describe('real dumps', needsDumps, () => {
  const recorded = (dump: string): Map<string, string> =>
    new Map(
      readFileSync(expectedPath(dump, 'irq-timer'), 'latin1')
        .split('crash> ')
        .slice(1)
        .map((part) => [part.slice(0, part.indexOf('\n')), part.slice(part.indexOf('\n') + 1)]),
    );
  const tidy = (text: string): string => text.replace(/[ \t]+$/gm, '').trimEnd();

  test.each(['kd61-null', 'x61-la57-nx', 'x612-gpf'])(
    '%s answers irq and timer as crash does',
    async (name) => {
      const dump = open(dumpPath(`${name}/vmcore`));
      const answers = recorded(name);
      for (const command of ['irq -b', 'irq 4', 'waitq zzz', 'bpf']) {
        expect(tidy(await dump.text(command))).toBe(tidy(answers.get(command) ?? 'not recorded'));
      }
      expect(tidy(await dump.text('timer'))).toBe(tidy(answers.get('timer | head -60') ?? ''));
      const counts = tidy(await dump.text('irq -s'));
      expect(counts).toBe(tidy(answers.get('irq -s | head -30') ?? ''));
    },
  );

  test('every vector of the descriptor table leads to a named function', async () => {
    const lines = (await open(dumpPath('kd61-null/vmcore')).text('irq -d')).trimEnd().split('\n');
    expect(lines).toHaveLength(256);
    expect(lines[0]).toBe('  [0] asm_exc_divide_error');
    expect(lines[128]).toBe('[128] asm_int80_emulation');
    expect(lines.filter((line) => !/\] [a-z_]\w+(\+\d+)?$/.test(line))).toEqual([]);
  });

  test('a kernel with three timer wheels has three, one without has two', () => {
    expect(timerBaseCount(sharedTarget('kd61-null'))).toBe(2);
    expect(timerBaseCount(sharedTarget('x612-gpf'))).toBe(3);
  });

  test('no timer of a wheel is long overdue, and the monotonic clock is that of the log', () => {
    const target = sharedTarget('x612-gpf');
    for (let index = 0; index < 3; index++) {
      for (const { expires } of timerBase(target, 0, index).timers) {
        expect(expires - jiffies(target)).toBeGreaterThan(-250n);
      }
    }
    const [monotonic] = highResolutionTimers(target, 0).clocks;
    expect(monotonic?.now).toBe(7_728_000_000n);
  });

  test('the waiters of a queue are named', async () => {
    const dump = open(dumpPath('kd61-null/vmcore'));
    expect(await dump.text('waitq kauditd_wait')).toBe(
      'PID: 27       TASK: ffff898b98c34180  CPU: 0    COMMAND: "kauditd"\n',
    );
    expect(await dump.text('waitq log_wait')).toMatch(
      /^wait queue "log_wait" \([0-9a-f]+\) is empty\n$/,
    );
    expect(await dump.text('waitq task_struct.nosuch 5')).toBe(
      'nosuch is not a member of task_struct\n',
    );
  });

  test('a request queue counts its tags as crash does', () => {
    const queue = sbitmapQueue(sharedTarget('kd61-null'), 0xffff898b81065d90n as never, () => []);
    expect(queue).toMatchObject({
      depth: 256,
      busy: 0,
      cleared: 17,
      bitsPerWord: 64,
      mapNumber: 4,
    });
  });
});
