/** The program on a machine that lacks something: room, files, WebAssembly. */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { needs } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

const program = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
const vmcore = fileURLToPath(new URL('../../dumps/null-pointer.kdump', import.meta.url));
const home = scratch();
const env = { PATH: process.env.PATH ?? '', HOME: home };

const inShell = (script: string) =>
  spawnSync('/bin/sh', ['-c', script, process.execPath, program, vmcore], {
    encoding: 'utf8',
    env,
  });

const full = needs(existsSync('/dev/full'), 'there is no /dev/full');
test.for(['--help', '--version', '-h bt', '--completion bash', '--sample', '--buildinfo'])(
  'a full disk under %s is told, and exit code 1',
  full,
  (option) => {
    const { status, stderr } = inShell(`"$0" "$1" ${option} > /dev/full`);
    expect([status, stderr]).toEqual([1, 'tscrash: standard output: No space left on device\n']);
  },
);

test('too few descriptors are no bug of the program', () => {
  const { status, stderr } = inShell('ulimit -n 25; "$0" "$1" -s -c bt "$2"');
  expect(status).toBe(1);
  expect(stderr).toMatch(/^tscrash: .*: Too many open files\n$/);
});

test('without WebAssembly all but the disassembler answers', () => {
  const { status, stdout } = inShell('"$0" --jitless "$1" -s -c "dis schedule 1" -c "ptob 1" "$2"');
  expect(status).toBe(1);
  expect(stdout).toBe(
    'dis: instructions cannot be decoded: this Node has no WebAssembly (run it without --jitless and without ulimit -v)\n1: 1000\n',
  );
});

test('--rc names a file that is read in place of the home’s', () => {
  writeFileSync(join(home, '.tscrashrc'), 'alias pages btop\n');
  const rc = join(home, 'other');
  writeFileSync(rc, 'alias pages ptob\n');
  const asked = (file: string) => inShell(`"$0" "$1" --rc '${file}' -s -c 'pages 1' "$2"`);
  expect(asked(rc).stdout).toMatch(/^1: 1000$/m);
  expect(asked(join(home, 'nosuch')).stderr).toContain('it is not there');
});
