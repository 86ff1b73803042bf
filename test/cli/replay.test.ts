import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { needsBuild } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

/** The built program, as a script runs it. `npm test` builds it first. */
const program = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
const dump = (name: string): string =>
  fileURLToPath(new URL(`../../dumps/${name}.kdump`, import.meta.url));
const home = scratch('replay');

function run(args: readonly string[], input = '') {
  const { stdout, status } = spawnSync(process.execPath, [program, ...args], {
    input,
    encoding: 'utf8',
    cwd: home,
    env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), HOME: home, TZ: 'UTC' },
  });
  return { stdout, status };
}

describe('a script', needsBuild, () => {
  test('sees of a refused word what crash says of it, and nothing else', () => {
    expect(run(['-s', dump('null-pointer')], 'kmme\nrd -z\nstruct task_strut\n').stdout).toBe(
      [
        'crash: command not found: kmme',
        "rd: invalid option -- 'z'",
        'Usage:',
        '  rd [-adDsSupxmfNR][-8|-16|-32|-64][-o offs][-e addr][-r file][address|symbol]',
        '     [count]',
        'Enter "help rd" for details.',
        'struct: invalid data structure reference: task_strut',
        '',
      ].join('\n'),
    );
  });

  test('that writes a transcript, from a file of commands, replays to exit code 0', () => {
    writeFileSync(join(home, 'commands'), 'transcript on case.md\nsys\nbt\nkmme\n');
    run(['-s', '-i', 'commands', '-c', 'eval 1', dump('null-pointer')]);
    const again = run(['-s', '-c', 'replay case.md', dump('null-pointer')]);
    expect(again).toEqual({ status: 0, stdout: '4 run: 4 the same, 0 different; 0 left out\n' });
    // The same dump under another name is the same dump.
    copyFileSync(dump('null-pointer'), join(home, 'vmcore'));
    expect(run(['-s', '-c', 'replay case.md', 'vmcore'])).toEqual(again);
  });

  test('ends with exit code 1 when a replay differs, and says which dump it was', () => {
    expect(readFileSync(join(home, 'case.md'), 'utf8')).toMatch(/^# tscrash transcript\n/);
    const { stdout, status } = run(['-s', '-c', 'replay case.md', dump('five-levels')]);
    expect(status).toBe(1);
    expect(stdout.split('\n').slice(0, 3)).toEqual([
      `NOTE: the transcript is of another dump: ${dump('null-pointer')}`,
      'NOTE: crashed 2026-11-21T01:57:39Z, here 2026-11-21T02:01:05Z',
      'NOTE: panic Oops: 0002 [#1] PREEMPT SMP NOPTI, here Kernel panic - not syncing: Fatal exception',
    ]);
    expect(stdout).toMatch(
      /\n4 run: 2 the same, 2 different; 0 left out\nreplay: 2 commands answer/,
    );
    const json = run(['-s', '--json', '-c', 'replay case.md', dump('five-levels')]).stdout;
    const records = json
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.at(-2)).toEqual({
      command: 'replay',
      kind: 'summary',
      run: 4,
      same: 2,
      different: 2,
      leftOut: 0,
    });
    expect(records.find(({ line }) => line === 'bt').difference[0]).toMatchObject({ kind: 'head' });
  });
});
