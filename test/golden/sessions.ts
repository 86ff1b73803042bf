import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

// Sessions on the bundled and built dumps, for the lines that the golden answers are to.

const answers = fileURLToPath(new URL('commands/', import.meta.url));
const dumps = fileURLToPath(new URL('../../dumps/', import.meta.url));
const folder = scratch('commands');

/** `*` cannot be a file name. */
export const fileOf = (name: string): string => join(answers, `${name === '*' ? 'star' : name}.txt`);
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
export type Sections = Map<string, string[]>;
export function recorded(text: string): Sections {
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
export async function sessionOn(dump: string, command: string, { json = false } = {}) {
  const place = join(folder, `session${++sessions}`);
  const session = createSession(targetOf(dump), { keep: 1 << 24, version: 'test', silent: true });
  const console = new MemorySink();
  const own = { inherit: false, write: (text: string) => console.write(text) };
  const shell = new Shell({ session, commands, console, sugar: implicitCommand, place: own, json });
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

