import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import diff from '../../../commands/diff.ts';
import less from '../../../commands/less.ts';
import out from '../../../commands/out.ts';
import { Interruption } from '../../../src/base/interruption.ts';
import { Losses } from '../../../src/kernel/core/losses.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import {
  type AnyCommand,
  CommandError,
  defineCommand,
  plain,
} from '../../../src/session/command/command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import { type DescriptorSink, MemorySink } from '../../../src/session/sinks/sinks.ts';
import { createSession } from '../../../src/session/state/session.ts';
import { scratch } from '../../run/scratch.ts';

const folder = scratch('out');
const say = defineCommand({
  name: 'say',
  group: 'session',
  summary: 'print words',
  synopsis: 'word ...',
  raw: true,
  flags: {},
  operands: [],
  *run({ words }) {
    if (words[0] === 'fail') throw new CommandError('it did');
    yield* words.map(plain);
  },
  print() {},
});
/** Prints its words, and is interrupted before its last one. */
const halt = defineCommand({
  ...say,
  name: 'halt',
  *run({ words }, { session }) {
    yield* words.map(plain);
    session.interrupted = true;
    yield plain('the last');
  },
});
const commands = [say, halt, out, less, diff] as unknown as AnyCommand[];

function shell(keep: number | undefined = 1 << 20, json = false) {
  const session = createSession(
    {
      symbols: { named() {} },
      memory: { interruption: new Interruption() },
      losses: new Losses(),
    } as unknown as Target,
    {
      silent: true,
      ...(keep === undefined ? {} : { keep }),
    },
  );
  const console = new MemorySink();
  const made = new Shell({ session, commands, console, json });
  const run = async (line: string): Promise<string> => {
    console.text = '';
    await made.execute(line);
    return console.text;
  };
  return { run, session, console };
}

