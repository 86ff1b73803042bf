import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';

/** The name of rc files. */
export const RC_NAME = '.tscrashrc';

/** An rc file that is there: its path, and why it must not be run. */
export interface RcFile {
  readonly path: string;
  readonly refused: string | undefined;
}

/** Bits of a mode that let others than the owner write. */
const GROUP_OR_ALL = 0o022;

/**
 * `~/.tscrashrc`, whose lines run with the user's rights: undefined where there is none. It and the folder that it lies in
 * must be the user's own and writable by nobody else; a link of the user's own is followed.
 */
export function homeRc(home: string | undefined, uid: number): RcFile | undefined {
  return home === undefined ? undefined : rcFile(home, uid, true);
}

/**
 * `.tscrashrc` of the current folder, which may have come with an archive: undefined where there is none, or where it is the
 * home's. No link is followed, and the folder must be among the safe ones: `set safe-path` of ~/.tscrashrc.
 */
export function localRc(
  here: string | undefined,
  home: string | undefined,
  uid: number,
  safe: readonly string[],
): RcFile | undefined {
  if (here === undefined || isSameFolder(here, home)) return undefined;
  const found = rcFile(here, uid, false);
  if (!found || found.refused !== undefined) return found;
  if (safe.some((folder) => isSameFolder(folder, here))) return found;
  const refused = `to run it, put "set safe-path ${here}" into ~/${RC_NAME}`;
  return { ...found, refused };
}

/**
 * The file that `--rc` names, which its user chose: links and folders are not asked about. It must be a regular file that nobody
 * else may write to.
 */
export function namedRc(path: string, uid: number): RcFile {
  const file = tryStat(() => statSync(path));
  return { path, refused: file ? faultOf(file, uid) : 'it is not there' };
}

function rcFile(folder: string, uid: number, mayBeLink: boolean): RcFile | undefined {
  const path = join(folder, RC_NAME);
  const link = tryStat(() => lstatSync(path));
  if (!link) return undefined;
  const isLink = link.isSymbolicLink();
  const file = isLink ? tryStat(() => statSync(path)) : link;
  const refused =
    isLink && (!mayBeLink || link.uid !== uid)
      ? 'it is a link'
      : (faultOf(file, uid) ??
        faultOfFolder(
          tryStat(() => statSync(folder)),
          uid,
        ));
  return { path, refused };
}

function faultOf(file: Stats | undefined, uid: number): string | undefined {
  if (!file?.isFile()) return 'it is not a regular file';
  if (file.uid !== uid) return 'it belongs to another user';
  return (file.mode & GROUP_OR_ALL) === 0 ? undefined : 'others may write to it';
}

/** The owner of a folder replaces files in it. */
function faultOfFolder(folder: Stats | undefined, uid: number): string | undefined {
  if (!folder || (folder.uid !== uid && folder.uid !== 0)) {
    return 'its folder belongs to another user';
  }
  return (folder.mode & GROUP_OR_ALL) === 0 ? undefined : 'others may write to its folder';
}

function isSameFolder(one: string, other: string | undefined): boolean {
  if (other === undefined) return false;
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    // A folder that is not there is no other's.
    return false;
  }
}

function tryStat(stat: () => Stats): Stats | undefined {
  try {
    return stat();
  } catch {
    // Not there, or not ours to see.
    return undefined;
  }
}
