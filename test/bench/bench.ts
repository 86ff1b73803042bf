/**
 * `npm run bench`: what the program costs, as medians of whole processes, against the budgets of the design.
 * Times are over what node itself takes on this machine, measured in the same run. Exit code 1 when a
 * budget is broken.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { samples } from '../../dumps/index.ts';

const program = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
const vmcore =
  process.argv[2] ??
  fileURLToPath(new URL('../../../shared/vmcores/kd61-null/vmcore', import.meta.url));
const RUNS = 9;

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  /** Milliseconds over node's own start. */
  readonly budget: number;
}
const line = (command: string): string[] => ['-s', '-c', command, vmcore];
const CASES: readonly Case[] = [
  { name: 'tscrash -h', args: ['-h'], budget: 20 },
  { name: 'eval 1', args: line('eval 1'), budget: 50 },
  { name: 'sys', args: line('sys'), budget: 150 },
  { name: 'bt', args: line('bt'), budget: 150 },
  { name: 'ps', args: line('ps'), budget: 200 },
  { name: 'foreach bt', args: line('foreach bt'), budget: 600 },
  { name: 'kmem -s', args: line('kmem -s'), budget: 600 },
  { name: 'kmem -p', args: line('kmem -p'), budget: 1500 },
  // Each is built, written where a file can be, opened and asked.
  ...samples.map(({ name }) => ({
    name,
    args: ['-s', '--sample', name, '-c', 'sys'],
    budget: 300,
  })),
];

function milliseconds(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'ignore'] });
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(args: readonly string[]): number {
  const times = Array.from({ length: RUNS }, () => milliseconds(args)).sort((a, b) => a - b);
  return times[RUNS >> 1] ?? 0;
}

if (!existsSync(vmcore)) {
  console.error(`no dump to measure with: give one, as in "npm run bench -- vmcore"`);
  process.exit(2);
}
const node = median(['-e', '0']);
console.log(`node itself: ${node.toFixed(0)} ms; ${RUNS} runs each, medians over that`);
let broken = 0;
for (const { name, args, budget } of CASES) {
  const over = median([program, ...args]) - node;
  const verdict = over <= budget ? 'ok' : 'OVER';
  if (verdict === 'OVER') broken++;
  console.log(
    `${name.padEnd(18)} ${over.toFixed(0).padStart(6)} ms  budget ${String(budget).padStart(5)}  ${verdict}`,
  );
}
process.exitCode = broken > 0 ? 1 : 0;
