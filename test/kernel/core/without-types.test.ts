import { describe, expect, test } from 'vitest';
import { runTranscript } from '../../../dumps/transcript.ts';
import { MissingError } from '../../../src/base/errors.ts';
import { Target } from '../../../src/kernel/core/target.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

/** A real dump as if its kernel had been built without BTF. */
const untyped = (): Target =>
  new Target({
    ...sharedTarget('kd61-null').parts,
    openTypes: () => {
      throw new MissingError('type', 'BTF', 'this kernel carries no BTF type information');
    },
  });
const answer = async (command: string): Promise<string> =>
  (await runTranscript(untyped(), [command]))[0]!.lines.join('\n');

describe('a kernel without types', needsDumps, () => {
  test('has its whole log, with times of day from when it crashed', async () => {
    const lines = (await answer('log -T')).split('\n');
    expect(lines[0]).toMatch(/^\[Sat Nov 21 \d\d:57:31 \S+ 2026\] Linux version 6\.1/);
    expect(lines.length).toBeGreaterThan(480);
  });

  test('says of itself what needs no types, and what is not available', async () => {
    const lines = await answer('sys');
    expect(lines).toContain('UPTIME: 00:00:08');
    expect(lines).toContain('PANIC: "Oops: 0002 [#1] PREEMPT SMP NOPTI"');
    expect(lines).toContain('[TAINTED]');
    expect(lines).toContain('TASKS: (not available)');
  });

  test('translates kernel addresses, without the page struct', async () => {
    const lines = await answer('vtop init_task');
    expect(lines).toContain('PAGE DIRECTORY: ');
    expect(lines).toMatch(/\(PRESENT\|RW\|.*\|NX\)$/);
  });

  test('reads memory by name, and names words', async () => {
    expect(await answer('rd -s sys_call_table 2')).toContain('__x64_sys_read   __x64_sys_write');
    expect(await answer('rd jiffies')).toMatch(/^ffffffffa00079c0: {2}00000000fffee350/);
  });

  test('keeps kernel symbols, and says why there are no modules', async () => {
    expect(await answer('sym schedule')).toBe('ffffffff9f0070d0 (T) schedule');
    expect(await answer('mod')).toBe('mod: this kernel carries no BTF type information');
    expect(await answer('sys -t')).toBe('TAINTED_MASK: 3000  OE');
  });
});
