import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needsBuild } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';
import { DUMP, PROGRAM } from './pane.ts';

/** What is in every build of React and of Ink, and in nothing of ours. */
const REACT = /useInsertionEffect|react\.element|yoga/i;

describe('a script runs in a build without Ink and React', needsBuild, () => {
  const folder = scratch('without-ink');
  const program = join(folder, basename(PROGRAM));
  const script = join(folder, 'script');

  beforeAll(() => {
    cpSync(join(PROGRAM, '..'), folder, { recursive: true });
    const chunks = join(folder, 'chunks');
    for (const name of readdirSync(chunks)) {
      const text = readFileSync(join(chunks, name), 'utf8');
      if (REACT.test(text) || name.startsWith('terminal-')) rmSync(join(chunks, name));
    }
    cpSync(join(PROGRAM, '..', 'tscrash.js'), program);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = (words: readonly string[], input = '') =>
    spawnSync(process.execPath, [program, ...words, DUMP ?? ''], {
      input,
      encoding: 'utf8',
      env: { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), HOME: folder },
    });

  test('the build has lost something', () => {
    const whole = readdirSync(join(PROGRAM, '..', 'chunks')).length;
    expect(readdirSync(join(folder, 'chunks')).length).toBeLessThan(whole);
  });
  test.each([
    ['-c', ['-c', 'eval 7'], ''],
    ['--json', ['--json', '-c', 'eval 7'], ''],
    ['lines from a pipe', ['-s'], 'eval 7\n'],
    ['a banner and lines from a pipe', [], 'eval 7\n'],
  ])('with %s', (_, words, input) => {
    const { stdout, status } = run(words, input);
    expect(stdout).toContain('7');
    expect(status).toBe(0);
  });
  test('with -i and no terminal', () => {
    spawnSync('sh', ['-c', `echo 'eval 7' > ${script}`]);
    expect(run(['-s', '-i', script]).stdout).toContain('decimal: 7');
  });
});
