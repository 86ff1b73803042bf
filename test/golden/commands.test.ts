import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { buildImage } from '../../dumps/index.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { implicitCommand } from '../../src/session/run/implicit-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession } from '../../src/session/state/session.ts';
import { scratch } from '../run/scratch.ts';

/**
 * Every command has a file of answers, `commands/NAME.txt`: those to the examples of its help, which have to end
 * without an error on the bundled dump that they name, and to further lines. Above the lines for a dump stands
 * `== its name`. `UPDATE_GOLDEN=1` adds examples that are not there yet and writes the answers anew, for a person to
 * read: it is tscrash that has written them. What crash itself answered is in the folders of the dumps.
 */
const answers = fileURLToPath(new URL('commands/', import.meta.url));
const dumps = fileURLToPath(new URL('../../dumps/', import.meta.url));
const folder = scratch('commands');

/** `*` cannot be a file name. */
const fileOf = (name: string): string => join(answers, `${name === '*' ? 'star' : name}.txt`);
/** What it says by design: a dump is never written to. */
const REFUSES = new Set(['wr']);
/** Where an example runs that holds for any dump. */
const ANY = 'null-pointer';
/** A long answer is kept by its first lines and a digest of them all. */
const WHOLE_LINES = 40;
const FIRST_LINES = 20;

const targets = new Map<string, Target>();
function targetOf(name: string): Target {
  let target = targets.get(name);
  if (target === undefined) {
    let path = join(dumps, `${name}.kdump`);
    if (!existsSync(path)) {
      path = join(folder, `${name}.kdump`);
      writeFileSync(path, buildImage(name));
    }
    target = openTarget(openDump([path]));
    targets.set(name, target);
  }
  return target;
}

/** Dump -> lines to run there. */
type Sections = Map<string, string[]>;
function recorded(text: string): Sections {
  const sections: Sections = new Map();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const dump = /^== (\S+)$/.exec(line)?.[1];
    if (dump !== undefined) {
      lines = [];
      sections.set(dump, lines);
    } else if (line.startsWith('crash> ')) lines.push(line.slice('crash> '.length));
  }
  return sections;
}

/** Files that examples name; here they lie in the scratch folder. */
const FILE = /(?:\.\/)?\b(report\.html|finding\.md|case-1234\.md|threads\.js)\b/g;
/** The extension that `help extend` shows. */
const EXTENSION = (commands.find(({ name }) => name === 'extend')?.help ?? '')
  .split('\n')
  .filter((line) => line.startsWith('  '))
  .join('\n');

const SIZE = /\b\d+ (?:bytes|KB), (md|html|txt)\b/g;

let sessions = 0;
/** A session with outputs 1 to 17 to look back at, and with the files of examples, on a dump. */
async function sessionOn(dump: string, command: string) {
  const place = join(folder, `session${++sessions}`);
  const session = createSession(targetOf(dump), { keep: 1 << 24, version: 'test', silent: true });
  const console = new MemorySink();
  const own = { inherit: false, write: (text: string) => console.write(text) };
  const shell = new Shell({ session, commands, console, sugar: implicitCommand, place: own });
  const run = async (line: string) => {
    console.text = '';
    const outcome = await shell.execute(line.replace(FILE, `${place}-$1`));
    const text = console.text.replaceAll(`${place}-`, './').replaceAll(dumps, 'dumps/');
    // Files written say where the dump lies, so their length depends on the checkout.
    const told = text.replaceAll(`${folder}/`, './').replace(SIZE, 'some bytes, $1');
    return { outcome, lines: told.split('\n') };
  };
  writeFileSync(`${place}-threads.js`, EXTENSION);
  for (let i = 1; i <= 17; i++) await run(i === 12 ? 'ps' : `eval ${i}`);
  if (command === 'replay')
    for (const line of ['transcript on case-1234.md', 'sys', 'bt', 'transcript off']) await run(line);
  return { run };
}

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
        else if (examples.some((example) => example.run === line && example.dump === dump))
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
