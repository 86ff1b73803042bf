import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { openDump } from '../../../src/dump/open.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { Completer } from '../../../src/session/completion/complete.ts';
import { typingHint } from '../../../src/session/completion/typing-hint.ts';
import { commandMap } from '../../../src/session/run/find-command.ts';
import { createSession } from '../../../src/session/state/session.ts';

const path = fileURLToPath(new URL('../../../dumps/null-pointer.kdump', import.meta.url));
const session = createSession(openTarget(openDump([path])), {});
const parts = { session, commands: commandMap(commands) };
const completer = new Completer(parts);

const offered = (line: string): string[] =>
  completer.complete(line, line.length).candidates.map(({ text }) => text);

test.each([
  ['p init_task.se.lo', ['load']],
  ['p init_task.mm->own', ['owner']],
  ['p init_mm.pg', ['pgd', 'pgtables_bytes']],
  ['p (init_task.se.load.w', ['weight']],
  ['struct task_struct.se.av', ['avg']],
  ['struct task_struct.pid,tg', ['tgid']],
  ['list task_struct.tasks,x', []],
  ['list task_struct.tas', ['tasks', 'task_works', 'task_frag']],
  ['list -H modules -o module.li', ['list']],
  ['tree -o vm_area_struct.vm_s', ['vm_start']],
  ['foreach 1 gl', ['gleader']],
  ['help ou', ['out', 'output']],
  ['p nosuch.a', []],
  ['p init_task.nosuch.a', []],
])('%s goes on with %j', (line, expected) => {
  expect(offered(line)).toEqual(expect.arrayContaining(expected));
  if (expected.length < 3) expect(offered(line)).toHaveLength(expected.length);
});

test('a member says where it lies and what it is', () => {
  const [pid] = completer.complete('p init_task.pid', 15).candidates;
  expect(pid).toMatchObject({ text: 'pid', detail: expect.stringMatching(/^\[\d+\] pid_t$/) });
});

test('a structure and its member are not taken for a symbol that is missing', () => {
  for (const _ of completer.names.warm());
  for (const line of ['list task_struct.tasks -h init_task', 'struct task_struct.pid 1']) {
    expect(typingHint(line, line.length, { ...parts, completer }).marks).toEqual([]);
  }
});
