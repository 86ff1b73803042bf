import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Act, begun, freeName, type ShareState, step } from '../../src/share/state.ts';

const PEOPLE = ['root', 'ann', 'bo', 'eve'];

/** Any act of anybody, sensible or not. */
const anyAct: fc.Arbitrary<Act> = (() => {
  const who = fc.constantFrom(...PEOPLE);
  const c = fc.integer({ min: 0, max: 40 });
  const at = fc.constant(0);
  return fc.oneof(
    fc.record({
      act: fc.constant('join' as const),
      name: who,
      role: fc.constantFrom('guest' as const, 'watcher' as const),
      via: fc.constant('unix' as const),
      at,
    }),
    fc.record({ act: fc.constantFrom('leave' as const, 'kick' as const), who, why: who, at }),
    fc.record({ act: fc.constantFrom('away' as const, 'back' as const), who, at }),
    fc.record({ act: fc.constant('take' as const), by: who, at }),
    fc.record({ act: fc.constant('hand' as const), by: who, to: who, at }),
    fc.record({ act: fc.constant('hand' as const), by: who, to: who, c, at }),
    fc.record({ act: fc.constant('want' as const), by: who, c, at }),
    fc.record({
      act: fc.constant('run' as const),
      by: who,
      d: fc.integer({ min: 0, max: 20 }),
      c,
      line: fc.constant('sym panic'),
      at,
    }),
    fc.record({
      act: fc.constant('allow' as const),
      who,
      what: fc.constantFrom('files' as const, 'nothing' as const),
      at,
    }),
  );
})();

const joined = (state: ShareState, ...names: string[]): ShareState =>
  names.reduce(
    (before, name) => step(before, { act: 'join', name, role: 'guest', via: 'unix', at: 0 }).state,
    state,
  );

describe('the state of a shared session', () => {
  test('in any order of acts one person drives who is there and may, and a hand-over is told once', () => {
    fc.assert(
      fc.property(fc.array(anyAct, { maxLength: 40 }), (acts) => {
        let state = begun('root', 0);
        for (const act of acts) {
          // Names are given by the host, which never gives one twice.
          if (act.act === 'join' && state.people.has(act.name)) continue;
          const before = state;
          const made = step(state, act);
          state = made.state;
          const driver = state.people.get(state.driver);
          expect(driver, 'who drives is here').toBeDefined();
          expect(driver?.role).not.toBe('watcher');
          expect(driver?.away).toBeUndefined();
          expect(state.people.get('root')?.role).toBe('owner');
          const told = made.log.filter(({ t }) => t === 'drive').length;
          expect(told).toBe(state.d - before.d);
          if (made.run !== undefined) {
            const asked = act.act === 'run' ? act : undefined;
            expect([asked?.by, asked?.d]).toEqual([before.driver, before.d]);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('nobody takes the keyboard but the owner, who has it at once', () => {
    const state = joined(begun('root', 0), 'ann', 'bo');
    const driven = step(state, { act: 'hand', by: 'root', to: 'ann', at: 0 }).state;
    expect(step(driven, { act: 'take', by: 'bo', at: 0 }).state.driver).toBe('ann');
    expect(step(driven, { act: 'hand', by: 'bo', to: 'bo', at: 0 }).refused).toBe(
      'not run: ann drives',
    );
    expect(step(driven, { act: 'take', by: 'root', at: 0 }).state.driver).toBe('root');
  });

  test('of two who take at once the second changes nothing', () => {
    const state = joined(begun('root', 0), 'ann');
    const driven = step(state, { act: 'hand', by: 'root', to: 'ann', at: 0 }).state;
    const once = step(driven, { act: 'take', by: 'root', at: 0 });
    const twice = step(once.state, { act: 'take', by: 'root', at: 0 });
    expect(once.log).toEqual([{ t: 'drive', who: 'root', d: 3, why: 'take' }]);
    expect(twice.log).toEqual([]);
  });

  test('a line that was on its way while the keyboard changed hands is not run', () => {
    const state = joined(begun('root', 0), 'ann');
    const driven = step(state, { act: 'hand', by: 'root', to: 'ann', at: 0 }).state;
    const again = step(step(driven, { act: 'take', by: 'root', at: 0 }).state, {
      ...{ act: 'hand', by: 'root', to: 'ann', at: 0 },
    } as Act).state;
    const late = { act: 'run', by: 'ann', d: driven.d, c: 1, line: 'q', at: 0 } as const;
    expect(step(again, late)).toMatchObject({ refused: 'not run: ann drives' });
    expect(step(again, { ...late, c: 2, d: again.d }).run).toBe('q');
  });

  test('an act that is sent twice is done once', () => {
    const state = joined(begun('root', 0), 'ann');
    const first = step(state, { act: 'say', by: 'ann', text: 'hello', c: 1, at: 0 });
    expect(first.log).toHaveLength(1);
    expect(step(first.state, { act: 'say', by: 'ann', text: 'hello', c: 1, at: 0 }).log).toEqual(
      [],
    );
  });

  test('the keyboard comes back when the driver leaves, is away or may only watch', () => {
    const state = joined(begun('root', 0), 'ann');
    const driven = step(state, { act: 'hand', by: 'root', to: 'ann', at: 0 }).state;
    for (const act of [
      { act: 'leave', who: 'ann', why: 'left', at: 0 },
      { act: 'away', who: 'ann', at: 0 },
      { act: 'allow', who: 'ann', what: 'nothing', at: 0 },
    ] as const)
      expect(step(driven, act).state.driver).toBe('root');
  });

  test('what was allowed ends with the drive', () => {
    const state = joined(begun('root', 0), 'ann');
    const given = step(state, { act: 'allow', who: 'ann', what: 'shell', at: 0 }).state;
    const driven = step(given, { act: 'hand', by: 'root', to: 'ann', at: 0 }).state;
    expect(driven.people.get('ann')?.allowed).toEqual(['shell']);
    const ended = step(driven, { act: 'take', by: 'root', at: 0 }).state;
    expect(ended.people.get('ann')?.allowed).toEqual([]);
  });

  test('two who want one name have two', () => {
    const state = joined(begun('root', 0), 'ann');
    expect(freeName(state, 'ann')).toBe('ann-2');
    expect(freeName(joined(state, 'ann-2'), 'ann')).toBe('ann-3');
    expect(freeName(joined(begun('root', 0), 'a'.repeat(24)), 'a'.repeat(24))).toHaveLength(24);
  });
});
