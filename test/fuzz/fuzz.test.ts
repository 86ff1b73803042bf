import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
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

describe('what fuzzing has found', () => {
  test.each(readdirSync(corpus).filter((name) => name.endsWith('.bin')))('%s', async (file) => {
    const name = basename(file).replace(/-\d+\.bin$/, '');
    const target = targets.find((one) => one.name === name);
    expect(target, `a target of the name ${name}`).toBeDefined();
    if (target) await runCase(target, readFileSync(corpus + file), isTyped);
  });
});
