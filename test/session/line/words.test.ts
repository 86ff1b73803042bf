import { describe, expect, test } from 'vitest';
import { splitRedirection, splitWords } from '../../../src/session/line/words.ts';

describe('words', () => {
  test.each([
    ['  bt  -f   1 ', ['bt', '-f', '1']],
    ['p (jiffies + 1) x', ['p', '(jiffies + 1)', 'x']],
    ['eval ((1 + 2) * 3)k', ['eval', '((1 + 2) * 3)k']],
    ['eval (1+1', ['eval', '(1+1']],
    ['alias kp ""', ['alias', 'kp', '']],
    ['alias a "log | tail"', ['alias', 'a', 'log | tail']],
    ["ps 'wl-.* x'", ['ps', "'wl-.* x'"]],
    ["p it's", ['p', "it's"]],
    ['', []],
  ])('%j splits into %j', (line, words) => {
    expect(splitWords(line)).toEqual(words);
  });
});

describe('redirection', () => {
  test.each([
    ['bt | head -3', 'bt', { to: 'pipe', command: 'head -3', mark: '|' }],
    ['bt!grep x|wc', 'bt', { to: 'pipe', command: 'grep x|wc', mark: '!' }],
    ['bt > out more', 'bt', { to: 'file', path: 'out', append: false }],
    ['bt >>out', 'bt', { to: 'file', path: 'out', append: true }],
    ['bt >', 'bt', { to: 'file', path: '', append: false }],
    ['p a->b', 'p a->b', undefined],
    ['p a != b', 'p a != b', undefined],
    ['eval (1 >> 2) | cat', 'eval (1 >> 2)', { to: 'pipe', command: 'cat', mark: '|' }],
    ['eval (1 | 2)', 'eval (1 | 2)', undefined],
    ['alias a "log | tail"', 'alias a "log | tail"', undefined],
    ["ps 'a|b'", "ps 'a|b'", undefined],
    ["p it's | cat", "p it's", { to: 'pipe', command: 'cat', mark: '|' }],
  ])('%s', (line, command, redirection) => {
    expect(splitRedirection(line)).toEqual({ command, redirection });
  });
});
