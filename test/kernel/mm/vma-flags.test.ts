import { expect, test } from 'vitest';
import { vmaFlagNames } from '../../../src/kernel/mm/vma-flags.ts';

test('vm_flags are named bit by bit, lowest first', () => {
  expect(vmaFlagNames(0x8000071n)).toEqual(['READ', 'MAYREAD', 'MAYWRITE', 'MAYEXEC', 'SOFTDIRTY']);
  expect(vmaFlagNames(0n)).toEqual([]);
});

test('a bit that has no name keeps its number', () => {
  expect(vmaFlagNames((1n << 63n) | 1n)).toEqual(['READ', 'BIT63']);
});
