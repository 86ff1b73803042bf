import { describe, expect, test } from 'vitest';
import { settingLines, setVariable } from '../../../src/session/state/settings.ts';
import { fakeSession } from '../fake-session.ts';

const session = (interactive: boolean) =>
  Object.assign(fakeSession(), {
    interactive,
    settings: { edit: 'vi', context: true, radix: 10, scope: 0n, 'safe-path': [] },
    target: { memory: { paths: ['vmcore'] } },
  });

describe('settings of the terminal', () => {
  test('the editing mode may change between two prompts, in the words of crash', () => {
    const live = session(true);
    expect(setVariable(live, ['emacs'])).toBe('edit: emacs');
    expect(live.settings.edit).toBe('emacs');
    expect(setVariable(live, ['edit', 'vi'])).toBe('edit: vi');
    expect(() => setVariable(live, ['edit', 'ed'])).toThrow('invalid command: set edit ed');
  });
  test('a script is told what crash tells it', () => {
    expect(() => setVariable(session(false), ['emacs'])).toThrow(
      'cannot change editing mode during runtime',
    );
  });
  test('notes on pointers can be turned off, and are spoken of only where there is a terminal', () => {
    const live = session(true);
    expect(setVariable(live, ['annotate', 'off'])).toBe('annotate: off');
    expect(live.settings.annotate).toBe(false);
    expect(settingLines(live)).toContain('      annotate: off');
    expect(settingLines(session(false)).some((line) => line.includes('annotate:'))).toBe(false);
  });
  test('the context row can be turned off, and is listed only where there is a terminal', () => {
    const live = session(true);
    expect(setVariable(live, ['context', 'off'])).toBe('context: off');
    expect(live.settings.context).toBe(false);
    expect(settingLines(live).at(-1)).toBe('       context: off');
    expect(settingLines(session(false)).some((line) => line.includes('context:'))).toBe(false);
  });
});
