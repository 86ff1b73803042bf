import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { needs } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

/** The built program, as a script runs it. `npm test` builds it first. */
const program = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
const vmcore = fileURLToPath(new URL('../../dumps/null-pointer.kdump', import.meta.url));
const home = scratch();

function run(args: readonly string[], input = '', env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    input,
    encoding: 'utf8',
    cwd: home,
    env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), HOME: home, ...env },
  });
  return { stdout, stderr, status };
}

test('the program is built', () => {
  expect(existsSync(program), 'run npm run build').toBe(true);
});

describe('without a dump', () => {
  test('--help and --version answer and end', () => {
    expect(run(['-h'])).toMatchObject({ status: 0, stderr: '' });
    expect(run(['--help']).stdout).toContain('usage: tscrash [options] [vmlinux] [vmcore ...]');
    expect(run(['-v']).stdout).toMatch(/^tscrash \d+\.\d+\.\d+\n$/);
  });

  test('a bad option is exit code 2, and says what to do', () => {
    const { status, stderr } = run(['--nosuch']);
    expect(status).toBe(2);
    expect(stderr).toContain("Unknown option '--nosuch'");
    expect(run(['--color', 'sometimes']).status).toBe(2);
    expect(run(['--completion', 'tcsh']).status).toBe(2);
  });

  test('a path that does not open is exit code 3, never another file', () => {
    const { status, stderr, stdout } = run(['-s', join(home, 'nosuch')], 'eval 1\n');
    expect(status).toBe(3);
    expect(stderr).toContain('nosuch');
    expect(stdout).toBe('');
  });

  test('a file that is no dump is exit code 3', () => {
    const path = join(home, 'text');
    writeFileSync(path, 'just text\n'.repeat(1000));
    expect(run([path]).status).toBe(3);
  });

  test('completion scripts name every option', () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      expect(run(['--completion', shell]).stdout).toContain('no-crashrc');
    }
  });
});

test('a bundled dump opens where there is no cache, and leaves nothing behind', () => {
  const home = '/dev/null/nosuch';
  const args = [program, '--sample', 'healthy', '-s', '-c', 'ptob 1'];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: home },
  });
  expect({ stdout, status }).toEqual({ stdout: '1: 1000\n', status: 0 });
  expect(readdirSync(tmpdir())).toEqual([]);
});

