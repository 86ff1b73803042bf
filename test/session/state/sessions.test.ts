import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { openDump } from '../../../src/dump/open.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { commandMap } from '../../../src/session/run/find-command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import { MemorySink } from '../../../src/session/sinks/sinks.ts';
import { createSession, type Session, Slot } from '../../../src/session/state/session.ts';

const dump = fileURLToPath(new URL('../../../dumps/null-pointer.kdump', import.meta.url));
const target = openTarget(openDump([dump]));

async function answer(session: Session, line: string): Promise<string> {
  const sink = new MemorySink();
  const place = { inherit: false, write: (text: string) => sink.write(text) };
  await new Shell({ session, commands: commandMap(commands), console: sink, place }).execute(line);
  return sink.text;
}

describe('two sessions on one target', () => {
  test('a task that one declares to be running is running in that one alone', async () => {
    const [one, other] = [createSession(target), createSession(target)];
    const before = await answer(other, 'ps -A');
    expect(before).not.toMatch(/^>\s+1\s/m);
    await answer(one, 'set -a 1');
    expect(await answer(one, 'ps -A')).toMatch(/^>\s+1\s/m);
    expect(await answer(other, 'ps -A')).toBe(before);
    expect(await answer(createSession(target), 'ps -A')).toBe(before);
  });

  test('have contexts, settings and values of their own', async () => {
    const [one, other] = [createSession(target), createSession(target)];
    for (const line of ['set 1', 'set radix 16', 'p 1', 'p 2']) await answer(one, line);
    expect(one.task.pid).toBe(1);
    expect(other.task.pid).not.toBe(1);
    expect(other.settings.radix).toBe(10);
    expect(await answer(one, 'p 3')).toMatch(/^\$3 = /);
    expect(await answer(other, 'p 3')).toMatch(/^\$1 = /);
  });

  test('keep what a part of the program keeps in each, made at first use', () => {
    let made = 0;
    const slot = new Slot((session: Session) => ({ session, number: ++made }));
    const [one, other] = [createSession(target), createSession(target)];
    expect(one.slot(slot)).toBe(one.slot(slot));
    expect(other.slot(slot)).toMatchObject({ session: other, number: 2 });
  });
});

describe('work that may be ended', () => {
  const burn = (session: Session) => {
    for (let i = 0; i < 1e7; i++) session.target.memory.interruption.checkpoint();
  };

  test('ends once for each time that the watch says so, and not at all in another session', () => {
    const [one, other] = [createSession(target), createSession(target)];
    one.watch(() => true);
    expect(() => one.interruptible(() => burn(one))).toThrow('interrupted');
    one.interruptible(() => burn(one));
    one.watch(() => true);
    other.interruptible(() => burn(other));
    one.interruptible(() => one.shielded(() => burn(one)));
  });
});
