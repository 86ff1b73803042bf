import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Interrupted, Interruption } from '../../src/base/interruption.ts';
import { PageCache } from '../../src/memory/page-cache.ts';

let interruption: Interruption;
beforeEach(() => {
  interruption = new Interruption();
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Passes checkpoints while a clock goes on for so many milliseconds. */
function work(milliseconds: number, at = () => interruption.checkpoint()): void {
  for (let i = 0; i < milliseconds; i++) {
    vi.setSystemTime(Date.now() + 1);
    for (let calls = 0; calls < 100; calls++) at();
  }
}
/** The same for somebody who may stop it; true when it was stopped. */
function stopped(asked: (() => boolean) | undefined, milliseconds: number, at?: () => void) {
  try {
    interruption.run(asked, () => work(milliseconds, at));
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(Interrupted);
    return true;
  }
}

describe('a checkpoint', () => {
  test('does nothing without a callback', () => {
    work(40);
    expect(stopped(undefined, 40)).toBe(false);
  });

  test('asks about once in 16 ms, and throws when the answer is yes', () => {
    let asked = 0;
    expect(stopped(() => ++asked > 4, 60)).toBe(false);
    expect(asked).toBe(4);
    expect(stopped(() => true, 2000)).toBe(true);
  });

  test('neither asks nor throws in a part that must not be cut short, and asks again behind it', () => {
    let asked = 0;
    const yes = () => ++asked > 0;
    interruption.run(yes, () => interruption.run(undefined, () => work(60)));
    expect(asked).toBe(0);
    expect(() =>
      interruption.run(yes, () => {
        interruption.run(undefined, () => work(60));
        work(2000);
      }),
    ).toThrow(Interrupted);
    expect(asked).toBe(1);
  });

  test('stands in every read of memory, and a read that was stopped leaves a cache that works', () => {
    const memory = { readPage: () => 'present', status: () => 'present' };
    const source = memory as unknown as ConstructorParameters<typeof PageCache>[0];
    const cache = new PageCache(source, 1 << 20, interruption);
    cache.page(1);
    expect(
      stopped(
        () => true,
        2000,
        () => void cache.page(1),
      ),
    ).toBe(true);
    expect(cache.page(1)).toBeInstanceOf(Uint8Array);
  });

  test('of one dump does not stop work on another', () => {
    const other = new Interruption();
    interruption.run(
      () => true,
      () => work(2000, () => other.checkpoint()),
    );
  });
});
