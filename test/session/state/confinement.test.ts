import { expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { commandMap } from '../../../src/session/run/find-command.ts';
import { Shell } from '../../../src/session/run/shell.ts';
import { MemorySink } from '../../../src/session/sinks/sinks.ts';
import { type Allowed, GuestConfinement } from '../../../src/session/state/confinement.ts';
import { createSession } from '../../../src/session/state/session.ts';
import { bundledTarget } from '../../share/bundled.ts';

/** A session with a guest who drives. */
function seat(allowed: Allowed[] = []) {
  const session = createSession(bundledTarget(), { keep: 1 << 20, silent: true });
  const sink = new MemorySink();
  const shell = new Shell({ session, commands: commandMap(commands), console: sink });
  const confinement = new GuestConfinement('ann', new Set(allowed), { endless: true });
  const said = async (line: string, by?: { name: string; confinement: GuestConfinement }) => {
    sink.text = '';
    await shell.execute(line, by);
    return sink.text.trimEnd();
  };
  return { session, said, ann: { name: 'ann', confinement } };
}

test('a guest is refused where the act would happen, in words that name the remedy', async () => {
  const { said, ann } = seat();
  const remedy = (what: string) => ` (the owner can: allow ann ${what})`;
  expect(await said('!id', ann)).toBe(
    `crash: refused for guests: runs a program${remedy('shell')}`,
  );
  expect(await said('sym panic | cat', ann)).toBe(
    `crash: refused for guests: runs a program${remedy('shell')}`,
  );
  expect(await said('sym panic > /tmp/never', ann)).toBe(
    `crash: refused for guests: writes a file${remedy('files')}`,
  );
  expect(await said('js 1', ann)).toBe(`js: refused for guests: runs JavaScript${remedy('code')}`);
  expect(await said('set scroll off', ann)).toBe(
    'set: refused for guests: is about the session itself',
  );
});

test('what a guest asks of the dump, of the context and of the list of answers is answered', async () => {
  const { said, ann, session } = seat();
  expect(await said('sym panic', ann)).toMatch(/ panic/);
  expect(await said('set radix 16', ann)).toBe('output radix: 16 (hex)');
  expect(await said('out 1', ann)).toMatch(/ panic/);
  expect(await said('h', ann)).toContain('[1] sym panic');
  expect(session.recorder.lines.map(({ by }) => by)).toEqual(['ann', 'ann', 'ann', 'ann']);
});

test('a refused line cannot be recalled by the owner, and keeps its number', async () => {
  const { said, ann, session } = seat();
  await said('!id', ann);
  expect(await said('r')).not.toContain('uid=');
  expect(await said('r 1')).not.toContain('uid=');
  expect(session.history[0]).toBe('# refused for guests');
  expect(session.recorder.lines[0]).toMatchObject({ line: '!id', refused: 'runs a program' });
  await said('sym panic', ann);
  expect(session.recorder.lines.at(-1)?.number).toBe(session.history.length);
});

test('what the owner recalls of a guest is run with the rights of the owner, and the next line is not the guest’s', async () => {
  const { said, ann, session } = seat();
  await said('sym panic', ann);
  expect(await said('alias zz sym')).toContain('zz');
  expect(session.recorder.lines.at(-1)?.by).toBeUndefined();
  expect(await said('alias zz ps', ann)).toContain('refused for guests');
});

test('what is allowed holds for what was allowed alone', async () => {
  const { said, ann } = seat(['code']);
  expect(await said('js 1 + 1', ann)).toBe('2');
  expect(await said('!id', ann)).toContain('refused for guests: runs a program');
});

test('errors of a guest do not go to the file that the owner has named for errors', async () => {
  const { said, ann, session } = seat();
  session.settings.error = '/proc/never/there';
  expect(await said('nonsense_', ann)).toContain('command not found');
});
