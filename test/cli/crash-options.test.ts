import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CRASH_OPTIONS } from '../../src/session/program/crash-options.ts';
import { OPTIONS } from '../../src/session/program/option-list.ts';
import { parseProgramOptions } from '../../src/session/program/options.ts';
import { scratch } from '../run/scratch.ts';

const program = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
const vmcore = fileURLToPath(new URL('../../dumps/null-pointer.kdump', import.meta.url));
const home = scratch();

function run(...args: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    input: '',
    cwd: home,
    env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), HOME: home },
  });
  return { stdout, stderr, status };
}

describe("crash's options", () => {
  test("no name is also one of tscrash's own", () => {
    const names = [...OPTIONS, ...CRASH_OPTIONS].flatMap(({ long, short }) => [
      ...(long === undefined ? [] : [`--${long}`]),
      ...(short === undefined ? [] : [`-${short}`]),
    ]);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test.each(CRASH_OPTIONS.map((option) => [option.long ?? option.short ?? '', option] as const))(
    '%s answers, sets something, or says why it has no effect',
    (name, { long, value, words, set, idle }) => {
      const args = [long === undefined ? `-${name}` : `--${name}`];
      if (value !== undefined) args.push(words?.[0] ?? '1');
      const parsed = parseProgramOptions([...args, 'vmcore']);
      expect(parsed.paths).toEqual(['vmcore']);
      expect(parsed.settings).toHaveLength(set === undefined ? 0 : 1);
      expect(parsed.idle).toHaveLength(idle === undefined ? 0 : 1);
      expect(parsed.question !== undefined).toBe(set === undefined && idle === undefined);
    },
  );

  test('those of one reason are told in one sentence, by their names', () => {
    expect(
      parseProgramOptions(['--minimal', '-m', 'a=b', '--no_modules', '--kaslr=auto']).idle,
    ).toEqual([
      'no effect here: --minimal, --no_modules (nothing is read before it is needed)',
      'no effect here: --kaslr, -m (it is found in the dump)',
    ]);
  });

  test('--osrelease, --build-id, -t and --log answer and end', () => {
    expect(run('--osrelease', vmcore)).toEqual({
      stdout: '6.1.0-50-cloud-amd64\n',
      stderr: '',
      status: 0,
    });
    expect(run('--build-id', vmcore).stdout).toMatch(/^[0-9a-f]{40}\n$/);
    expect(run('-t', vmcore).stdout).toMatch(/^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}\n$/);
    expect(run('--log', vmcore).stdout).toBe(run('-s', '-c', 'log', vmcore).stdout);
  });

  test('they do not answer of the bundled dump when none was given', () => {
    expect(run('--osrelease')).toMatchObject({ stdout: '', status: 2 });
  });

  test('--hex, --dec and -d set what set sets; a wrong value is exit code 2', () => {
    const setting = (...args: readonly string[]) => run(...args, '-s', vmcore).stdout;
    expect(setting('--hex', '-c', 'set radix')).toContain('16');
    expect(setting('--hex', '--dec', '-c', 'set radix')).toContain('10');
    expect(setting('-d', '7', '-c', 'set debug')).toContain('7');
    expect(run('--offline', 'nope', vmcore).status).toBe(2);
  });

  test('those without effect are told on stderr, and the answer is as without', () => {
    const args = ['-s', '-c', 'sym schedule', vmcore];
    const with_ = run('--no_kmem_cache', '--machdep', 'phys_base=0', ...args);
    expect(with_.stdout).toBe(run(...args).stdout);
    expect(with_.status).toBe(0);
    expect(with_.stderr.match(/no effect here/g)).toHaveLength(2);
  });

  test('-h COMMAND prints the page of the command or of an alias', () => {
    expect(run('-h', 'bt').stdout).toMatch(/bt - backtrace[\s\S]*-a /);
    expect(run('--help', 'dmesg').stdout).toContain('log - dump system message buffer');
    expect(run('-h', 'input').stdout).toContain('A line is a command');
    expect(run('-h', 'nosuch')).toMatchObject({ stdout: '', status: 1 });
  });
});

test('a remark goes to stderr, whether the script comes by -c or by stdin', () => {
  const byOption = run('-s', '-c', 'pte 3fff000163', vmcore);
  expect(byOption.stderr).toMatch(/^NOTE: 3fff000000 is outside of RAM/);
  expect(byOption.stdout).not.toContain('NOTE');
  const byInput = spawnSync(process.execPath, [program, '-s', vmcore], {
    encoding: 'utf8',
    input: 'pte 3fff000163\n',
    cwd: home,
    env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), HOME: home },
  });
  expect(byInput.stdout).toBe(byOption.stdout);
  expect(byInput.stderr).toBe(byOption.stderr);
});
