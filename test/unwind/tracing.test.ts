import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runTranscript } from '../../dumps/transcript.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import { taskOfPid, taskTable } from '../../src/kernel/task/tasks.ts';
import { fieldPath, fieldTarget, needsFieldDumps } from '../kernel/field-dumps.ts';
import { type Patch, patchedTarget } from '../kernel/patched-dump.ts';
import { needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';

/** The functions of a task's stack, and whether the way to each of them was certain. */
function chain(target: Target, pid: number) {
  const task = taskOfPid(target, pid);
  const frames = (task && backtrace(target, task)?.frames) ?? [];
  return frames
    .filter(({ index }) => index !== undefined)
    .map(({ symbol, doubtful }) => ({ name: symbol, sure: !doubtful }));
}

describe('a machine that died while functions were traced', needsFieldDumps, () => {
  test('has all true frames of every task, none of them a guess', () => {
    const target = fieldTarget('fg61');
    const said = readFileSync(fieldPath('fg61.stacks.txt'), 'utf8').trim().split('\n');
    const want = said.map((line) => /^(\d+)(?:\/(\d+))? \S+: ?(.*)$/.exec(line)!);
    for (const [line, pid, cpu, names] of want) {
      const task = taskTable(target).tasks.find(
        (each) => each.pid === Number(pid) && (cpu === undefined || each.cpu === Number(cpu)),
      );
      const frames = (task && backtrace(target, task)?.frames) ?? [];
      const got = frames
        .filter(({ index }) => index !== undefined)
        .map(({ symbol }) => symbol?.replace(/\.cold$/, ''));
      expect(got.join(' '), line).toBe(names);
      expect(
        frames.every(({ doubtful }) => !doubtful),
        line,
      ).toBe(true);
    }
    expect(want.length).toBe(74);
  });

  test('shows true return addresses in bt -t, and the memory as it is in bt -f', async () => {
    const [text, words] = await runTranscript(fieldTarget('fg61'), ['bt -t', 'bt -F']);
    expect(text?.lines.some((line) => /\] vfs_write at/.test(line))).toBe(true);
    expect(words?.lines.some((line) => / return_to_handler/.test(line))).toBe(true);
  });
});

describe('a return address that was taken from a sleeping task', needsDumps, () => {
  const PID = 162;
  /** Where do_nanosleep returns to, on its stack; and a place on the stack that nothing uses. */
  const [slot, node] = [0xffffcca90048be38n, 0xffffcca900488200n];
  const trampoline = 0xffffffff9e66b920n;
  const patched = (...more: readonly Patch[]): Target =>
    patchedTarget('kd61-null', [{ at: slot, value: trampoline }, ...more]);
  const whole = () => chain(sharedTarget('kd61-null'), PID);

  test('is found in the hook that took it', () => {
    const target = sharedTarget('kd61-null');
    const task = taskOfPid(target, PID)!;
    const { rethooks } = target.layout('task_struct', { rethooks: 'rethooks' });
    const traced = patched(
      { at: node + 16n, value: 0n },
      { at: node + 32n, value: target.kernel.word(slot as never) },
      { at: node + 40n, value: slot },
      { at: task.address + BigInt(rethooks), value: node + 16n },
    );
    expect(chain(traced, PID)).toEqual(whole());
  });

  test('makes all that follows doubtful where no hook has it', async () => {
    const traced = patched();
    const frames = chain(traced, PID);
    const at = frames.findIndex(({ name }) => name === 'arch_rethook_trampoline');
    expect(frames.slice(0, at)).toEqual(whole().slice(0, at));
    expect(at).toBeGreaterThan(2);
    expect(frames.slice(at + 1).length).toBeGreaterThan(1);
    expect(frames.slice(at + 1).every(({ sure }) => !sure)).toBe(true);

    const [answer, json] = await runTranscript(traced, [`bt ${PID}`, `bt ${PID} --json`]);
    const lines = answer?.lines.filter((line) => /^ *#\d+ \[/.test(line)) ?? [];
    expect(lines.slice(at + 1).every((line) => line.endsWith(' *'))).toBe(true);
    expect(lines.slice(0, at + 1).some((line) => line.endsWith(' *'))).toBe(false);
    expect(json).toBeDefined();
  });
});
