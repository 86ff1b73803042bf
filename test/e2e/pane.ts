import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs, needsBuild } from '../run/needs.ts';
import { remove } from '../run/remove.ts';
import { scratch } from '../run/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const PROGRAM = join(root, 'dist', 'tscrash.js');
export const DUMP = join(root, 'dumps', 'null-pointer.kdump');

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
export const needsTerminal = hasTmux ? needsBuild : needs(false, 'tmux is not installed');

const POLL_MS = 25;
/** Looks at the terminal before a thing is given up. Their number counts, not the time: a busy machine is slow to look, too. */
const LOOKS = 3000;
/** Looks in a row at a program that does nothing before it is taken to have nothing to do. */
const QUIET_LOOKS = 40;
/** Processor time, in the kernel's ticks of 10 ms, after which a program is well into its work. */
const BUSY_TICKS = 10;
let count = 0;

export interface PaneOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real terminal: a shell in a tmux server of its own. */
export class Pane {
  readonly home = scratch('e2e');
  readonly #server = `tscrash-${process.pid}-${++count}`;

  constructor({ columns = 80, rows = 24, env = {} }: PaneOptions = {}) {
    const settings = {
      HOME: this.home,
      XDG_STATE_HOME: join(this.home, 'state'),
      LANG: 'C.UTF-8',
      PS1: '$ ',
      ...env,
    };
    const words = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
    const shell = `env -u NO_COLOR -u CI -u FORCE_COLOR ${words.join(' ')} sh`;
    const size = ['-x', String(columns), '-y', String(rows)];
    // What a pane can hold is settled when it is made.
    const options = ['start-server', ';', 'set', '-g', 'history-limit', '100000', ';'];
    const session = ['new-session', '-d', '-c', this.home, ...size, shell];
    this.tmux('-f', '/dev/null', ...options, 'set', '-g', 'status', 'off', ';', ...session);
    this.tmux('pipe-pane', `cat >> '${this.#log}'`);
  }

  get #log(): string {
    return join(this.home, 'bytes');
  }

  tmux(...words: string[]): string {
    return execFileSync('tmux', ['-L', this.#server, ...words], { encoding: 'utf8' });
  }

  /** tmux's names of keys: `Enter`, `C-c`, `Tab`; everything else is typed. */
  keys(...keys: string[]): void {
    this.tmux('send-keys', ...keys);
  }
  type(text: string): void {
    this.tmux('send-keys', '-l', text);
  }
  run(line: string): void {
    this.type(line);
    this.keys('Enter');
  }
  /** As the middle mouse button does it; `bracketed` when the program asked for the marks. */
  paste(text: string, bracketed: boolean): void {
    execFileSync('tmux', ['-L', this.#server, 'load-buffer', '-'], { input: text });
    this.tmux('paste-buffer', ...(bracketed ? ['-p'] : []));
  }
  resize(columns: number, rows: number): void {
    this.tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** What can be seen. */
  screen(): string {
    return this.tmux('capture-pane', '-p').trimEnd();
  }
  /** The same with all that was scrolled away; lines that the terminal broke are whole again. */
  everything(): string {
    return this.tmux('capture-pane', '-p', '-J', '-S', '-').trimEnd();
  }
  cursor(): { x: number; y: number } {
    const [x, y] = this.tmux('display-message', '-p', '#{cursor_x} #{cursor_y}').split(' ');
    return { x: Number(x), y: Number(y) };
  }
  /** Every byte that the terminal was sent. */
  bytes(): string {
    return existsSync(this.#log) ? readFileSync(this.#log, 'latin1') : '';
  }

  /** Starts tscrash on a dump, and waits for its prompt. */
  async start(options = '-s'): Promise<void> {
    this.run(`node ${PROGRAM} ${options} ${DUMP}`);
    await this.prompt();
  }
  /** Waits until the prompt stands empty in the last rows. */
  async prompt(): Promise<void> {
    await this.until(() => /\ncrash>( *\n[^\n]*)?$/.test(`\n${this.screen()}`), 'a prompt');
  }
  async see(what: RegExp | string): Promise<void> {
    const test = typeof what === 'string' ? (s: string) => s.includes(what) : what.test.bind(what);
    await this.until(() => test(this.screen()), String(what));
  }
  async until(condition: () => boolean, what: string): Promise<void> {
    for (let looks = 0; !condition(); looks++) {
      if (looks > LOOKS) throw new Error(`never saw ${what}; the screen is:\n${this.screen()}`);
      await pass(POLL_MS);
    }
  }

  /** Runs a line, and waits for the prompt behind its answer, which it returns without empty lines. */
  async ran(line: string): Promise<string[]> {
    const earlier = this.#asked(line).length;
    let answer: string[] | undefined;
    this.run(line);
    await this.until(() => {
      answer = this.#asked(line)[earlier];
      return answer !== undefined;
    }, `the answer to ${line}`);
    await this.prompt();
    return answer ?? [];
  }
  /** What stands between each line of this text and the next prompt; the last one only when that prompt is there. */
  #asked(line: string): string[][] {
    const rows = this.everything()
      .split('\n')
      .map((row) => row.trimEnd());
    return rows.flatMap((row, at) => {
      if (row !== `crash> ${line}`) return [];
      const end = rows.findIndex((each, i) => i > at && each.startsWith('crash>'));
      return end < 0 ? [] : [rows.slice(at + 1, end).filter(Boolean)];
    });
  }

  /** Runs a line, and waits until the program is at work on it: it has computed for a while, or has started another. */
  async begun(line: string): Promise<void> {
    this.run(line);
    await this.see(`crash> ${line}`);
    const pid = this.pid();
    const before = ticks(pid);
    const busy = (): boolean => ticks(pid) - before >= BUSY_TICKS || childrenOf(pid).length > 0;
    await this.until(busy, `the program at work on ${line}`);
  }
  /** Waits until the program has nothing to do and writes nothing. */
  async quiet(): Promise<void> {
    const pid = this.pid();
    let last = '';
    let same = 0;
    await this.until(() => {
      const now = `${ticks(pid)} ${this.bytes().length}`;
      same = now === last ? same + 1 : 0;
      last = now;
      return same >= QUIET_LOOKS;
    }, 'the program quiet');
  }
  /** Gives the window another size, and waits until the program has drawn its prompt anew. */
  async resized(columns: number, rows: number): Promise<void> {
    const before = this.bytes().length;
    this.resize(columns, rows);
    await this.until(() => this.bytes().length > before, `something in ${columns} columns`);
    await this.prompt();
  }

  /** The id of the program under the shell. */
  pid(): number {
    const shell = this.tmux('display-message', '-p', '#{pane_pid}').trim();
    return childrenOf(Number(shell))[0] ?? 0;
  }

  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // It has ended by itself.
    }
    remove(this.home);
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return stdout.split('\n').filter(Boolean).map(Number);
}

/** Processor time of a process: utime and stime of /proc/pid/stat, proc(5). */
function ticks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

const pass = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
