import { describe, expect, test } from 'vitest';
import {
  chooseTerminal,
  type TerminalFacts,
} from '../../../src/session/program/terminal-choice.ts';

const PLAIN: TerminalFacts = {
  stdinIsTerminal: true,
  stdoutIsTerminal: true,
  env: { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' },
  color: 'auto',
  simple: false,
};
const choose = (facts: Partial<TerminalFacts>, env: TerminalFacts['env'] = {}) =>
  chooseTerminal({ ...PLAIN, ...facts, env: { ...PLAIN.env, ...env } });

describe('the screen', () => {
  test.each([
    ['a terminal at both ends', {}, {}, true],
    ['a pipe at stdin', { stdinIsTerminal: false }, {}, false],
    ['a pipe at stdout', { stdoutIsTerminal: false }, {}, false],
    ['--simple', { simple: true }, {}, false],
    ['TERM=dumb', {}, { TERM: 'dumb' }, false],
    ['a screen reader', {}, { INK_SCREEN_READER: 'true' }, false],
    ['CI=1', {}, { CI: '1' }, true],
    ['NO_COLOR', {}, { NO_COLOR: '1' }, true],
    ['no UTF-8', {}, { LANG: 'C' }, true],
  ])('with %s', (_, facts, env, screen) => {
    expect(choose(facts, env).screen).toBe(screen);
  });
  test('a session is interactive whenever stdin is a terminal', () => {
    expect(choose({ stdoutIsTerminal: false }).interactive).toBe(true);
    expect(choose({ stdinIsTerminal: false }).interactive).toBe(false);
  });
});

describe('colour', () => {
  test.each([
    ['a terminal', {}, {}, true],
    ['no terminal', { stdoutIsTerminal: false }, {}, false],
    ['NO_COLOR', {}, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which does not count', {}, { NO_COLOR: '' }, true],
    ['NO_COLOR and FORCE_COLOR', {}, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['FORCE_COLOR without a terminal', { stdoutIsTerminal: false }, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0', {}, { FORCE_COLOR: '0' }, false],
    ['TERM=dumb', {}, { TERM: 'dumb' }, false],
    ['--color never', { color: 'never' }, { FORCE_COLOR: '1' }, false],
    ['--color always', { color: 'always', stdoutIsTerminal: false }, { NO_COLOR: '1' }, true],
  ] as const)('with %s', (_, facts, env, color) => {
    expect(choose(facts, env).color).toBe(color);
  });
});

test.each([
  [{ LANG: 'en_US.UTF-8' }, true],
  [{ LANG: 'C.utf8' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'C', LC_CTYPE: 'de_DE.UTF-8' }, true],
  [{ LANG: '' }, false],
])('characters above ASCII are drawn with %j: %s', (env, unicode) => {
  expect(choose({}, env).unicode).toBe(unicode);
});
