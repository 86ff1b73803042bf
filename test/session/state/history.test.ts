import { describe, expect, test } from 'vitest';
import { historyLines, recall } from '../../../src/session/state/history.ts';

describe('history', () => {
  const past = ['bt', 'ps -k', 'bt -f'];
  test.each([
    ['r', 'bt -f'],
    ['!!', 'bt -f'],
    ['r 2', 'ps -k'],
    ['r2', 'ps -k'],
    ['!1', 'bt'],
    ['r ps', 'ps -k'],
    ['r bt', 'bt -f'],
    ['rd jiffies', undefined],
    ['runq', undefined],
    ['!ls', undefined],
  ])('%s', (line, expected) => {
    expect(recall(line, past)).toBe(expected);
  });

  test('what is not there is refused in crash words', () => {
    expect(() => recall('!99', past)).toThrow('command 99 not entered yet!');
    expect(() => recall('r zz', past)).toThrow('invalid repeat request: r zz');
    expect(() => recall('r', [])).toThrow('no commands entered!');
  });

  test('lines are numbered from one', () => {
    expect(historyLines(past)[0]).toBe('[1] bt');
  });
});
