import type { CpuTime, Timeline } from '../../kernel/timeline/timeline.ts';

/** Columns of the time of a picture. */
export const PICTURE_COLUMNS = 60;

/**
 * CPUs over time, a row each: `#` where a task is known to have run, `=` where the one ran that had the CPU at the end,
 * `!` where the clock of the run queue stopped, `.` where nothing is known.
 */
export function cpuPicture({ from, to, cpus }: Pick<Timeline, 'from' | 'to' | 'cpus'>): string[] {
  const length = to > from ? to - from : 1n;
  const column = (at: bigint): number => {
    const place = Number(((at - from) * BigInt(PICTURE_COLUMNS)) / length);
    return Math.max(0, Math.min(PICTURE_COLUMNS - 1, place));
  };
  const width = Math.max(3, ...cpus.map(({ cpu }) => String(cpu).length));
  return cpus.map((cpu) => `${String(cpu.cpu).padStart(width)} |${rowOf(cpu, from, column)}|`);
}

function rowOf({ clock, runs }: CpuTime, from: bigint, column: (at: bigint) => number): string {
  const row = new Array<string>(PICTURE_COLUMNS).fill('.');
  for (const run of runs) {
    const last = column(run.to);
    for (let i = column(run.from); i <= last; i++) {
      if (row[i] !== '=') row[i] = run.atEnd ? '=' : '#';
    }
  }
  // A clock that stopped before the window has its mark at the edge.
  row[clock < from ? 0 : column(clock)] = '!';
  return row.join('');
}
