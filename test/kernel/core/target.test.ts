import { describe, expect, test } from 'vitest';
import { MissingError } from '../../../src/base/errors.ts';
import { Interrupted } from '../../../src/base/interruption.ts';
import { Target, type TargetParts } from '../../../src/kernel/core/target.ts';

const target = (): Target =>
  new Target({
    memory: { arch: { pageShift: 12 }, kernel: { pageSize: 4096 } },
    warnings: [],
  } as unknown as TargetParts);

describe('a table of a target', () => {
  test('is built once, and is known from then on', () => {
    const made = target();
    let built = 0;
    const build = (): number => ++built;
    expect(made.isCached(build)).toBe(false);
    expect([made.memo(build), made.memo(build)]).toEqual([1, 1]);
    expect(made.isCached(build)).toBe(true);
  });
  test('that cannot be built fails the same way each time', () => {
    const made = target();
    let built = 0;
    const build = (): never => {
      built++;
      throw new MissingError('symbol', 'x');
    };
    for (let i = 0; i < 2; i++) expect(() => made.memo(build)).toThrow(MissingError);
    expect(built).toBe(1);
  });
  test('that Ctrl-C cut short is built when it is asked for again', () => {
    const made = target();
    let built = 0;
    const build = (): number => {
      if (++built === 1) throw new Interrupted();
      return built;
    };
    expect(() => made.memo(build)).toThrow(Interrupted);
    expect(made.isCached(build)).toBe(false);
    expect(made.memo(build)).toBe(2);
  });
});
