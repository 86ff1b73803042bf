/** gdb's x, disassemble and output; the answers are those that crash recorded of the whole dump. */

import { afterAll, describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { openDump } from '../../src/dump/open.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { implicitCommand } from '../../src/session/run/implicit-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession } from '../../src/session/state/session.ts';
import { bundled } from '../field/one-page.ts';

const dump = openDump([bundled('null-pointer')]);
const target = openTarget(dump);
afterAll(() => dump.close());

async function answers(...lines: readonly string[]): Promise<string> {
  const sink = new MemorySink();
  const session = createSession(target, { silent: true });
  const shell = new Shell({
    session,
    commands: commandMap(commands),
    console: sink,
    sugar: implicitCommand,
  });
  for (const line of lines) await shell.execute(line);
  return sink.text.trimEnd();
}

describe('x', () => {
  test.each([
    [
      'gdb x/4gx &init_task',
      '0xffffffffa001aa40 <init_task>:\t0x0000000000004000\t0x0000000000000000\n0xffffffffa001aa50 <init_task+16>:\t0x0000000000000000\t0x0000000000000000',
    ],
    [
      'x/3i schedule',
      '   0xffffffff9f0070d0 <schedule>:\tnopl   0x0(%rax,%rax,1)\n   0xffffffff9f0070d5 <schedule+5>:\tpush   %rbp\n   0xffffffff9f0070d6 <schedule+6>:\tpush   %rbx',
    ],
    ['x/2dg &jiffies_64', '0xffffffffa00079c0 <jiffies_64>:\t4294894416\t0'],
    [
      'x/2a &modules',
      '0xffffffffa01273e0 <modules>:\t0xffffffffc0347048 <__this_module+8>\t0xffffffffc02672c8 <__this_module+8>',
    ],
    ['x/1tb &jiffies_64', '0xffffffffa00079c0 <jiffies_64>:\t01010000'],
    ['x/2xw ffffffffa00079c0', '0xffffffffa00079c0 <jiffies_64>:\t0xfffee350\t0x00000000'],
    ['x/q 1', 'gdb: Undefined output format "q".'],
  ])('%s', async (line, text) => expect(await answers(line)).toBe(text));

  test('goes on where it ended, in the same format', async () => {
    const text = await answers('x/1xg &init_task', 'gdb x');
    expect(text.split('\n')[1]).toBe('0xffffffffa001aa48 <init_task+8>:\t0x0000000000000000');
  });

  test('writes strings and characters as gdb does', async () => {
    const text = await answers('x/s linux_banner', 'x/4c linux_banner');
    expect(text).toMatch(/^0x[0-9a-f]+ <linux_banner>:\t"Linux version 6\.1\.0-50.*\\n"$/m);
    expect(text).toMatch(/:\t76 'L'\t105 'i'\t110 'n'\t117 'u'$/m);
  });

  test('says what cannot be read', async () => {
    expect(await answers('x/2xg 0')).toMatch(
      /invalid kernel virtual address: 0[\s\S]*gdb request failed: x\/2xg 0$/,
    );
  });
});

test('disassemble gives a function with distances alone', async () => {
  const lines = (await answers('disassemble ret_from_fork')).split('\n');
  expect(lines[0]).toBe('Dump of assembler code for function ret_from_fork:');
  expect(lines[1]).toBe('   0xffffffff9e6032d0 <+0>:\tmov    %rax,%rdi');
  expect(lines.at(-2)).toBe(
    '   0xffffffff9e6032fb <+43>:\tjmp    0xffffffff9e6032dd <ret_from_fork+13>',
  );
  expect(lines.at(-1)).toBe('End of assembler dump.');
});

test('output gives a value without a number', async () => {
  expect(await answers('output 1+1')).toBe('2');
});

test.each([
  ['ptype int', 'type = int'],
  ['ptype pid_t', 'type = int'],
  ['ptype pgd_t', 'type = struct {\n    pgdval_t pgd;\n}'],
  ['ptype schedule', 'type = void (void)'],
  [
    'ptype enum hrtimer_restart',
    'type = enum hrtimer_restart {HRTIMER_NORESTART, HRTIMER_RESTART}',
  ],
])('%s', async (line, text) => expect(await answers(line)).toBe(text));
