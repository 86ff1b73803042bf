import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { needs, needsBuild } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const PROGRAM = join(root, 'dist', 'tscrash.js');
export const DUMP = join(root, 'dumps', 'null-pointer.kdump');

const hasTmux = spawnSync('tmux', ['-V']).status === 0;
export const needsTerminal = hasTmux ? needsBuild : needs(false, 'tmux is not installed');

const POLL_MS = 25;
/** The machine may be busy: a test says how long a thing may take in its assertions, not here. */
const PATIENCE_MS = 40_000;
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
    const end = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (Date.now() > end) throw new Error(`never saw ${what}; the screen is:\n${this.screen()}`);
      await pass(POLL_MS);
    }
  }
  /** The ids of the processes of this kind under the shell. */
  pid(): number {
    const shell = this.tmux('display-message', '-p', '#{pane_pid}').trim();
    const found = execFileSync('pgrep', ['-P', shell], { encoding: 'utf8' }).trim();
    return Number(found.split('\n')[0]);
  }

  close(): void {
    try {
      this.tmux('kill-server');
    } catch {
      // It has ended by itself.
    }
    // What ran in there may be writing its last.
    rmSync(this.home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

export const pass = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
