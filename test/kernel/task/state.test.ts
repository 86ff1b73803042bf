import { describe, expect, test } from 'vitest';
import { parsePolicies } from '../../../src/kernel/task/scheduling.ts';
import { signalName, signalsIn } from '../../../src/kernel/task/signals.ts';
import { stateCode, stateWords } from '../../../src/kernel/task/state.ts';

describe('the two letters of a state', () => {
  test.each([
    [0, 'RU'],
    [0x1, 'IN'],
    [0x2, 'UN'],
    [0x402, 'ID'],
    [0x20, 'ZO'],
    [0x4, 'ST'],
    [0x8, 'TR'],
    [0x40, 'PA'],
    [0x80, 'DE'],
    [0x10, 'DE'],
    [0x200, 'WA'],
    [0x800, 'NE'],
    [0x100000, '??'],
  ])('%i is %s', (state, code) => {
    expect(stateCode(state)).toBe(code);
  });

  test('a killable sleep is UN, a freezable one IN', () => {
    expect(stateCode(0x102)).toBe('UN');
    expect(stateCode(0x2001)).toBe('IN');
  });

  test('a zombie that is also dead is ZO', () => {
    expect(stateCode(0x20 | 0x80)).toBe('ZO');
  });

  test('a task in the freezer or at a sleeping lock is UN, as the kernel reports it', () => {
    expect(stateCode(0x8000)).toBe('UN');
    expect(stateCode(0x1000)).toBe('UN');
  });
});

describe('the words of a state', () => {
  test.each([
    [0, 'TASK_RUNNING'],
    [0x402, 'TASK_UNINTERRUPTIBLE|TASK_NOLOAD'],
    [0x102, 'TASK_UNINTERRUPTIBLE|TASK_WAKEKILL'],
    [0x20, 'EXIT_ZOMBIE'],
    [0x90, 'EXIT_DEAD|TASK_DEAD'],
    [0x40, 'TASK_PARKED'],
  ])('%i is %s', (state, words) => {
    expect(stateWords(state)).toBe(words);
  });
});

describe('scheduling policies', () => {
  test('are read by number, by hexadecimal number and by name in any case', () => {
    expect([...parsePolicies('fifo,2,0x6')]).toEqual([1, 2, 6]);
  });
  test.each(['9', 'foo', 'NO', ''])('"%s" is none', (word) => {
    expect(() => parsePolicies(word)).toThrow(`${word}: invalid scheduling policy`);
  });
});

describe('signals', () => {
  test('real-time ones are counted from both ends', () => {
    expect([32, 33, 48, 49, 63, 64].map(signalName)).toEqual([
      'SIGRTMIN',
      'SIGRTMIN+1',
      'SIGRTMIN+16',
      'SIGRTMAX-15',
      'SIGRTMAX-1',
      'SIGRTMAX',
    ]);
  });
  test('bit 0 of a set is signal 1, bit 63 is signal 64', () => {
    expect(signalsIn(0x8000000000000001n)).toEqual([1, 64]);
  });
});
