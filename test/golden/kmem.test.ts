import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { expectedPath, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import deviations from '../parity/deviations.json' with { type: 'json' };

const DUMPS = ['kd61-null', 'x61-badpte', 'x61-hwpoison-1g', 'x61-la57-nx', 'x612-gpf'];
const GROUPS = [['kmem', /^kmem/], ['kmem-slab', /^kmem/], ['vm-files', /^swap$/]] as const;

/** Trailing blanks are no part of what crash says, as crash itself is not consistent in them. */
const text = (lines: readonly string[]): string => lines.map((line) => line.trimEnd()).join('\n').trim();

describe.each(DUMPS)('memory commands on %s', needsDumps, (dump) => {
  test.each(GROUPS)('say what crash 8.0.6 said: %s', async (group, wanted) => {
    const recorded = parseTranscript(readFileSync(expectedPath(dump, group), 'latin1')).filter(
      ({ command }) => wanted.test(command) && !command.includes('|'),
    );
    expect(recorded.length).toBeGreaterThan(0);
    const commands = recorded.map(({ command }) => command);
    const answers = await runTranscript(sharedTarget(dump), commands);
    recorded.forEach(({ command, lines }, i) => {
      const known = deviations.some((each) => each.dump === dump && each.command === command);
      const answer = `${command}\n${text(answers[i]?.lines ?? [])}`;
      if (known) expect(answer).not.toBe(`${command}\n${text(lines)}`);
      else expect(answer).toBe(`${command}\n${text(lines)}`);
    });
  });
});
