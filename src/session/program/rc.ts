import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The name of rc files. */
export const RC_NAME = '.tscrashrc';

/** The rc files to run, and those that are not trusted. */
export interface RcFiles {
  readonly trusted: readonly string[];
  /** Owned by another user, or writable by all: a foreign `!rm -rf` could be in it. */
  readonly untrusted: readonly string[];
}

/** `~/.tscrashrc`, then `./.tscrashrc` unless it is the same file. */
export function findRcFiles(home: string | undefined, here: string, uid: number): RcFiles {
  const trusted: string[] = [];
  const untrusted: string[] = [];
  const seen = new Set<string>();
  for (const folder of home === undefined ? [here] : [home, here]) {
    const path = join(folder, RC_NAME);
    if (!existsSync(path)) continue;
    const stat = statSync(path);
    const identity = `${stat.dev}:${stat.ino}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    const safe = stat.isFile() && stat.uid === uid && (stat.mode & 0o002) === 0;
    (safe ? trusted : untrusted).push(path);
  }
  return { trusted, untrusted };
}
