/**
 * Feeds damaged input to everything that reads a dump, until the time is up:
 *
 *     npm run fuzz -- [seconds] [target ...] [--from NUMBER]
 *
 * Without a target, or with the target `one-page`, every page that an answer came from is then left out (test/field/every-page.ts).
 *
 * A case that crashes, hangs or takes more than 512 MiB is printed with its number and kept in test/fuzz/corpus/, which
 * the tests replay. Each target runs in a process of its own, so that a hang can be ended, and its memory be watched
 * while a case runs: the heap is bounded by node, requests for buffers by the guard, all of it by what the system counts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../run/scratch.ts';
import { guardAllocations, MEMORY_LIMIT } from './memory-guard.ts';
import { inputOf, runCase } from './runner.ts';
import { isTyped } from './target.ts';
import { targets } from './targets.ts';

/** A case takes some milliseconds; one of so many seconds does not end. */
const HANG_SECONDS = 20;
const WATCH_MS = 50;
/** What a process ends with when one of its cases was a finding, after which it may not be what it was. */
const FOUND = 17;
const self = fileURLToPath(import.meta.url);
const corpus = fileURLToPath(new URL('corpus/', import.meta.url));

interface Finding {
  readonly name: string;
  readonly number: number;
  readonly message: string;
}

const [mode, ...rest] = process.argv.slice(2);
if (mode === '--work') await work(rest);
else await supervise(process.argv.slice(2));

async function supervise(args: readonly string[]): Promise<void> {
  const at = args.indexOf('--from');
  const from = at < 0 ? 0 : Number(args[at + 1]);
  const words = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 600);
  const wanted = words.filter((word) => !/^\d+$/.test(word));
  const chosen = targets.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  const total = chosen.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const findings: Finding[] = [];
  for (const { name, weight = 1 } of chosen)
    findings.push(...(await runTarget(name, from, (seconds * 1000 * weight) / total)));
  process.stdout.write(
    findings.length === 0 ? 'nothing was found\n' : `${findings.length} cases were found\n`,
  );
  const isQuiet = wanted.length === 0 || wanted.includes('one-page') ? await everyPage() : true;
  process.exitCode = findings.length === 0 && isQuiet ? 0 : 1;
}

/** Whether no answer is shorter in silence where a page is missing. Takes some minutes, whatever the time that was asked for. */
async function everyPage(): Promise<boolean> {
  const script = fileURLToPath(new URL('../field/every-page.ts', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script], { stdio: 'inherit' });
  return new Promise((resolve) => child.on('close', (code) => resolve(code === 0)));
}

/** Runs one target until its time is up, starting again behind a case that was found. Times are milliseconds. */
async function runTarget(name: string, from: number, share: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  let next = from;
  let most = 0;
  let left = share;
  while (left > 0 && findings.length < 20) {
    const run = await runProcess(name, next, left);
    left -= run.took;
    next = run.number + 1;
    most = Math.max(most, run.most);
    if (run.message === undefined) break;
    findings.push({ name, number: run.number, message: run.message });
    process.stdout.write(`${name} ${run.number}: ${run.message}\n`);
    keep(name, run.number);
  }
  process.stdout.write(
    `${name}: ${next - from} cases, ${Math.round(most / 2 ** 20)} MiB at most over the start\n`,
  );
  return findings;
}

interface Run {
  /** The last case that was begun. */
  readonly number: number;
  /** What was wrong with it, when it was. */
  readonly message: string | undefined;
  /** Bytes of memory over those at the start. */
  readonly most: number;
  /** Milliseconds since it had its seeds. */
  readonly took: number;
}

