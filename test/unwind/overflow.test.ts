import { describe, expect, test } from 'vitest';
import { runTranscript } from '../../dumps/transcript.ts';
import { plus, va } from '../../src/base/address.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { cpuStacks, overflownStack } from '../../src/kernel/stacktrace/stacks.ts';
import { taskStack } from '../../src/kernel/task/stack.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import { fieldTarget, needsFieldDumps } from '../kernel/field-dumps.ts';

const answer = async (command: string): Promise<readonly string[]> => {
  const [first] = await runTranscript(fieldTarget('st61'), [command]);
  return first?.lines ?? [];
};

describe('a task that had filled its stack', needsFieldDumps, () => {
  test.each(['bt', 'bt -s', 'bt -f', 'bt -F', 'bt -g', 'bt -p', 'bt -t', 'bt -T', 'bt -a'])(
    '%s goes through the function that had filled it, to the end, and says so',
    async (command) => {
      const lines = await answer(command);
      const says = lines.findIndex((line) =>
        /stack overflow: .* 232 bytes below the process stack/.test(line),
      );
      expect(says).toBeGreaterThan(0);
      if (command !== 'bt -T')
        expect(lines[says - 1]).toBe('--- <DOUBLEFAULT exception stack> ---');
      const filling = lines.filter((line) => /\] faulty_stack(\+\d+)? at/.test(line));
      expect(filling.length).toBeGreaterThanOrEqual(30);
      expect(lines.some((line) => /\] ret_from_fork(\+\d+)? at/.test(line))).toBe(true);
      expect(lines.join('\n')).not.toContain('ends here');
    },
  );

  test('bt -f shows the words of the full stack from its low end', async () => {
    const task = panicTask(fieldTarget('st61'));
    const low = task && taskStack(fieldTarget('st61'), task)?.base.toString(16);
    expect(await answer('bt -f')).toContainEqual(expect.stringMatching(`^    ${low}: `));
  });

  test('bt -v finds it, though the word at the low end is whole', async () => {
    const lines = (await answer('bt -v')).join('\n');
    expect(lines).toMatch(/COMMAND: "faulty\/stack"\n {2}stack overflow: /);
    expect(lines).not.toContain('No stack overflows detected');
  });

  test('a stack pointer belongs to the stack whose low end it is below, and to no other', () => {
    const target = fieldTarget('st61');
    const task = panicTask(target);
    const own = task && taskStack(target, task);
    if (!task || !own) throw new Error('no task panicked');
    const stackOf = (sp: bigint) => overflownStack(target, task, va(sp))?.name;
    expect(stackOf(own.base - 8n)).toBe('process stack');
    expect(stackOf(own.base)).toBeUndefined();
    expect(stackOf(own.top)).toBeUndefined();
    expect(stackOf(0x7ffc_0000_0000n)).toBeUndefined();
    for (const stack of cpuStacks(target, task.cpu).filter(({ kind }) => kind !== 'entry')) {
      expect(stackOf(plus(stack.base, -8))).toBe(stack.name);
    }
    for (const other of taskTable(target).tasks) {
      const stack = taskStack(target, other);
      if (stack) expect(stackOf(plus(stack.top, -8)), `pid ${other.pid}`).toBeUndefined();
    }
  });
});
