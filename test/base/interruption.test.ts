import { afterEach, describe, expect, test } from 'vitest';
import {
  checkpoint,
  Interrupted,
  interruptible,
  shielded,
  watchInterruption,
} from '../../src/base/interruption.ts';
import { PageCache } from '../../src/memory/page-cache.ts';

afterEach(() => watchInterruption(undefined));

/** Passes checkpoints for so many milliseconds, or until one throws; true when one did. */
function pass(milliseconds: number, at: () => void = checkpoint): boolean {
  const end = Date.now() + milliseconds;
  try {
    interruptible(() => {
      while (Date.now() < end) at();
    });
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(Interrupted);
    return true;
  }
}

describe('a checkpoint', () => {
  test('does nothing while nobody watches', () => {
    expect(pass(40)).toBe(false);
  });
  test('throws when the watch says so, and only once', () => {
    let stop = false;
    let asked = 0;
    watchInterruption(() => {
      asked++;
      return stop;
    });
    expect(pass(60)).toBe(false);
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThan(20);
    stop = true;
    expect(pass(2000)).toBe(true);
    expect(pass(60)).toBe(false);
  });
  test('neither asks nor throws under a shield, or where nobody is ready for it', () => {
    let asked = 0;
    watchInterruption(() => ++asked > 0);
    const work = (): void => {
      for (const end = Date.now() + 60; Date.now() < end; ) checkpoint();
    };
    interruptible(() => shielded(work));
    work();
    expect(pass(2000)).toBe(true);
    expect(asked).toBe(1);
  });
  test('stands in every read of memory', () => {
    const cache = new PageCache({
      readPage: () => 'present',
      status: () => 'present',
    } as unknown as ConstructorParameters<typeof PageCache>[0]);
    cache.page(1);
    watchInterruption(() => true);
    expect(pass(2000, () => void cache.page(1))).toBe(true);
    expect(cache.page(1)).toBeInstanceOf(Uint8Array);
  });
});
