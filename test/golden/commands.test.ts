import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { fileOf, recorded, sessionOn } from './sessions.ts';

/**
 * Every command has a file of answers, `commands/NAME.txt`: those to the examples of its help, which have to end
 * without an error on the bundled dump that they name, and to further lines. Above the lines for a dump stands
 * `== its name`. `UPDATE_GOLDEN=1` adds examples that are not there yet and writes the answers anew, for a person to
 * read: it is tscrash that has written them. What crash itself answered is in the folders of the dumps.
 */

/** What they say by design: a dump is never written to, and in a script there is nobody to share with. */
const REFUSES = new Set(['wr', 'share', 'hand', 'take', 'kick', 'allow', 'say']);
/** Where an example runs that holds for any dump. */
const ANY = 'null-pointer';
/** A long answer is kept by its first lines and a digest of them all. */
const WHOLE_LINES = 40;
const FIRST_LINES = 20;

const shortened = (lines: readonly string[]): readonly string[] => {
  if (lines.length <= WHOLE_LINES) return lines;
  const digest = createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
  const more = lines.length - FIRST_LINES;
  return [...lines.slice(0, FIRST_LINES), `[${more} more lines; sha256 of all: ${digest}]`];
};

describe.each(commands.map((command) => [command.name, command] as const))('%s', (name, command) => {
  const path = fileOf(name);
  const golden = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const sections = recorded(golden);
  const examples = (command.examples ?? []).map(({ run, on }) => ({ run, dump: on || ANY }));
  if (process.env.UPDATE_GOLDEN) {
    for (const { run, dump } of examples) {
      const lines = sections.get(dump) ?? [];
      sections.set(dump, lines.includes(run) ? lines : [...lines, run]);
    }
  }

  test('has answers, to all of its examples and to something that is no mistake', async () => {
    const missing = examples.filter(({ run, dump }) => !sections.get(dump)?.includes(run));
    expect(missing, `${path}: UPDATE_GOLDEN=1 adds them`).toEqual([]);
    expect(sections.size, `${path} has no answers`).toBeGreaterThan(0);
  });

  test('answers as before, and its examples without an error', async () => {
    const written: string[] = [];
    const failed: string[] = [];
    let well = 0;
    for (const [dump, lines] of sections) {
      written.push(`== ${dump}`);
      const { run } = await sessionOn(dump, name);
      for (const line of lines) {
        const { outcome, lines: said } = await run(line);
        while (said.at(-1) === '') said.pop();
        written.push(`crash> ${line}`, ...shortened(said.map((row) => row.trimEnd())));
        if (outcome === 'ok') well++;
        else if (!REFUSES.has(name) && examples.some((example) => example.run === line && example.dump === dump))
          failed.push(`${line}: ${said.join('\n')}`);
      }
    }
    const text = `${written.join('\n')}\n`;
    if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
    expect(failed).toEqual([]);
    if (!REFUSES.has(name)) expect(well).toBeGreaterThan(0);
    expect(text).toBe(golden);
  });
});