describe('output blocks in a session', () => {
  test('have the number of their line in the history', async () => {
    const { run } = shell();
    await run('say a b');
    await run('# a comment');
    await run('say c');
    expect(await run('out 1')).toBe('a\nb\n');
    expect(await run('out 3 1')).toBe('c\na\nb\n');
    expect(await run('h')).toMatch(/^\[1\] say a b\n\[2\] # a comment\n\[3\] say c\n/);
  });

  test('are listed with command, lines and size', async () => {
    const { run } = shell();
    await run('say a b');
    await run('say none > /dev/null');
    await run(`say ${'x'.repeat(1100)} "and more"`);
    expect(await run('out')).toBe(
      `NUMBER     LINES         SIZE  COMMAND\n` +
        `     1         2           4  say a b\n` +
        `     3         2      1.1 KB  say ${'x'.repeat(1100)} "and more"\n`,
    );
  });

  test('go through pipes and into files like any output, and are not kept again then', async () => {
    const { run } = shell();
    const file = join(folder, 'file');
    await run('say a b a');
    expect(await run(`out 1 | grep -c a > ${file}`)).toBe('');
    expect(readFileSync(file, 'utf8')).toBe('2\n');
    await run(`out 1 > ${file}`);
    expect(readFileSync(file, 'utf8')).toBe('a\nb\na\n');
    expect((await run('out')).split('\n')).toHaveLength(3);
  });

  test('have the errors that were printed, in their place', async () => {
    const { run } = shell();
    await run('say fail');
    expect(await run('out 1')).toBe('say: it did\n');
    await run('nosuch');
    expect(await run('out 3')).toBe('crash: command not found: nosuch\n');
  });

  test('of a line that is repeated have the number of the repetition', async () => {
    const { run } = shell();
    await run('say a');
    expect(await run('!!')).toBe('crash> say a\na\n');
    expect(await run('out 2')).toBe('a\n');
  });

  test('of a command that was stopped are marked, and diff says so', async () => {
    const { run } = shell();
    await run('say a');
    await run('halt b');
    expect(await run('out')).toMatch(/^ {5}2 {9}2\+ {9}11 {2}halt b$/m);
    expect(await run('diff 1 2')).toMatch(
      /^NOTE: the command of block 2 was stopped before its end\n--- 1\tsay a\n/,
    );
  });

  test('of an input file have all that its lines printed', async () => {
    const { run } = shell();
    const file = join(folder, 'input');
    writeFileSync(file, 'say a\nsay b\n');
    await run(`< ${file}`);
    expect(await run('out 1')).toBe('a\nb\n');
  });

  test('that are not there are an error that says why', async () => {
    const { run } = shell();
    await run('say a > /dev/null');
    expect(await run('out 1')).toBe('out: no block 1: "say a > /dev/null" printed nothing here\n');
    expect(await run('out 77')).toBe('out: no block 77: "out" lists what there is\n');
    expect(await run('out 4')).toBe('out: no block 4: "out" lists what there is\n');
    expect(await run('out x')).toBe('out: invalid block number: x\n');
    expect(await run('diff 1')).toMatch(/^Usage:\n {2}diff number number/);
  });

  test('are not kept in a session that keeps nothing', async () => {
    const { run } = shell(0);
    await run('say a');
    expect(await run('out')).toMatch(/out: no output is kept here\n$/);
  });

  test('are forgotten when there is too much newer output', async () => {
    const { run, session } = shell(1 << 20);
    await run('say a');
    await run(`say ${'x'.repeat(1000)}`);
    session.blocks?.begin(9, 'rd');
    for (let i = 0; i < 40; i++) session.blocks?.append(`${'y'.repeat(99_999)}\n`);
    session.blocks?.end('ok');
    expect(await run('out 1')).toBe('out: block 1 is not kept any more\n');
    expect(await run('out 9')).toMatch(/^NOTE: the first \d+ lines are not kept any more\ny/);
  });

  test('are records where records are wanted', async () => {
    const { run } = shell(1 << 20, true);
    await run('say a');
    const listed = (await run('out')).trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(listed)).toMatchObject({
      command: 'out',
      kind: 'block',
      block: 1,
      line: 'say a',
      lines: 1,
    });
    expect(JSON.parse(await run('out 1'))).toMatchObject({ block: 1 });
  });

  test('are plain where the terminal is not', async () => {
    const { session } = shell();
    const sink = Object.assign(new MemorySink(), { color: true }) as unknown as DescriptorSink;
    const made = new Shell({ session, commands, console: sink });
    await made.execute('say "WARNING: ffff888100000000"');
    await made.execute('nosuch');
    expect((sink as unknown as MemorySink).text).toMatch(
      /^\x1b\[33mWARNING.*\n\x1b\[31mcrash: .*\n$/,
    );
    expect(session.blocks?.find(1)?.line(0)).toBe('WARNING: ffff888100000000');
    expect(session.blocks?.find(2)?.line(0)).toBe('crash: command not found: nosuch');
  });
});

describe('less', () => {
  test('prints the block where there is no screen, and asks for pages where there is one', async () => {
    const { run, session } = shell();
    let asked = 0;
    session.page = () => asked++;
    await run('say a b');
    expect(await run('less 1')).toBe('a\nb\n');
    expect(asked).toBe(1);
  });

  test('is the program when it is given a file', async () => {
    const { run } = shell();
    const file = join(folder, 'text');
    writeFileSync(file, 'of a file\n');
    expect(await run(`less ${file} > ${join(folder, 'copy')}`)).toBe('');
    expect(readFileSync(join(folder, 'copy'), 'utf8')).toBe('of a file\n');
  });
});

describe('diff', () => {
  test('shows what differs as diff -u does, under the commands', async () => {
    const { run } = shell();
    await run('say a b c');
    await run('say a x c');
    expect(await run('diff 1 2')).toBe(
      '--- 1\tsay a b c\n+++ 2\tsay a x c\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n',
    );
  });

  test('prints nothing for outputs that are the same', async () => {
    const { run } = shell();
    await run('say a b');
    await run('say a b');
    expect(await run('diff 1 2')).toBe('');
  });
});
