import { describe, expect, it } from 'vitest';
import { isTyped } from '../fuzz/target.ts';
import { accidents, analyzeDamaged, checkDamaged, type Damage } from './damage.ts';

/** Every sixth slice: a fuzzer takes all of them. */
const names = accidents().names.filter((_, i) => i % 6 === 0);

function untyped(name: string, damage: Damage): unknown {
  try {
    checkDamaged(name, damage);
  } catch (error) {
    if (!isTyped(error)) return error;
  }
  return undefined;
}

describe.each(names)('%s', (name) => {
  it.each([300, 40, 8])('without one page of %i is nothing else for certain', (missingOneOf) => {
    expect(untyped(name, { missingOneOf, words: 0, seed: missingOneOf })).toBeUndefined();
  });

  it('with words overwritten has an answer all the same', () => {
    for (const words of [3, 60, 900])
      expect(untyped(name, { missingOneOf: 0, words, seed: words })).toBeUndefined();
  });
});

it('a machine of which nothing says whether it panicked is not said to run', () => {
  // The page of panic_cpu is among those that are missing.
  const verdict = analyzeDamaged('6.1-sem', { missingOneOf: 300, words: 0, seed: 285 });
  expect(verdict.class).toBe('unknown');
  expect(verdict.unchecked).toEqual(['whether the kernel panicked at all']);
});

it('a machine that did not panic is likely running, and no more, when parts cannot be looked at', () => {
  const verdict = analyzeDamaged('6.12-idle', { missingOneOf: 40, words: 0, seed: 2 });
  expect(verdict).toMatchObject({ class: 'running', certainty: 'likely' });
});
