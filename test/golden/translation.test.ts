import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { expectedPath, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import deviations from '../parity/deviations.json' with { type: 'json' };

const DUMPS = ['kd61-null', 'x61-badpte', 'x61-hwpoison-1g', 'x61-la57-nx', 'x612-gpf'];
const GROUPS = ['vtop', 'ptov', 'pte', 'rd', 'sym', 'sys', 'log'] as const;

/**
 * Trailing blanks are no part of what crash says; the two files that it names are not ours. Nor are source lines, and the
 * remarks that go to the console alone.
 */
const text = (lines: readonly string[]): string =>
  lines
    .filter((line) => !/^(\s*(KERNEL|DUMPFILE):|NOTE: )/.test(line))
    .map((line) => line.replace(/\s*\S*\/\S+: \d+$/, '').trimEnd())
    .join('\n')
    .trim();

describe.each(DUMPS)('addresses, memory and symbols of %s', needsDumps, (dump) => {
  test.each(GROUPS)('are what crash 8.0.6 said: %s', async (group) => {
    const recorded = parseTranscript(readFileSync(expectedPath(dump, group), 'latin1')).filter(
      ({ command }) => !command.includes('|'),
    );
    expect(recorded.length).toBeGreaterThan(5);
    const answers = await runTranscript(
      sharedTarget(dump),
      recorded.map(({ command }) => command),
    );
    recorded.forEach(({ command, lines }, i) => {
      const known = deviations.some((each) => each.dump === dump && each.command === command);
      const answer = `${command}\n${text(answers[i]?.lines ?? [])}`;
      if (known) expect(answer).not.toBe(`${command}\n${text(lines)}`);
      else expect(answer).toBe(`${command}\n${text(lines)}`);
    });
  });
});

const answer = async (dump: string, command: string): Promise<string> =>
  (await runTranscript(sharedTarget(dump), [command]))[0]!.lines.join('\n');

describe('what crash refuses or gets wrong', needsDumps, () => {
  test('vtop takes a symbol, an offset from it, and an expression', async () => {
    const plain = await answer('kd61-null', 'vtop ffffffffa001aa40');
    expect(await answer('kd61-null', 'vtop init_task')).toBe(plain);
    expect(await answer('kd61-null', 'vtop (init_task+0)')).toBe(plain);
    expect(await answer('kd61-null', 'vtop nonsense')).toBe('vtop: invalid input: "nonsense"');
  });

  test('ptov takes a per-CPU variable', async () => {
    expect(await answer('kd61-null', 'ptov runqueues:a')).toMatch(/^PER-CPU OFFSET: [0-9a-f]+\n.*\n {2}\[0\] {2}ffff/);
  });

  test('a hole of the direct map is not mapped, though arithmetic would give an address', async () => {
    const lines = await answer('kd61-null', 'vtop ffff898bc0000000');
    expect(lines).toContain('ffff898bc0000000  (not mapped)');
    expect(lines).toMatch(/=> 0$/m);
  });

  test('a page-table entry with reserved bits is shown as one that faults', async () => {
    expect(await answer('x61-badpte', 'vtop ffffd2c9803c7000')).toContain('RESERVED: bits 47, 51 are set');
  });

  test('poisoned pages, small and huge, are named and lead to their page struct', async () => {
    for (const [address, frame] of [['7f7e4a39f000', 'af1f000'], ['7f7e4a000000', '4400000']] as const) {
      const lines = await answer('x61-hwpoison-1g', `vtop -c 191 ${address}`);
      expect(lines).toMatch(new RegExp(`hwpoison +${frame}$`, 'm'));
      expect(lines).toMatch(new RegExp(`^\\w+ +${frame} .*hwpoison$`, 'm'));
    }
  });

  test('the swap device of a 6.12 kernel has its name', async () => {
    expect(await answer('x612-gpf', 'vtop -c 216 0x7fa699000000')).toContain('SWAP: /dev/vda  OFFSET: 1');
  });

  test('reads that fail say why: filtered, no RAM, mapped by nothing', async () => {
    expect(await answer('kd61-null', 'rd -p 70000000')).toBe('rd: seek error: physical address: 70000000  type: "64-bit PHYSADDR"');
    expect(await answer('kd61-null', 'rd ffffffffc0000000')).toBe('rd: invalid kernel virtual address: ffffffffc0000000  type: "64-bit KVADDR"');
    expect(await answer('kd61-null', 'rd -p 5000000')).toMatch(/^rd: page excluded: physical address: 5000000 {2}type: "64-bit PHYSADDR"$|^ +5000000: /);
  });

  test('rd evaluates an expression in parentheses', async () => {
    expect(await answer('kd61-null', 'rd (jiffies_64+8)')).toBe(await answer('kd61-null', 'rd -o 8 jiffies_64'));
  });
});

describe('a running machine that crash 8.0.6 cannot open', needsDumps, () => {
  test('sys says what the machine was, and that nothing panicked', async () => {
    const lines = await answer('x61-hang', 'sys');
    expect(lines).toContain('UPTIME: 00:00:11');
    expect(lines).toContain('TASKS: 78');
    expect(lines).toContain('PANIC: ""');
  });

  test('log ends with the last line that the machine printed', async () => {
    const lines = (await answer('x61-hang', 'log')).split('\n');
    expect(lines).toHaveLength(470);
    expect(lines[0]).toMatch(/^\[ {4}0\.000000\] Linux version 6\.1\.0-50-cloud-amd64/);
    expect(lines.at(-1)).toBe('[    7.790597] tscrash-guest: READY mode=idle');
  });

  test('mod lists its 18 modules by where their code is', async () => {
    const lines = (await answer('x61-hang', 'mod')).split('\n');
    expect(lines).toHaveLength(19);
    const bases = lines.slice(1).map((line) => line.split(/ +/)[2]!);
    expect(bases).toEqual([...bases].sort());
    expect(lines[1]).toMatch(/^ffffffffc04902c0 {2}qemu_fw_cfg +ffffffffc048d000 +20480 {2}\(not loaded\)/);
  });

  test('vtop finds the pages that a task named in the log', async () => {
    const log = await answer('x61-hang', 'log');
    const [, address] = /wl-mmaps pid=157 anon=0x([0-9a-f]+)/.exec(log)!;
    const lines = await answer('x61-hang', `vtop -c 157 ${address}`);
    expect(lines).toMatch(/PRESENT\|RW\|USER\|ACCESSED\|DIRTY\|NX/);
    const [, swapped] = /wl-swapped pid=167 p=0x([0-9a-f]+)/.exec(log)!;
    expect(await answer('x61-hang', `vtop -c 167 ${swapped}`)).toContain('SWAP: /dev/vda');
  });
});
