import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  checkpoint,
  Interrupted,
  interruptible,
  shielded,
  watchInterruption,
} from '../../src/base/interruption.ts';
import { PageCache } from '../../src/memory/page-cache.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  watchInterruption(undefined);
});

/** Passes checkpoints while a clock goes on for so many milliseconds. */
function work(milliseconds: number, at: () => void = checkpoint): void {
  for (let i = 0; i < milliseconds; i++) {
    vi.setSystemTime(Date.now() + 1);
    for (let calls = 0; calls < 100; calls++) at();
  }
}
/** The same where one may throw; true when one did. */
function pass(milliseconds: number, at: () => void = checkpoint): boolean {
  try {
    interruptible(() => work(milliseconds, at));
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
    // About once in 16 ms.
    expect(asked).toBe(4);
    stop = true;
    expect(pass(2000)).toBe(true);
    expect(pass(60)).toBe(false);
  });
  test('neither asks nor throws under a shield, or where nobody is ready for it', () => {
    let asked = 0;
    watchInterruption(() => ++asked > 0);
    interruptible(() => shielded(() => work(60)));
    work(60);
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
