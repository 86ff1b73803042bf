import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Interruption } from '../../../src/base/interruption.ts';
import { Losses } from '../../../src/kernel/core/losses.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { type AnyCommand, defineCommand, plain } from '../../../src/session/command/command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import { MemorySink } from '../../../src/session/sinks/sinks.ts';
import { createSession } from '../../../src/session/state/session.ts';
import type { PagerName } from '../../../src/session/state/setting-values.ts';
import { setVariable } from '../../../src/session/state/settings.ts';
import { scratch } from '../../run/scratch.ts';

const folder = scratch('scroll');
const say = defineCommand({
  name: 'say',
  group: 'session',
  summary: 'print words',
  synopsis: 'word ...',
  raw: true,
  flags: {},
  operands: [],
  *run({ words }) {
    yield* words.map(plain);
  },
  print() {},
}) as unknown as AnyCommand;

const target = {
  symbols: { named() {} },
  findSymbol() {},
  memory: { interruption: new Interruption() },
  losses: new Losses(),
} as unknown as Target;
const sessionAt = (pager: PagerName = 'builtin', silent = false) =>
  createSession(target, { interactive: true, silent, keep: 1 << 20, pager });

/** A pager that writes what it reads into a file. */
function programPager(name: string): { path: string; text(): string } {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\ncat > ${path}.out\n`);
  chmodSync(path, 0o755);
  return { path, text: () => readFileSync(`${path}.out`, 'utf8') };
}
const before = process.env.CRASHPAGER;
afterEach(() => {
  if (before === undefined) delete process.env.CRASHPAGER;
  else process.env.CRASHPAGER = before;
});

describe('set scroll', () => {
  test('is on at a terminal with a screen, and off for a silent session and for plain lines', () => {
    expect(sessionAt().settings.scroll).toBe(true);
    expect(sessionAt('builtin', true).settings.scroll).toBe(false);
    expect(sessionAt('less').settings.scroll).toBe(false);
    expect(createSession(target).settings.scroll).toBe(false);
  });

  test('on uses the pager of the place, off none', () => {
    const session = sessionAt();
    expect(setVariable(session, ['scroll'])).toBe('scroll: on (built-in)');
    expect(setVariable(session, ['scroll', 'off'])).toBe('scroll: off (none)');
    expect(setVariable(session, ['scroll', '1'])).toBe('scroll: on (built-in)');
    expect(setVariable(session, ['scroll', '0'])).toBe('scroll: off (none)');
    expect(() => setVariable(session, ['scroll', 'foo'])).toThrow(
      'invalid command: set scroll foo',
    );
  });

  test('CRASHPAGER must be a program by its path, and nothing for a shell', () => {
    const session = sessionAt();
    const { path } = programPager('good');
    for (const bad of ['', 'less', '/nosuch/pager', `${path} | cat`, `${path} > x`]) {
      process.env.CRASHPAGER = bad;
      expect(() => setVariable(session, ['scroll', 'CRASHPAGER'])).toThrow('invalid command');
    }
    process.env.CRASHPAGER = `${path} -x`;
    expect(setVariable(session, ['scroll', 'CRASHPAGER'])).toBe(`scroll: on (${path} -x)`);
    expect(setVariable(session, ['scroll', 'on'])).toBe('scroll: on (built-in)');
  });
});

describe('a pager program', () => {
  function open(name: string) {
    const pager = programPager(name);
    process.env.CRASHPAGER = pager.path;
    const session = sessionAt();
    setVariable(session, ['scroll', 'CRASHPAGER']);
    const console = new MemorySink();
    const shell = new Shell({ session, commands: [say], console });
    return { pager, session, console, shell };
  }

  test('reads what a command prints, and the block has it too', async () => {
    const { pager, session, console, shell } = open('reads');
    await shell.execute('say a b');
    expect([pager.text(), console.text]).toEqual(['a\nb\n', '']);
    expect(session.blocks?.find(1)?.count).toBe(2);
  });

  test('reads errors too, which are not said twice', async () => {
    const { pager, console, shell } = open('errors');
    await shell.execute('say a b');
    await shell.execute('nosuch');
    expect(pager.text()).toContain('crash: command not found: nosuch\n');
    expect(console.text).toBe('');
  });

  test('is not run for nothing, for a pipe, or for the lines of a file', async () => {
    const { pager, console, shell } = open('nothing');
    await shell.execute('say');
    const file = join(folder, 'input');
    writeFileSync(file, 'say c\n');
    await shell.execute(`< ${file}`);
    await shell.execute(`say d > ${join(folder, 'copy')}`);
    expect(() => pager.text()).toThrow();
    expect(console.text).toContain('c\n');
  });
});
