import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildImage, samples } from '../../dumps/index.ts';
import { analysisOf } from '../../src/analyze/analyze.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { answer, openBytes } from '../dumps/open-image.ts';
import { DUMPS, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import { type Accident, accidentOf, CUT_DUMPS, INCIDENTS, WHOLE_DUMPS } from './accidents.ts';
import { Pack } from './pack.ts';

const pack = new Pack(readFileSync(new URL('accidents.pack', import.meta.url)));
const dumps = fileURLToPath(new URL('../../dumps/', import.meta.url));

/** What is said of a dump, to be compared with an accident. */
function verdictOf(target: Target): Accident {
  const { class: name, certainty, subject } = analysisOf(target).verdict;
  return { class: name, certainty, subject };
}

describe('machines that were brought down on purpose', () => {
  it('are at least 40, of both kernels', () => {
    const kernels = new Set(pack.names.map((name) => name.slice(0, name.indexOf('-'))));
    expect([...kernels].sort()).toEqual(['6.1', '6.12']);
    expect(pack.names.length).toBeGreaterThanOrEqual(40);
  });

  it.each(pack.names)('%s: class, certainty and subject', async (name) => {
    const target = openBytes(pack.kdump(name));
    expect(verdictOf(target)).toEqual(accidentOf(name));
    const screen = (await answer(target, 'analyze -v')).join('\n');
    expect(screen).toContain(`VERDICT: ${accidentOf(name).class}`);
  });
});

describe('the small dumps that come with the program', () => {
  it.each(Object.entries(CUT_DUMPS))('%s', (name, { from: _, ...accident }) => {
    const dump = openDump([`${dumps}${name}.kdump`]);
    expect(verdictOf(openTarget(dump))).toEqual(accident);
    dump.close();
  });

  it('are all in the table', () => {
    const bundled = readdirSync(dumps).filter((name) => name.endsWith('.kdump'));
    expect(Object.keys(CUT_DUMPS).map((name) => `${name}.kdump`)).toEqual(
      expect.arrayContaining(bundled),
    );
  });
});

describe('the bundled incidents', () => {
  it('are all in the table', () => {
    expect(Object.keys(INCIDENTS).sort()).toEqual(samples.map(({ name }) => name).sort());
  });

  it.each(Object.entries(INCIDENTS))('%s', (name, accident) => {
    expect(verdictOf(openBytes(buildImage(name)))).toEqual(accident);
  });
});

describe('whole dumps', needsDumps, () => {
  const whole = new Map<string, Accident>(Object.entries(WHOLE_DUMPS));
  for (const { from, ...accident } of Object.values(CUT_DUMPS)) whole.set(from, accident);

  it('are all in the table', () => {
    expect([...whole.keys()].sort()).toEqual([...DUMPS].sort());
  });

  it.each([...whole])('%s', (name, accident) => {
    expect(verdictOf(sharedTarget(name))).toEqual(accident);
  });
});
