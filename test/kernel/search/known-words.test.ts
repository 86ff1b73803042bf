import { describe, expect, it } from 'vitest';
import { errorOfPointer, knownWord } from '../../../src/kernel/search/known-words.ts';

describe('a word says by its value alone', () => {
  it.each([
    [0xdead000000000100n, 'list-poison', 'LIST_POISON1', 0],
    [0xdead000000000108n, 'list-poison', 'LIST_POISON1', 8],
    [0x6b6b6b6b6b6b6b6bn, 'poison', 'POISON_FREE', 0],
    [0x6b6b6b6b6b6b6b8bn, 'poison', 'POISON_FREE', 32],
    [0xfffffffffffffff4n, 'error', '-ENOMEM', 0],
    [0x206f742064616552n, 'text', 'text "Read to "', 0],
    [0x57ac6e9dn, 'magic', 'STACK_END_MAGIC', 0],
  ])('%i', (value, kind, text, offset) => {
    expect(knownWord(value)).toMatchObject({ kind, text, offset });
  });
  it.each([0n, 7n, 0xffff888001234560n, 0xffffffff81000000n])('nothing: %i', (value) => {
    expect(knownWord(value)).toBeUndefined();
  });
  it('errors end at MAX_ERRNO', () => {
    expect(errorOfPointer(0xfffffffffffff001n)).toBe(4095);
    expect(errorOfPointer(0xfffffffffffff000n)).toBeUndefined();
  });
});
