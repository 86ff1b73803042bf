import { expect, test } from 'vitest';
import { effort } from './effort.ts';

test('four times the work is more than twice the effort, and less than eight times', () => {
  let sum = 0;
  const loop = (times: number) => () => {
    for (let i = 0; i < times; i++) sum = (sum * 31 + i) | 0;
  };
  loop(10_000_000)();
  const ratio = effort(loop(40_000_000), 5) / effort(loop(10_000_000), 5);
  expect(ratio).toBeGreaterThan(2);
  expect(ratio).toBeLessThan(8);
  expect(Number.isInteger(sum)).toBe(true);
});
