import { describe, expect, test } from 'vitest';
import { commands } from '../../../commands/index.ts';
import { Completer } from '../../../src/session/completion/complete.ts';
import { apropos } from '../../../src/session/help/apropos.ts';
import { helpScreen } from '../../../src/session/help/help.ts';
import { EDITING_KEYS, KEY_SECTIONS, keyName, keySheet } from '../../../src/session/help/keys.ts';
import { commandMap } from '../../../src/session/run/find-command.ts';
import { PAGER_KEYS } from '../../../src/ui/pager/keys.ts';
import { fakeSession } from '../fake-session.ts';

const names = (...words: string[]): string[] => apropos(words, commands).map(({ name }) => name);

describe('apropos', () => {
  test('finds a command by its name first, then by its summary', () => {
    expect(names('bt')[0]).toBe('bt');
    expect(names('BACKTRACE')[0]).toBe('bt');
  });
  test('finds a command by the meaning of a flag, and shows the flag', () => {
    const kmem = apropos(['slab'], commands).find(({ name }) => name === 'kmem');
    expect(kmem?.because.join('\n')).toMatch(/^-s {2}.*slab/m);
  });
  test('matches all words, in any part', () => {
    expect(names('virtual', 'physical')).toContain('vtop');
    expect(names('virtual', 'zebra')).toEqual([]);
  });
  test('takes a word where one begins, and anywhere only when nothing else is found', () => {
    const made = (name: string, summary: string) =>
      ({ ...commands[0], name, summary, help: '', examples: [], operands: [], flags: {} }) as never;
    expect(apropos(['zblock'], [made('a', 'azblock'), made('b', 'zblocks')])).toMatchObject([
      { name: 'b' },
    ]);
    expect(names('acktrac')).toContain('bt');
    expect(names('|')).toContain('help output');
  });
  test('includes the keys, the topics and the variables of set', () => {
    expect(names('history')).toEqual(expect.arrayContaining(['help keys', 'help input']));
    expect(names('zero_excluded')).toContain('set');
  });
  test('a flag that is not advertised is not found; a broken word is whole again', () => {
    const hidden = { ...commands[0], name: 'x', summary: 'y', help: '', examples: [] };
    const flags = { q: { help: 'zebra', hidden: true } } as const;
    const broken = {
      ...hidden,
      name: 'w',
      flags: {},
      operands: [],
      help: 'walks the zpage-\ntables of a task',
    };
    expect(apropos(['zpage'], [broken as never])[0]?.because).toEqual([
      'walks the zpage-tables of a task',
    ]);
    expect(apropos(['zebra'], [{ ...hidden, flags } as never])).toEqual([]);
  });
});

describe('the key sheet', () => {
  test('has every key of the prompt, in words', () => {
    const sheet = keySheet().join('\n');
    for (const { keys, help } of EDITING_KEYS) {
      expect(sheet).toContain(help);
      for (const key of keys) expect(sheet).toContain(keyName(key));
    }
    expect([keyName('C-r'), keyName('M-f'), keyName('S-tab'), keyName('C-left')]).toEqual([
      'Ctrl-R',
      'Alt-f',
      'Shift-Tab',
      'Ctrl-Left',
    ]);
  });
  test('names no key of the pager that the pager does not have', () => {
    const rows = KEY_SECTIONS.find(({ title }) => title === 'In the pager')?.rows ?? [];
    expect(rows.length).toBeGreaterThan(5);
    for (const { keys } of rows)
      for (const key of keys) expect(PAGER_KEYS.has(key), key).toBe(true);
  });
  test('fits 80 columns', () => {
    expect(keySheet().filter((line) => line.length > 79)).toEqual([]);
  });
});

test('the list of commands fits 80 columns, and says where more is', () => {
  const screen = helpScreen(commandMap(commands), '1');
  expect(screen.filter((line) => line.trimEnd().length > 79)).toEqual([]);
  expect(screen.join('\n')).toMatch(/"help keys"[\s\S]*"apropos <word>"/);
});

describe('the command that F1 explains', () => {
  const completer = new Completer({ session: fakeSession(), commands: commandMap(commands) });
  test.each([
    ['bt -f 149', 'bt'],
    ['foreach bt -f', 'bt'],
    ['help vt', 'help'],
    ['help vtop', 'vtop'],
    ['', ''],
    ['nosuch x', ''],
    ['rd log', 'rd'],
  ])('%j: %j', (line, name) => {
    expect(completer.commandAt(line, line.length)).toBe(name);
  });
});
