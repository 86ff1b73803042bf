import { chmodSync, lstatSync, mkdirSync, readdirSync, type Stats, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { CrashError } from '../base/errors.ts';
import { systemMessage } from '../base/files.ts';

/** Where sockets lie: a folder that the user alone can enter. */
export const socketFolder = (
  env: Readonly<Record<string, string | undefined>>,
  uid: number,
): string =>
  env.XDG_RUNTIME_DIR?.startsWith('/')
    ? join(env.XDG_RUNTIME_DIR, 'tscrash')
    : `/tmp/tscrash-${uid}`;

const SUFFIX = '.sock';
const WIDER = 0o077;

/** The folder's state; undefined where it is not there. Throws CrashError for one that somebody else could have prepared. */
function checkFolder(folder: string, uid: number): Stats | undefined {
  let stats: Stats;
  try {
    stats = lstatSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CrashError(`${folder}: ${systemMessage(error)}`);
  }
  const wrong = stats.isSymbolicLink()
    ? 'is a link'
    : !stats.isDirectory()
      ? 'is no folder'
      : stats.uid !== uid
        ? `belongs to user ${stats.uid}`
        : (stats.mode & WIDER) !== 0
          ? 'can be entered by others'
          : undefined;
  if (wrong !== undefined)
    throw new CrashError(`${folder} ${wrong}: sockets need a folder of your own with mode 0700`);
  return stats;
}

/** The folder, made where it is missing. Throws CrashError. */
function ownFolder(folder: string, uid: number): Stats {
  const known = checkFolder(folder, uid);
  if (known) return known;
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    // Another process of the user may have made it meanwhile; the check below tells.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new CrashError(`${folder}: ${systemMessage(error)}`);
  }
  const made = checkFolder(folder, uid);
  if (!made) throw new CrashError(`${folder} was removed again`);
  return made;
}

/** A place that listens. */
export interface Listening {
  /** Removes the socket; those who are connected stay. */
  close(): void;
}

/** Listens as `name` in the user's folder. Rejects with CrashError. */
export async function listen(
  folder: string,
  name: string,
  uid: number,
  onSocket: (socket: Socket) => void,
): Promise<Listening> {
  const before = ownFolder(folder, uid);
  await clear(folder, uid);
  const path = join(folder, name + SUFFIX);
  const server: Server = createServer({ allowHalfOpen: true }, onSocket);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new CrashError(`${path}: ${systemMessage(error)}`)));
    server.listen(path, resolve);
  });
  const close = (): void => {
    server.close();
  };
  try {
    chmodSync(path, 0o600);
    const after = checkFolder(folder, uid);
    if (after?.ino !== before.ino || !lstatSync(path).isSocket())
      throw new CrashError(`${folder} was replaced while the socket was made`);
  } catch (error) {
    close();
    throw error;
  }
  server.on('error', close);
  return { close };
}

/** The sessions that are shared on this machine by this user. Throws CrashError for a folder that is not to be trusted. */
export function sharedNames(folder: string, uid: number): readonly string[] {
  if (!checkFolder(folder, uid)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .filter((name) => SHARE_NAME.test(name))
    .toSorted();
}

/** The form of a name that `share` gives. */
export const SHARE_NAME = /^[a-z]+-[0-9]+$/;

/** Connects to a session. Rejects with the system's error. */
export function connect(folder: string, name: string, uid: number): Promise<Socket> {
  checkFolder(folder, uid);
  const socket = createConnection({ path: join(folder, name + SUFFIX), allowHalfOpen: true });
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Removes sockets on which nobody listens: what a killed process has left. */
export async function clear(folder: string, uid: number): Promise<void> {
  for (const name of sharedNames(folder, uid)) {
    try {
      (await connect(folder, name, uid)).destroy();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') continue;
      try {
        unlinkSync(join(folder, name + SUFFIX));
      } catch (failure) {
        // Another process may have removed it.
        if ((failure as NodeJS.ErrnoException).code !== 'ENOENT') throw failure;
      }
    }
  }
}
