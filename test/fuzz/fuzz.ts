/**
 * Feeds damaged input to everything that reads a dump, until the time is up:
 *
 *     npm run fuzz -- [seconds] [target ...] [--from NUMBER]
 *
 * A case that crashes, hangs or takes more than 512 MiB is printed with its number and kept in test/fuzz/corpus/, which
 * the tests replay. Each target runs in a thread of its own, so that a hang can be ended.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { inputOf, runCase } from './runner.ts';
import { isTyped, targets } from './targets.ts';

/** A case takes some milliseconds; one of so many seconds does not end. */
const HANG_SECONDS = 20;
/** A thread knows no TypeScript until tsx teaches it. */
const BOOT = `import('tsx/esm/api').then(({ register }) => { register(); return import('${import.meta.url}'); });`;
const corpus = fileURLToPath(new URL('corpus/', import.meta.url));

interface Job {
  readonly name: string;
  readonly from: number;
  readonly until: number;
  readonly progress: SharedArrayBuffer;
}
interface Finding {
  readonly name: string;
  readonly number: number;
  readonly message: string;
}

if (isMainThread) await supervise(process.argv.slice(2));
else await work(workerData as Job);

async function supervise(args: readonly string[]): Promise<void> {
  const at = args.indexOf('--from');
  const from = at < 0 ? 0 : Number(args[at + 1]);
  const words = args.filter((_, i) => at < 0 || (i !== at && i !== at + 1));
  const seconds = Number(words.find((word) => /^\d+$/.test(word)) ?? 600);
  const wanted = words.filter((word) => !/^\d+$/.test(word));
  const names = targets
    .map(({ name }) => name)
    .filter((name) => wanted.length === 0 || wanted.includes(name));
  const findings: Finding[] = [];
  const share = (seconds * 1000) / names.length;
  for (const name of names) findings.push(...(await runTarget(name, from, Date.now() + share)));
  process.stdout.write(
    findings.length === 0 ? 'nothing was found\n' : `${findings.length} cases were found\n`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
}

/** Runs one target until its time is up, starting again behind a case that hangs or kills the thread. */
async function runTarget(name: string, from: number, until: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const found = (number: number, message: string): void => {
    findings.push({ name, number, message });
    process.stdout.write(`${name} ${number}: ${message}\n`);
    keep(name, number);
  };
  let next = from;
  while (Date.now() < until && findings.length < 20) {
    const progress = new SharedArrayBuffer(8);
    const ended = await runThread({ name, from: next, until, progress }, found);
    next = Atomics.load(new Int32Array(progress), 0) + 1;
    if (ended === 'done') break;
  }
  process.stdout.write(`${name}: ${next - from} cases\n`);
  return findings;
}

function runThread(
  job: Job,
  found: (number: number, message: string) => void,
): Promise<'done' | 'again'> {
  return new Promise((resolve) => {
    const state = new Int32Array(job.progress);
    const worker = new Worker(BOOT, {
      eval: true,
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: 1024 },
    });
    let last = -1;
    let since = Date.now();
    const watch = setInterval(() => {
      const number = Atomics.load(state, 0);
      if (number !== last) [last, since] = [number, Date.now()];
      else if (Date.now() - since > HANG_SECONDS * 1000) {
        found(number, `does not end within ${HANG_SECONDS} seconds`);
        void finish('again');
      }
    }, 250);
    const finish = async (how: 'done' | 'again'): Promise<void> => {
      clearInterval(watch);
      await worker.terminate();
      resolve(how);
    };
    worker.on('message', ({ number, message }: { number: number; message: string }) =>
      found(number, message),
    );
    worker.on('error', (error: Error) => {
      found(Atomics.load(state, 0), error.stack ?? error.message);
      void finish('again');
    });
    worker.on('exit', () => void finish('done'));
  });
}

async function work({ name, from, until, progress }: Job): Promise<void> {
  const target = targets.find((one) => one.name === name);
  if (!target) return;
  const seeds = target.seeds();
  const state = new Int32Array(progress);
  for (let number = from; Date.now() < until; number++) {
    Atomics.store(state, 0, number);
    try {
      await runCase(target, inputOf(target, seeds, number), isTyped);
    } catch (error) {
      parentPort?.postMessage({
        number,
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
}

function keep(name: string, number: number): void {
  const target = targets.find((one) => one.name === name);
  if (!target) return;
  mkdirSync(corpus, { recursive: true });
  writeFileSync(join(corpus, `${name}-${number}.bin`), inputOf(target, target.seeds(), number));
}
