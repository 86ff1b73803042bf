import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { scratch } from '../run/scratch.ts';

export const PROGRAM = fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url));
/** An empty home: no settings of the user's, and none that are left behind in a place that should not exist. */
export const HOME = scratch('bench');
export const USAGE = fileURLToPath(new URL('./usage.cjs', import.meta.url));

/** What a process used: user and system time in milliseconds, and its memory when that was highest. */
export interface Used {
  readonly cpu: number;
  readonly mebibytes: number;
}

/** Runs node with these arguments, and says what that used. Throws when the process does not say. */
export function measure(args: readonly string[]): Used {
  const { output, status } = spawnSync(process.execPath, ['-r', USAGE, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME, XDG_CACHE_HOME: HOME, NO_COLOR: '1' },
  });
  const said = output[3]?.toString() ?? '';
  if (said === '' || status !== 0) throw new Error(`${args.join(' ')}: exit code ${status}`);
  return JSON.parse(said) as Used;
}

export const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/**
 * Runs every line of arguments `rounds` times, taking turns, so that a busy moment of the machine meets all of
 * them; medians.
 */
export function measureInTurn(lines: readonly (readonly string[])[], rounds: number): Used[] {
  const all = lines.map((): Used[] => []);
  for (const line of lines) measure(line);
  for (let round = 0; round < rounds; round++) {
    for (const [i, line] of lines.entries()) all[i]?.push(measure(line));
  }
  return all.map((runs) => ({
    cpu: median(runs.map(({ cpu }) => cpu)),
    mebibytes: Math.max(...runs.map(({ mebibytes }) => mebibytes)),
  }));
}

/** The processor time of a piece of work in this process, in milliseconds; of a repeated one the median. */
export function cpuOf(work: () => void, repeat = 1): number {
  const costs: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
  }
  return median(costs);
}
