/**
 * Makes the small real dumps that a clone carries, and the answers that are expected of them:
 *
 *     npm run dumps -- RECORDINGS
 *
 * RECORDINGS/NAME/vmcore is a whole dump and RECORDINGS/NAME/expected/GROUP.txt what crash 8.0.6 said of it.
 * Each recorded command is run; where the answer is the same as crash's, the pages that it touched go into
 * dumps/OUT.kdump and the exchange into test/golden/OUT/GROUP.txt. dumps/pages/OUT.txt lists the frames that
 * crash itself reads when it opens the whole dump, so that it opens the small one too. The pages that `analyze` reads
 * go with them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDump } from '../src/dump/open.ts';
import { openTarget } from '../src/kernel/open/open.ts';
import { cutKdump } from './cut-kdump.ts';
import { recording } from './recording.ts';
import { type Exchange, parseTranscript, printTranscript, runTranscript } from './transcript.ts';

interface Recipe {
  readonly out: string;
  /** Folder of RECORDINGS. */
  readonly from: string;
  /** Commands that read more of the dump than a small file can hold. */
  readonly skip: RegExp;
}

const READS_TOO_MUCH =
  /^(kmem -[sSfFpiI]|kmem -p$|search|foreach bt|bt -[Ev]|vm -p|files -[pc]|sym -[lM]|help)/;

const RECIPES: readonly Recipe[] = [
  { out: 'null-pointer', from: 'kd61-null', skip: READS_TOO_MUCH },
  { out: 'general-protection', from: 'x612-gpf', skip: READS_TOO_MUCH },
  { out: 'five-levels', from: 'x61-la57-nx', skip: READS_TOO_MUCH },
];

/** Commands that crash has not, and whose answers a small dump should hold too. */
const NOT_OF_CRASH = ['analyze -v'];

const MAX_BYTES = 8_000_000;
/** Lines that name the files crash was given. */
const NAMES_FILES = /^\s*(DUMPFILE|KERNEL|DEBUGINFO|namelist|dumpfile):/;

const here = fileURLToPath(new URL('.', import.meta.url));
const recordings = process.argv[2];
if (recordings === undefined) throw new Error('give the folder of the recordings');

for (const recipe of RECIPES) await make(recipe, join(recordings, recipe.from));

async function make(recipe: Recipe, folder: string): Promise<void> {
  const path = join(folder, 'vmcore');
  const touched = new Set(crashReads(recipe.out));
  const golden = join(here, '..', 'test', 'golden', recipe.out);
  mkdirSync(golden, { recursive: true });
  await readForOthers(path, touched);
  for (const file of readdirSync(join(folder, 'expected')).sort()) {
    const recorded = exchangesOf(join(folder, 'expected', file));
    const mended = existsSync(join(golden, file)) ? exchangesOf(join(golden, file)) : [];
    const kept = await answered(path, recorded, mended, recipe.skip, touched);
    if (kept.length > 0) writeFileSync(join(golden, file), printTranscript(kept), 'latin1');
  }
  const { bytes, pages } = cutKdump(readFileSync(path), touched);
  if (bytes.length > MAX_BYTES) throw new Error(`${recipe.out} has ${bytes.length} bytes`);
  writeFileSync(join(here, `${recipe.out}.kdump`), bytes);
  process.stdout.write(`${recipe.out}: ${pages} pages, ${bytes.length} bytes\n`);
}

function exchangesOf(path: string): Exchange[] {
  return parseTranscript(readFileSync(path, 'latin1'));
}

/** The frames of dumps/pages/NAME.txt: one hexadecimal number or range a line. */
function* crashReads(name: string): Generator<number> {
  for (const line of readFileSync(join(here, 'pages', `${name}.txt`), 'utf8').split('\n')) {
    const range = /^([0-9a-f]+)(?:-([0-9a-f]+))?$/.exec(line);
    if (!range) continue;
    const [first, last] = [range[1], range[2] ?? range[1]].map((text) =>
      Number.parseInt(text!, 16),
    );
    for (let pfn = first!; pfn <= last!; pfn++) yield pfn;
  }
}

/**
 * The exchanges that come out as recorded, or as the golden answers already have them: `mended`, where crash is wrong
 * (test/parity/deviations.json). The pages they touched are added to `touched`.
 */
async function answered(
  path: string,
  recorded: readonly Exchange[],
  mended: readonly Exchange[],
  skip: RegExp,
  touched: Set<number>,
): Promise<Exchange[]> {
  const wanted = recorded.filter(
    ({ command, lines }) => !skip.test(command) && !lines.some((line) => NAMES_FILES.test(line)),
  );
  const dump = openDump([path]);
  const target = openTarget(recording(dump, touched));
  const commands = wanted.map(({ command }) => command);
  const mine = await runTranscript(target, commands);
  // How far a command reads before the end of its pipe closes is chance: the small dump holds what it may read.
  const piped = commands.filter((command) => command.includes('|'));
  await runTranscript(
    target,
    piped.map((command) => command.slice(0, command.indexOf('|'))),
  );
  dump.close();
  const right = new Set([...wanted, ...mended].map(asKey));
  return mine.filter((exchange) => right.has(asKey(exchange)));
}

function asKey({ command, lines }: Exchange): string {
  return [command, ...lines].join('\n');
}

/** The pages of what a small dump carries whole, for any question: symbols and types; and of what crash has no command for. */
async function readForOthers(path: string, touched: Set<number>): Promise<void> {
  const dump = openDump([path]);
  const target = openTarget(recording(dump, touched));
  for (const name of ['BTF', 'orc_unwind', 'orc_unwind_ip']) {
    const [start, stop] = [target.symbol(`__start_${name}`), target.symbol(`__stop_${name}`)];
    target.kernel.read(start, Number(stop - start));
  }
  for (const symbol of target.symbols.all()) target.symbols.at(symbol.address);
  await runTranscript(target, NOT_OF_CRASH);
  dump.close();
}
