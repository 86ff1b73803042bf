import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { guardAllocations, MEMORY_LIMIT, takeLargestRequest } from './memory-guard.ts';
import { inputOf, runCase } from './runner.ts';
import { isTyped } from './target.ts';
import { targets } from './targets.ts';

guardAllocations();

const corpus = fileURLToPath(new URL('corpus/', import.meta.url));
/** Cases of each target that run with the tests, fewer of those that cost more; `npm run fuzz` runs them by the hour. */
const CASES = 150;

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  const cases = Math.ceil(CASES / (target.weight ?? 1));
  test(`${cases} damaged inputs end in answers or typed errors`, async () => {
    const seeds = target.seeds();
    expect(seeds.length).toBeGreaterThan(0);
    for (let number = 0; number < cases; number++) {
      await runCase(target, inputOf(target, seeds, number), isTyped);
    }
  });
});

test('what fuzzing has found stays mended', async () => {
  for (const found of readdirSync(corpus).filter((name) => name.endsWith('.bin'))) {
    const name = found.replace(/-\d+\.bin$/, '');
    const target = targets.find((one) => one.name === name);
    if (!target) throw new Error(`no target is called ${name}`);
    await runCase(target, readFileSync(corpus + found), isTyped);
  }
});

test('a case that asks for too much memory is found, though it is caught and nothing is kept', async () => {
  const greedy = (run: () => unknown) =>
    runCase(
      {
        name: 'greedy',
        seeds: () => [],
        run() {
          try {
            run();
          } catch {
            // a parser that hides it
          }
        },
      },
      new Uint8Array(0),
      isTyped,
    );
  const [length, message] = [MEMORY_LIMIT + 8, /512 MiB were asked for at once/];
  await expect(greedy(() => new Uint8Array(length))).rejects.toThrow(message);
  await expect(greedy(() => new Float64Array(length / 8))).rejects.toThrow(message);
  await expect(greedy(() => Buffer.alloc(length))).rejects.toThrow(message);
  await expect(greedy(() => new Uint8Array(16))).resolves.toBeUndefined();
  expect(takeLargestRequest()).toBe(0);
  expect(new Uint8Array(3)).toBeInstanceOf(Uint8Array);
});
