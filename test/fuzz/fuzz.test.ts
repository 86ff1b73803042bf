import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inputOf, runCase } from './runner.ts';
import { isTyped, targets } from './targets.ts';

const corpus = fileURLToPath(new URL('corpus/', import.meta.url));
/** Cases of each target that run with the tests; `npm run fuzz` runs them by the hour. */
const CASES = 150;

describe.each(targets.map((target) => [target.name, target] as const))('%s', (_, target) => {
  test(`${CASES} damaged inputs end in answers or typed errors`, async () => {
    const seeds = target.seeds();
    expect(seeds.length).toBeGreaterThan(0);
    for (let number = 0; number < CASES; number++) {
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
