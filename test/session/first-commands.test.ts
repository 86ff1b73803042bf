import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { preloadedCommands } from '../../commands/preloaded.ts';
import { Interruption } from '../../src/base/interruption.ts';
import { Losses } from '../../src/kernel/core/losses.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { type AnyCommand, defineCommand } from '../../src/session/command/command.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession } from '../../src/session/state/session.ts';

const says = (name: string): AnyCommand =>
  defineCommand({
    name,
    group: 'session',
    summary: `say ${name}`,
    synopsis: '',
    flags: {},
    operands: [],
    *run() {
      yield name;
    },
    print(text, out) {
      out.line(String(text));
    },
  });

function shellWith(): { shell: Shell; sink: MemorySink; loads: () => number } {
  const known = commandMap([says('near')]);
  let loads = 0;
  const more = async (): Promise<void> => {
    loads++;
    known.set('far', says('far'));
  };
  const sink = new MemorySink();
  const session = createSession({
    findSymbol: () => undefined,
    memory: { interruption: new Interruption() },
    losses: new Losses(),
  } as unknown as Target);
  return {
    shell: new Shell({ session, commands: known, more, console: sink }),
    sink,
    loads: () => loads,
  };
}

test('a line that begins with a command at hand loads no other', async () => {
  const { shell, sink, loads } = shellWith();
  expect(await shell.execute('near')).toBe('ok');
  expect(sink.text).toBe('near\n');
  expect(loads()).toBe(0);
});

test('a line that begins with any other word loads the rest before it is judged', async () => {
  const { shell, sink, loads } = shellWith();
  expect(await shell.execute('far')).toBe('ok');
  expect(sink.text).toBe('far\n');
  expect(loads()).toBe(1);
});

test('the first commands are among all of them, and look no other up', () => {
  for (const command of preloadedCommands) {
    expect(commands).toContain(command);
    const source = readFileSync(
      new URL(`../../commands/${command.name}.ts`, import.meta.url),
      'utf8',
    );
    expect(source).not.toMatch(/\.run\(|\bcommands\b[,. }]/);
  }
});