describe('with a dump', () => {
  test('a piped session with -s and --echo is a transcript', () => {
    expect(run(['-s', '--echo', vmcore], 'ptob 1\n\nbtop 1000')).toEqual({
      stdout: 'crash> ptob 1\n1: 1000\ncrash> btop 1000\n1000: 1\n',
      stderr: '',
      status: 0,
    });
  });

  test('-c runs its lines in order and reads no stdin', () => {
    expect(run(['-s', '-c', 'ptob 1', '-c', 'ptob 2', vmcore], 'ptob 3\n').stdout).toBe(
      '1: 1000\n2: 2000\n',
    );
  });

  test('a command that fails makes the exit code 1, and the rest still runs', () => {
    const { stdout, status } = run(['-s', vmcore], 'nosuch\nptob 1\n');
    expect(stdout).toBe('crash: command not found: nosuch\n1: 1000\n');
    expect(status).toBe(1);
  });

  test('q ends the session at once', () => {
    expect(run(['-s', vmcore], 'q\nptob 1\n')).toMatchObject({ stdout: '', status: 0 });
  });

  test('-i runs a file first', () => {
    const path = join(home, 'commands');
    writeFileSync(path, '# a file\nalias pages ptob\n');
    expect(run(['-s', '-i', path, vmcore], 'pages 1\n').stdout).toContain('1: 1000\n');
    expect(run(['-s', '-i', '/nosuch', vmcore], 'ptob 1\n')).toMatchObject({
      stdout: 'crash: /nosuch: No such file or directory\n1: 1000\n',
      status: 1,
    });
  });

  test('without -s there is a banner, and the lines are shown', () => {
    const { stdout } = run([vmcore], 'ptob 1\n');
    expect(stdout).toMatch(/^\ntscrash \d/);
    expect(stdout).toContain('         PID: 184\n     COMMAND: "faulty/null"\n');
    expect(stdout).toContain('NOTE: stdin: not a tty\n\ncrash> ptob 1\n1: 1000\n');
  });

  test('rc files run before anything else, unless untrusted or unwanted', () => {
    const rc = scratch();
    writeFileSync(join(rc, '.tscrashrc'), 'alias pages ptob\n');
    const args = ['-s', '-c', 'pages 1', vmcore];
    expect(run(args, '', { HOME: rc }).stdout).toContain('1: 1000');
    expect(run(['--no-crashrc', ...args], '', { HOME: rc }).stdout).toContain(
      'command not found: pages',
    );
    for (const mode of [0o666, 0o664]) {
      chmodSync(join(rc, '.tscrashrc'), mode);
      const { stderr, stdout } = run(args, '', { HOME: rc });
      expect(stderr).toContain('others may write to it');
      expect(stdout).toContain('command not found: pages');
    }
  });

  test('the rc file of a folder runs only where that of the home names the folder', () => {
    const [own, folder] = [scratch(), scratch()];
    const marker = join(folder, 'ran');
    writeFileSync(join(folder, '.tscrashrc'), `!touch ${marker}\n`);
    const there = (args: readonly string[], input = '') =>
      spawnSync(process.execPath, [program, ...args, vmcore], {
        input,
        encoding: 'utf8',
        cwd: folder,
        env: { PATH: process.env.PATH ?? '', HOME: own },
      });
    expect(there(['-s'], 'ptob 1\n')).toMatchObject({ status: 0, stdout: '1: 1000\n' });
    expect(there(['-s'], 'ptob 1\n').stderr).toContain(`put "set safe-path ${folder}" into`);
    expect(there(['-s', '-c', 'ptob 1'])).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(marker)).toBe(false);
    writeFileSync(join(own, '.tscrashrc'), `set safe-path ${folder}\n`);
    expect(there(['-s'], 'ptob 1\n')).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(marker)).toBe(true);
    rmSync(marker);
    renameSync(join(folder, '.tscrashrc'), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, '.tscrashrc'));
    expect(there(['-s'], 'ptob 1\n').stderr).toContain('it is a link');
    expect(existsSync(marker)).toBe(false);
  });

  test('a line of an rc file that fails does not fail the lines that were asked for', () => {
    const own = scratch();
    writeFileSync(join(own, '.tscrashrc'), 'nosuch\n');
    const { status, stdout } = run(['-s', '-c', 'ptob 1', vmcore], '', { HOME: own });
    expect(status).toBe(0);
    expect(stdout).toContain('command not found: nosuch');
  });

  test('a current folder that was removed is none', () => {
    const gone = join(scratch(), 'gone');
    mkdirSync(gone);
    const line = 'cd "$3" && rmdir "$3" && exec "$0" "$1" -s -c "ptob 1" "$2"';
    const { stdout, status } = spawnSync(
      '/bin/sh',
      ['-c', line, process.execPath, program, vmcore, gone],
      { encoding: 'utf8', env: { PATH: process.env.PATH ?? '', HOME: home } },
    );
    expect({ stdout, status }).toEqual({ stdout: '1: 1000\n', status: 0 });
  });

  test.each([
    ['-i', ['-i', 'fifo']],
    ['<', ['-c', '< fifo']],
    ['replay', ['-c', 'replay fifo']],
    ['transcript', ['-c', 'transcript on -o fifo']],
    ['>', ['-c', 'ptob 1 > fifo']],
    ['rd -r', ['-c', 'rd -r fifo linux_banner 20']],
    ['set error', ['-c', 'set error fifo']],
  ])('a FIFO is no file for %s, and is not waited for', (_, args) => {
    const folder = scratch();
    spawnSync('mkfifo', [join(folder, 'fifo')]);
    const { status, stdout, signal } = spawnSync(
      process.execPath,
      [program, '-s', ...args, vmcore],
      { cwd: folder, encoding: 'utf8', input: '', timeout: 60_000, env: { HOME: home } },
    );
    expect({ status, signal }).toEqual({ status: 1, signal: null });
    expect(stdout).toContain('fifo');
  });

  test.each(['/dev/fd/3', '/proc/self/fd/3'])(
    'a pipe of the shell is an input file: %s',
    (name) => {
      const line = `exec 3< <(echo ptob 1); exec "$0" "$1" -s -i ${name} "$2"`;
      const { status, stdout } = spawnSync(
        'bash',
        ['-c', line, process.execPath, program, vmcore],
        {
          encoding: 'utf8',
          input: '',
          timeout: 60_000,
          env: { HOME: home, PATH: process.env.PATH ?? '' },
        },
      );
      expect(stdout).toContain('1000');
      expect(status).toBe(0);
    },
  );

  test('a device without an end is no input file', () => {
    const { status, stdout } = run(['-s', '-i', '/dev/zero', vmcore]);
    expect(status).toBe(1);
    expect(stdout).toContain('/dev/zero: not a regular file: it is a character device');
  });

  test('standard input without a line feed is refused as one long line', () => {
    const { status, stdout } = run(['-s', vmcore], `${'x'.repeat(20_000_000)}\nptob 1\n`);
    expect(stdout).toBe('crash: input line exceeds maximum of 1500 bytes\n1: 1000\n');
    expect(status).toBe(1);
  });

  test.each([
    'sym nosuch',
    'sym -q nosuch',
    'sym -m nosuch',
    'dis nosuch',
    'help nosuch',
    'alias nosuch',
    'kmem -s nosuch',
    'kmem -S nosuch',
    'vtop 0',
    'sys | false',
    'sys | nosuchprogram',
  ])('what fails in the words of crash, or in none, is exit code 1: %s', (line) => {
    expect(run(['-s', '-c', line, vmcore]).status).toBe(1);
  });

  test('a pipeline that ends well is exit code 0, also when it reads a part alone', () => {
    expect(run(['-s', '-c', 'ptob 1 | cat', '-c', 'sym -l | head -1', vmcore]).status).toBe(0);
  });

  test('a reader that leaves ends the program quietly', () => {
    const { stdout, stderr, status } = spawnSync(
      '/bin/sh',
      ['-c', `"$0" "$1" -s -c 'repeat ptob 1' "$2" | head -2`, process.execPath, program, vmcore],
      { encoding: 'utf8' },
    );
    expect({ stdout, stderr, status }).toEqual({
      stdout: '1: 1000\n1: 1000\n',
      stderr: '',
      status: 0,
    });
  });

  const full = needs(existsSync('/dev/full'), 'there is no /dev/full');
  test('a full disk ends the line, not the session', full, () => {
    expect(run(['-c', 'ptob 1 > /dev/full', '-c', 'ptob 2', vmcore])).toMatchObject({
      stdout: 'crash: /dev/full: No space left on device\n2: 2000\n',
      status: 1,
    });
  });

  test('standard input that is a directory is no bug', () => {
    const input = openSync(home, 'r');
    const { stdout, status } = spawnSync(process.execPath, [program, '-s', vmcore], {
      stdio: [input, 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    closeSync(input);
    expect([stdout, status]).toEqual(['crash: standard input: Is a directory\n', 1]);
  });

  test('a line ends at a NUL', () => {
    const { stdout, status } = run(['-s', vmcore], 'ptob 1 | cat\0x\n');
    expect([stdout, status]).toEqual(['1: 1000\n', 0]);
  });

  test('--json says in JSON, too, what is wrong with a line', () => {
    const { stdout, status } = run(['--json', '-c', 'nosuch', '-c', 'bt >', vmcore]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { command: 'crash', error: 'command not found: nosuch' },
      { command: 'crash', error: 'no file name after >' },
    ]);
    expect(status).toBe(1);
  });

  test('--json tells as data what is wrong with the dump', () => {
    const { stdout } = run(['--json', '-c', 'rd ffffffffff000000', vmcore]);
    expect(JSON.parse(stdout)).toMatchObject({
      command: 'rd',
      problem: { kind: 'read', space: 'kernel', address: '0xffffffffff000000' },
    });
  });

  test('--json prints records', () => {
    const { stdout } = run(['--json', '-c', 'ptob 1', '-c', 'set -p', vmcore]);
    const [page, context] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(page).toEqual({ command: 'ptob', pfn: 1, address: '0x1000' });
    expect(context).toMatchObject({
      command: 'set',
      pid: 184,
      comm: 'faulty/null',
      activity: 'PANIC',
    });
  });

  test('--color always colours, and nothing else does on a pipe', () => {
    expect(run(['-s', '--color', 'always', '-c', 'set', vmcore]).stdout).toContain('\x1b[');
    expect(run(['-s', '-c', 'set', vmcore]).stdout).not.toContain('\x1b');
  });

  test('foreach names what it does not know, on the console and in the pipe', () => {
    const { stdout } = run(['-s', '-c', 'foreach pid task -R pid | head -4', vmcore]);
    expect(stdout).toBe('foreach: unknown argument: "pid"\n'.repeat(2));
  });

  test('foreach set has a header for each task', () => {
    const { stdout } = run(['-s', '-c', 'foreach active set', vmcore]);
    expect(stdout.match(/^PID: /gm)).toHaveLength(2);
    expect(stdout).toContain('\n\nPID: ');
  });

  test.each([
    ['foreach', 'Usage:\n  foreach [[pid'],
    ['foreach xyz', 'foreach: unknown argument: "xyz"\nforeach: no keywords specified\n'],
    ['foreach kernel user bt', 'foreach: user and kernel are mutually exclusive!\n'],
    ['foreach RU IN bt', 'foreach: only one task state allowed\n'],
    ['foreach vtop', 'foreach: foreach command requires address argument\n'],
    ['foreach bt -x -d', 'foreach: bt: -x and -d options are mutually exclusive\n'],
    ["foreach 'in(' bt", 'foreach: invalid regular expression: in(\n'],
    ['foreach active bt -g', 'foreach: bt -g option is not supported when issued from foreach\n'],
    ['foreach 1 files -p', 'foreach: files command does not support -p option\n'],
    ['foreach 1 kmem', 'foreach: unknown argument: "kmem"\nforeach: no keywords specified\n'],
    ['set xyz', 'set: invalid task or pid value: xyz\n'],
    ['set foo bar', 'set: invalid task or pid value: foo\nset: invalid task or pid value: bar\n'],
    ['set -c 9', 'set: invalid cpu number: system has only 2 cpus\n'],
    ['set -c x', 'set: x: "x" is not a digit 0 - 9\n'],
    ['set radix 8', 'set: invalid command: set radix 8 \n'],
    ['set debug x', 'set: invalid command: set debug x \n'],
    ['set scroll foo', 'scroll: off (none)\n'],
    ['set scope nosuch', 'set: invalid command: set scope nosuch \n'],
    ['set error /nonexistent/x', 'set: invalid path: /nonexistent/x\n'],
    ['set edit vi', 'set: cannot change editing mode during runtime\n'],
    ['set offline foo', 'set: invalid command: set offline foo \n'],
    ['set hex', 'output radix: 16 (hex)\n'],
    ['set core on', 'core: on (drop core on error message)\n'],
    ['alias foo', 'ORIGIN   ALIAS    COMMAND\nalias does not exist: foo\n'],
    ['alias foo nosuchcmd', 'alias: invalid alias attempt on non-existent command: nosuchcmd\n'],
    ['alias set eval', 'alias: cannot alias existing command name: set\n'],
    ['repeat -x ptob 1', 'Usage:\n  repeat [-seconds] command\n'],
    ['help nosuch', 'No help data for "nosuch" is available.\n'],
    ['eval zzz', 'eval: invalid expression: (zzz)\n'],
    ['ascii -v', 'ascii: invalid input: "-v"\n'],
    ['btop -z', 'btop: invalid input: "-z"\n'],
  ])('%s answers in crash words', (line, text) => {
    expect(run(['-s', '-c', line, vmcore]).stdout.startsWith(text)).toBe(true);
  });
});
