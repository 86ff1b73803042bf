import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { fillMarked } from '../../src/build/readme.ts';
import { OPTIONS } from '../../src/session/program/option-list.ts';
import { helpText, parseProgramOptions } from '../../src/session/program/options.ts';

const README = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');

describe('README.md', () => {
  test('its tables are those of the declarations; if not, run "npm run docs"', () => {
    expect(README).toBe(fillMarked(README, commands));
  });
  test('a new command or another summary would change it', () => {
    const [first, ...rest] = commands;
    if (!first) throw new Error('there are no commands');
    expect(fillMarked(README, rest)).not.toBe(README);
    expect(fillMarked(README, [{ ...first, summary: 'something else' }, ...rest])).toContain(
      `\`${first.name}\` | something else |`,
    );
  });
  test('a place that has gone is missed', () => {
    expect(() => fillMarked(README.replace('<!-- end of commands -->', ''), commands)).toThrow(
      'no place for: commands',
    );
  });
});

describe('the options of the program', () => {
  test.each(OPTIONS.map((option) => [option.long ?? option.short ?? '', option] as const))(
    '%s is understood as it is declared',
    (_, option) => {
      const value = option.value === undefined ? [] : [option.words?.at(-1) ?? 'x'];
      for (const name of [option.short && `-${option.short}`, option.long && `--${option.long}`]) {
        if (!name) continue;
        expect(parseProgramOptions([name, ...value])).not.toEqual(parseProgramOptions([]));
        if (!option.hidden) expect(helpText()).toMatch(new RegExp(`^ .*${name}\\b`, 'm'));
      }
    },
  );
  test('help is at most 90 columns wide', () => {
    expect(
      helpText()
        .split('\n')
        .filter((line) => line.length > 90),
    ).toEqual([]);
  });
});
