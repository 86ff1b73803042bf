import { closeSync, constants, writeFileSync } from 'node:fs';
import type { Earlier } from '../analyze/records.ts';
import type { Signature } from '../analyze/signature.ts';
import { CrashError } from '../base/errors.ts';
import { openRegular, readWhole, systemMessage } from '../base/files.ts';

/** One death, a line of the file in JSON. */
export interface Seen {
  readonly signature: string;
  readonly hash: string;
  readonly release: string | undefined;
  readonly node: string | undefined;
  /** When the machine died, in ISO 8601; undefined where the dump does not have it. */
  readonly time: string | undefined;
}

/** A larger file is not read: it would be of a million deaths. */
const MAX_BYTES = 256 << 20;

/**
 * A file of deaths, a line each (JSON): which signatures were seen, where and when. Lines that are none of ours are left
 * alone. Throws CrashError where the file cannot be read or written.
 */
export class SeenFile {
  readonly #path: string;
  readonly #seen: readonly Seen[];

  constructor(path: string) {
    this.#path = path;
    this.#seen = readLines(path);
  }

  /** Earlier deaths of a signature; undefined when there was none. `own`: the death at hand, which is no earlier one. */
  earlier({ hash }: Signature, own: Seen): Earlier | undefined {
    const found = this.#seen.filter((each) => each.hash === hash && !isSame(each, own));
    const [first] = found;
    const last = found.at(-1);
    if (!first || !last) return undefined;
    return { count: found.length, first: placeText(first), last: placeText(last) };
  }

  /** Adds a death, unless the file has it: the same dump may be looked at twice. */
  remember(own: Seen): void {
    if (this.#seen.some((each) => isSame(each, own))) return;
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
    try {
      const { fd } = openRegular(this.#path, flags, 0o600);
      try {
        writeFileSync(fd, `${JSON.stringify(own)}\n`);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      throw new CrashError(`${this.#path}: ${systemMessage(error)}`);
    }
  }
}

const isSame = (a: Seen, b: Seen): boolean =>
  a.hash === b.hash && a.time === b.time && a.node === b.node && a.release === b.release;

const placeText = ({ time, node, release }: Seen): string =>
  [
    time ?? 'at an unknown time',
    ...(node ? [`on ${node}`] : []),
    ...(release ? [`(${release})`] : []),
  ].join(' ');

function readLines(path: string): Seen[] {
  let text: string;
  try {
    text = readWhole(path, MAX_BYTES, `larger than ${MAX_BYTES} bytes`).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new CrashError(`${path}: ${systemMessage(error)}`);
  }
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

function parseLine(line: string): Seen | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    // A line of something else, or one that a full disk has cut.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { signature, hash, release, node, time } = json as Record<string, unknown>;
  if (typeof signature !== 'string' || typeof hash !== 'string') return undefined;
  return { signature, hash, release: textOf(release), node: textOf(node), time: textOf(time) };
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;
