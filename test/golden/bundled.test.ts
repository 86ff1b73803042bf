import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { openDump } from '../../src/dump/open.ts';
import { openTarget } from '../../src/kernel/open/open.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const dumps = fileURLToPath(new URL('../../dumps/', import.meta.url));
const names = readdirSync(dumps)
  .filter((file) => file.endsWith('.kdump'))
  .map((file) => file.slice(0, -'.kdump'.length));

it('carries a 6.1, a 6.12 and a 5-level dump', () => {
  expect(names).toEqual(['five-levels', 'general-protection', 'null-pointer']);
});

describe.each(names)('the bundled dump %s', (name) => {
  const groups = readdirSync(here + name).filter((file) => file.endsWith('.txt'));

  // Where crash is wrong, the right answer: test/parity/deviations.json says why.
  it.each(groups)('answers as crash 8.0.6 did, or better: %s', async (group) => {
    const recorded = parseTranscript(readFileSync(`${here}${name}/${group}`, 'latin1'));
    expect(recorded.length).toBeGreaterThan(0);
    const dump = openDump([`${dumps}${name}.kdump`]);
    const answers = await runTranscript(
      openTarget(dump),
      recorded.map(({ command }) => command),
    );
    dump.close();
    answers.forEach(({ command, lines }, i) => {
      expect(`${command}\n${lines.join('\n')}`).toBe(`${command}\n${recorded[i]?.lines.join('\n')}`);
    });
  });
});
