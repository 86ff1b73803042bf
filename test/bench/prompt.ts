import { readdirSync, readFileSync } from 'node:fs';
import { spawn } from '@lydell/node-pty';
import { HOME, median, PROGRAM } from './processes.ts';

/** Milliseconds that the threads of a process have run: field 1 of schedstat, Documentation/scheduler/sched-stats.rst. */
export function cpuSoFar(pid: number): number {
  const threads = `/proc/${pid}/task`;
  let total = 0;
  for (const thread of readdirSync(threads)) {
    total += Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ')[0]);
  }
  return total / 1e6;
}

/** Processor time, in milliseconds, that a session at a terminal takes until its prompt is drawn. */
async function once(vmcore: string): Promise<number> {
  const env = { ...process.env, HOME, TERM: 'xterm-256color', CI: '' };
  const terminal = spawn(process.execPath, [PROGRAM, '--no-crashrc', vmcore], {
    cols: 120,
    rows: 40,
    env,
  });
  try {
    return await new Promise<number>((resolve, reject) => {
      let seen = '';
      terminal.onData((text) => {
        seen += text;
        if (/crash> /.test(seen)) resolve(cpuSoFar(terminal.pid));
      });
      terminal.onExit(() => reject(new Error(`no prompt: ${seen}`)));
    });
  } finally {
    terminal.kill('SIGKILL');
  }
}

/** The median of some starts; undefined where the system does not tell. */
export async function promptCost(vmcore: string, rounds: number): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const costs: number[] = [];
  for (let i = 0; i < rounds; i++) costs.push(await once(vmcore));
  return median(costs);
}
