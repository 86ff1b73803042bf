import { closeSync, constants, fstatSync, mkdirSync, readSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { openRegular, systemMessage } from '../../base/files.ts';

/** A line that was entered, in this session or another one. */
export interface HistoryEntry {
  readonly line: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The dump of the session: {@link dumpId}. */
  readonly dump: string;
}

/** Bytes of the file's end that are read: some 20,000 lines. The file only grows at its end. */
const MAX_READ = 2 << 20;
/** A link is not followed: what it leads to would get lines appended. */
const APPENDING =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
/** An entry is one write, so that the lines of concurrent sessions do not mix. */
const MAX_LINE = 4096;

/** `$XDG_STATE_HOME/tscrash/history.jsonl`, in `~/.local/state` by default. */
export const historyPath = (env: NodeJS.ProcessEnv): string =>
  join(
    env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'),
    'tscrash',
    'history.jsonl',
  );

/**
 * The lines of all sessions, on disk: an entry is appended before its command runs, so that a crash of the program
 * loses only the line being typed. A line that begins with a blank is not kept on disk.
 */
export class HistoryStore {
  readonly #path: string;
  readonly #dump: string;
  /** Why lines are no longer kept; undefined while they are. */
  problem: string | undefined;

  constructor(path: string, dump: string) {
    this.#path = path;
    this.#dump = dump;
  }

  /** The entries on disk, oldest first. Invalid lines are skipped: the file may have been cut. */
  load(): HistoryEntry[] {
    const text = this.#readEnd();
    const entries: HistoryEntry[] = [];
    for (const row of text.split('\n')) {
      const entry = parseEntry(row);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  append(line: string, time: number): void {
    if (line.trim() === '' || /^\s/.test(line) || line.length > MAX_LINE) return;
    const row = `${JSON.stringify({ t: time, d: this.#dump, l: line })}\n`;
    try {
      makeFolder(dirname(this.#path));
      const { fd } = openRegular(this.#path, APPENDING, 0o600);
      try {
        writeFileSync(fd, row);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      this.#give('history is not kept', error);
    }
  }

  /** A file that is none of ours (a link, a folder, a FIFO) is not touched again. */
  #give(what: string, error: unknown): void {
    this.problem = `${what}: ${systemMessage(error)}`;
  }

  #readEnd(): string {
    let fd: number;
    try {
      ({ fd } = openRegular(this.#path, constants.O_NOFOLLOW));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        this.#give('history cannot be read', error);
      return '';
    }
    try {
      const { size } = fstatSync(fd);
      const from = Math.max(0, size - MAX_READ);
      const bytes = Buffer.alloc(size - from);
      const count = readSync(fd, bytes, 0, bytes.length, from);
      const text = bytes.toString('utf8', 0, count);
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      closeSync(fd);
    }
  }
}

/** Makes a folder and those above it. Not by node's `recursive`, which does not end where the system says ENOENT (/proc). */
function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

function parseEntry(row: string): HistoryEntry | undefined {
  if (!row.startsWith('{')) return undefined;
  try {
    const { t, d, l } = JSON.parse(row) as Record<string, unknown>;
    if (typeof t !== 'number' || typeof d !== 'string' || typeof l !== 'string') return undefined;
    // The file may contain control characters, which are removed.
    return { time: t, dump: d, line: l.replace(/[\x00-\x1f\x7f-\x9f]/g, ' ') };
  } catch {
    // A line cut short by a full disk.
    return undefined;
  }
}