function runProcess(name: string, from: number, share: number): Promise<Run> {
  const folder = scratch('fuzz');
  const place = join(folder, 'progress');
  writeFileSync(place, '');
  const child = spawn(
    process.execPath,
    [
      '--max-old-space-size=512',
      ...['--import', 'tsx', self, '--work'],
      ...[name, String(from), String(share), place],
    ],
    // One that is killed removes nothing: its files lie in this folder.
    { stdio: ['ignore', 'inherit', 'pipe'], env: { ...process.env, TSCRASH_SCRATCH: folder } },
  );
  let said = '';
  child.stderr.on('data', (text: Buffer) => {
    said = (said + text.toString()).slice(-8000);
  });
  return new Promise((resolve) => {
    const watched = watch(child, place);
    child.on('close', (code) => {
      const stopped = watched.stop();
      const { number } = progressOf(place, from - 1);
      rmSync(folder, { recursive: true, force: true });
      const message = stopped ?? (code === 0 ? undefined : said.trim() || `ended with ${code}`);
      resolve({ number, message, most: watched.most(), took: watched.took() });
    });
  });
}

/** Ends the process when its case does not end, or when it has too much memory. */
function watch(child: ChildProcess, place: string) {
  let message: string | undefined;
  let last = '';
  let since = Date.now();
  let base = 0;
  let most = 0;
  let started = Date.now();
  const end = (why: string): void => {
    message ??= why;
    child.kill('SIGKILL');
  };
  const timer = setInterval(() => {
    const { text, ready } = progressOf(place, 0);
    // To load and to make seeds takes a busy machine its time.
    if (text !== last || !ready) [last, since] = [text, Date.now()];
    else if (Date.now() - since > HANG_SECONDS * 1000)
      end(`does not end within ${HANG_SECONDS} seconds`);
    if (!ready) return;
    const used = residentBytes(child.pid);
    if (base === 0) [base, started] = [used, Date.now()];
    most = Math.max(most, used - base);
    if (most > MEMORY_LIMIT) end(`took ${Math.round(most / 2 ** 20)} MiB`);
  }, WATCH_MS);
  return {
    most: () => most,
    took: () => Date.now() - started,
    stop(): string | undefined {
      clearInterval(timer);
      return message;
    },
  };
}

/** The case at work, as the process wrote it down; `ready` once it has its seeds. */
function progressOf(place: string, from: number): { number: number; ready: boolean; text: string } {
  const text = readFileSync(place, 'latin1');
  const match = /^(\d+) ready/.exec(text);
  return { number: match ? Number(match[1]) : from, ready: match !== null, text };
}

/** Bytes of a process that are in memory; 0 where the system does not say (it is Linux that does). */
function residentBytes(pid: number | undefined): number {
  const place = `/proc/${pid}/statm`;
  if (!existsSync(place)) return 0;
  return Number(readFileSync(place, 'latin1').split(' ')[1] ?? 0) * 4096;
}

/** One target in a process of its own. */
async function work([name, from, share, place]: readonly string[]): Promise<void> {
  const target = targets.find((one) => one.name === name);
  if (!target || place === undefined) throw new Error(`no target is called ${name}`);
  const seeds = target.seeds();
  guardAllocations();
  const start = process.resourceUsage().maxRSS;
  const until = Date.now() + Number(share);
  const progress = openSync(place, 'w');
  for (let number = Number(from); Date.now() < until; number++) {
    writeSync(progress, `${String(number).padStart(12)} ready`.trimStart().padEnd(20), 0);
    try {
      await runCase(target, inputOf(target, seeds, number), isTyped);
      // The most that there ever was, in KiB: what was given back before the case ended is in it.
      const grown = (process.resourceUsage().maxRSS - start) * 1024;
      if (grown > MEMORY_LIMIT) throw new Error(`took ${Math.round(grown / 2 ** 20)} MiB`);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(text);
      process.exitCode = FOUND;
      break;
    }
  }
  closeSync(progress);
}

function keep(name: string, number: number): void {
  const target = targets.find((one) => one.name === name);
  if (!target) return;
  mkdirSync(corpus, { recursive: true });
  writeFileSync(join(corpus, `${name}-${number}.bin`), inputOf(target, target.seeds(), number));
}
