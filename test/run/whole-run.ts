import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remove } from './remove.ts';

/**
 * One folder in the temp folder holds all files of a run of tests: those of the tests, and those of the programs that
 * they start. It is removed at the end, also when tests have failed; when something of the run is left nevertheless,
 * the run fails and says what.
 */
const PREFIX = 'tscrash-tests-';

export function setup(): () => void {
  const outer = tmpdir();
  removeAbandoned(outer);
  const folder = mkdtempSync(join(outer, `${PREFIX}${process.pid}-`));
  const env = {
    TSCRASH_TESTS: folder,
    TMPDIR: join(folder, 'tmp'),
    // Answers tell times of day.
    TZ: 'UTC',
    // tmux leaves its sockets behind, and does not ask for TMPDIR.
    TMUX_TMPDIR: join(folder, 'tmux'),
    // Settings, histories and caches of whoever runs the tests are no part of them.
    HOME: join(folder, 'home'),
    XDG_CACHE_HOME: join(folder, 'home/.cache'),
    XDG_STATE_HOME: join(folder, 'home/.local/state'),
    XDG_CONFIG_HOME: join(folder, 'home/.config'),
  };
  for (const name of ['tmp', 'tmux', 'home', 'files']) mkdirSync(join(folder, name));
  Object.assign(process.env, env);

  // For a run that is cut short, where nothing is torn down.
  process.on('exit', () => remove(folder));
  return () => {
    const left = [
      ...readdirSync(env.TMPDIR).map((name) => `${join(env.TMPDIR, name)} was not removed`),
      ...survivors(folder),
    ];
    remove(folder);
    if (existsSync(folder)) left.push(`${folder} cannot be removed`);
    if (left.length === 0) return;
    process.exitCode = 1;
    throw new Error(['the tests left something behind:', ...left].join('\n  '));
  };
}

/** Removes folders of runs that were killed. */
function removeAbandoned(outer: string): void {
  for (const name of readdirSync(outer)) {
    const pid = name.startsWith(PREFIX) ? Number.parseInt(name.slice(PREFIX.length), 10) : 0;
    if (pid > 0 && !isRunning(pid)) remove(join(outer, name));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Processes that tests have started and that nobody has ended: they are children of init by now. */
function survivors(folder: string): string[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const of = (what: string): string => readFileSync(`/proc/${pid}/${what}`, 'latin1');
        if (!of('environ').split('\0').includes(`TSCRASH_TESTS=${folder}`)) return [];
        const parent = /\) \S (\d+) /.exec(of('stat'))?.[1];
        return parent === '1'
          ? [`process ${pid} still runs: ${of('cmdline').replaceAll('\0', ' ')}`]
          : [];
      } catch {
        // It has ended while it was looked at, or is somebody else's.
        return [];
      }
    });
}
