import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { imageNamed } from '../../dumps/index.ts';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { openBytes } from './open-image.ts';

const golden = fileURLToPath(new URL('../golden/', import.meta.url));

/** Accidents that were described by those who had them: what they showed of crash, in the order in which they did. */
const ARTICLES = [
  ['hugepage-migration', 'article.txt'],
  ['zeroed-pte', 'article.txt'],
] as const;

/** Without blank lines; runs of blanks are one. Articles indent as they like. */
const words = (lines: readonly string[]): string[] =>
  lines.map((line) => line.trim().replace(/\s+/g, ' ')).filter((line) => line !== '');

/** Where `part`'s lines begin in `all`, in their order and side by side. */
const placeOf = (all: readonly string[], part: readonly string[]): number =>
  all.findIndex((_, start) => part.every((line, i) => all[start + i] === line));

describe.each(ARTICLES)('%s, as it was told', (name, file) => {
  const sessions = parseTranscript(readFileSync(`${golden}${name}/${file}`, 'latin1'));

  it('has sessions to compare', () => {
    expect(sessions.length).toBeGreaterThan(1);
  });

  it('answers each command as the article shows', async () => {
    const target = openBytes(imageNamed(name).build().kdump());
    const answers = await runTranscript(
      target,
      sessions.map(({ command }) => command),
    );
    for (const [i, { command, lines }] of answers.entries()) {
      const shown = words(sessions[i]?.lines ?? []);
      const all = words(lines);
      const at = placeOf(all, shown);
      const found = at < 0 ? all : all.slice(at, at + shown.length);
      expect([command, ...found]).toEqual([command, ...shown]);
    }
  });
});
