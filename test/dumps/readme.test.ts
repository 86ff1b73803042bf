import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildImage, samples } from '../../dumps/index.ts';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { openBytes } from './open-image.ts';

const text = readFileSync(fileURLToPath(new URL('../../dumps/README.md', import.meta.url)), 'utf8');
const GAP = '...';
/** The page of each image: its commands with what they print. `...` stands for lines that are left out. */
const pages = text
  .split(/^## /m)
  .slice(1)
  .map((page) => {
    const name = page.slice(0, page.indexOf('\n')).trim();
    const blocks = [...page.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block]) => block);
    return [name, parseTranscript(blocks.join('\n'))] as const;
  });

/** The lines, with `...` for those that `shown` leaves out. */
function withGaps(lines: readonly string[], shown: readonly string[]): readonly string[] {
  const out: string[] = [];
  let at = 0;
  for (const [i, line] of shown.entries()) {
    if (line !== GAP) out.push(lines[at++] ?? '(nothing more)');
    else {
      out.push(GAP);
      const next = shown[i + 1];
      const found = next === undefined ? lines.length : lines.indexOf(next, at);
      at = found < 0 ? at : found;
    }
  }
  return [...out, ...lines.slice(at)];
}

it('lists every image', () => {
  for (const { name, summary } of samples) expect(text).toContain(`| \`${name}\` | ${summary} |`);
});

it('walks through every image', () => {
  expect(pages.map(([name]) => name).sort()).toEqual(samples.map(({ name }) => name).sort());
  // Every block in a page is a transcript: none that is passed over.
  expect(text.match(/^```/gm)?.length).toBe(2 * (text.match(/^```\ncrash> /gm)?.length ?? 0));
});

describe.each(pages)('the page of %s', (name, exchanges) => {
  it('shows what the program prints', async () => {
    expect(exchanges.length).toBeGreaterThan(0);
    const target = openBytes(buildImage(name));
    const answers = await runTranscript(
      target,
      exchanges.map(({ command }) => command),
    );
    for (const [i, { command, lines }] of answers.entries()) {
      const shown = exchanges[i]?.lines ?? [];
      expect([command, ...withGaps(lines, shown)]).toEqual([command, ...shown]);
    }
  });
});
