/**
 * `npm run bench [-- vmcore]`: what the program costs, against its budgets. All is processor time, and in units of what
 * node itself takes to start on this machine in the same run: a busy or a slow machine changes both alike. Budgets in
 * milliseconds are those of a machine on which that is 50 ms. Exit code 1 when one is broken.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { scratch } from '../run/scratch.ts';
import { interruptCosts } from './interrupt.ts';
import { measureInTurn, PROGRAM } from './processes.ts';
import { promptCost } from './prompt.ts';
import { stretch } from './stretch.ts';
import { warmCosts } from './warm.ts';

const ROUNDS = 5;
/** Start of node on the machine that the budgets were made for. */
const NODE_MS = 50;
const DUMPS = ['../../../shared/vmcores/kd61-null/vmcore', '../../dumps/null-pointer.kdump'];

/** Milliseconds and mebibytes from start to exit. crash 8.0.6 takes 7 s and 376 MiB to come to any of these. */
const LINES: readonly (readonly [line: string, milliseconds: number, mebibytes: number])[] = [
  ['eval 1', 130, 80],
  ['log', 150, 80],
  ['bt', 200, 120],
  ['ps', 200, 120],
  ['sym schedule', 200, 120],
  ['sys', 250, 120],
  ['foreach bt', 350, 140],
  ['kmem -s', 350, 140],
  ['kmem -p', 500, 160],
  ['analyze', 1000, 200],
  ['analyze -v', 3000, 250],
  ['search -k deadbeefdeadbeef', 1000, 220],
];
/** How much longer an answer of the same size may take on a machine of 1 TiB. */
const STRETCHED = 1.15;

let broken = 0;
function row(name: string, value: string, budget: string, isKept: boolean): void {
  if (!isKept) broken++;
  console.log(
    `${name.padEnd(34)} ${value.padStart(12)} ${budget.padStart(12)}  ${isKept ? 'ok' : 'OVER'}`,
  );
}

const vmcore =
  process.argv[2] ??
  DUMPS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find(existsSync);
if (vmcore === undefined || !existsSync(vmcore)) {
  console.error('no dump to measure with: give one, as in "npm run bench -- vmcore"');
  process.exit(2);
}
const program = (line: string, dump: string): string[] => [
  PROGRAM,
  '--no-crashrc',
  '-s',
  '-c',
  line,
  dump,
];
const folder = scratch('bench');
try {
  await run(vmcore);
} finally {
  rmSync(folder, { recursive: true });
}
process.exitCode = broken > 0 ? 1 : 0;

async function run(dump: string): Promise<void> {
  const large = join(folder, 'large.vmcore');
  const hasLarge = stretch(dump, large);
  const lines = [['-e', '0'], ...LINES.map(([line]) => program(line, dump))];
  const [node, ...used] = measureInTurn(
    [...lines, ...(hasLarge ? [program('bt', large), program('analyze', large)] : [])],
    ROUNDS,
  );
  if (!node) return;
  const inMs = (cpu: number): number => (cpu / node.cpu) * NODE_MS;
  console.log(
    `node itself: ${node.cpu.toFixed(0)} ms here, taken as ${NODE_MS}; medians of ${ROUNDS}`,
  );
  console.log(`${''.padEnd(34)} ${'took'.padStart(12)} ${'budget'.padStart(12)}`);
  for (const [i, [line, budget, mebibytes]] of LINES.entries()) {
    const { cpu, mebibytes: most } = used[i]!;
    row(`-c '${line}'`, `${inMs(cpu).toFixed(0)} ms`, `${budget} ms`, inMs(cpu) <= budget);
    row('', `${most.toFixed(0)} MiB`, `${mebibytes} MiB`, most <= mebibytes);
  }
  if (hasLarge) {
    const ratio = used[LINES.length]!.cpu / used[LINES.findIndex(([line]) => line === 'bt')]!.cpu;
    row('bt on 1 TiB, to bt here', ratio.toFixed(2), STRETCHED.toFixed(2), ratio <= STRETCHED);
    const { cpu } = used[LINES.length + 1]!;
    row('analyze on 1 TiB', `${inMs(cpu).toFixed(0)} ms`, '3000 ms', inMs(cpu) <= 3000);
  }
  const prompt = await promptCost(dump, 5);
  if (prompt !== undefined)
    row(
      'start to the first prompt',
      `${inMs(prompt).toFixed(0)} ms`,
      '350 ms',
      inMs(prompt) <= 350,
    );
  for (const { name, cost, budget } of [
    ...(await warmCosts(dump)),
    ...(await interruptCosts(dump)),
  ]) {
    row(name, `${inMs(cost).toFixed(1)} ms`, `${budget} ms`, inMs(cost) <= budget);
  }
}
