import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  type Stats,
} from 'node:fs';
import { CrashError } from './errors.ts';

/** What strerror(3) says for the errors of opening, reading and writing; crash prints exactly these. */
const STRERROR: Readonly<Record<string, string>> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EPERM: 'Operation not permitted',
  ENOTDIR: 'Not a directory',
  ELOOP: 'Too many levels of symbolic links',
  ENAMETOOLONG: 'File name too long',
  EISDIR: 'Is a directory',
  EEXIST: 'File exists',
  EMFILE: 'Too many open files',
  ENFILE: 'Too many open files in system',
  ENOSPC: 'No space left on device',
  EDQUOT: 'Disk quota exceeded',
  EROFS: 'Read-only file system',
  ENOMEM: 'Cannot allocate memory',
  EIO: 'Input/output error',
};

/** The words of strerror(3) for an error of the system; its message where they are not known. */
export function systemMessage(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return STRERROR[code] ?? (error instanceof Error ? error.message : String(error));
}

/** Errors of a machine that has run out of something: none is a fault of the program. */
const EXHAUSTED: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOSPC',
  'EDQUOT',
  'ENOMEM',
  'EIO',
]);

/** What the machine has run out of, in the words of strerror(3); undefined for any other error. */
export function exhaustion(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return EXHAUSTED.has(code) ? STRERROR[code] : undefined;
}

/** A name that stands for no file of bytes: a FIFO would never end, and a device may have no end. */
export class NotAFileError extends CrashError {
  override name = 'NotAFileError';
  readonly isDirectory: boolean;
  constructor(stat: Stats) {
    super(stat.isDirectory() ? 'Is a directory' : `not a regular file: it is ${kindOf(stat)}`);
    this.isDirectory = stat.isDirectory();
  }
}

function kindOf(stat: Stats): string {
  if (stat.isFIFO()) return 'a FIFO';
  if (stat.isSocket()) return 'a socket';
  if (stat.isBlockDevice()) return 'a block device';
  return 'a character device';
}

const STDIN = 0;

/**
 * Opens a regular file, for reading unless `flags` say otherwise, and never waits for the other end of a FIFO. Throws the system's error, and
 * NotAFileError.
 */
export function openRegular(
  path: string,
  flags = constants.O_RDONLY,
  permissions?: number,
): { readonly fd: number; readonly stat: Stats } {
  const fd = openSync(path, constants.O_NONBLOCK | constants.O_NOCTTY | flags, permissions);
  const stat = fstatSync(fd);
  if (stat.isFile()) return { fd, stat };
  closeSync(fd);
  throw new NotAFileError(stat);
}

/**
 * The bytes of a regular file, of standard input (`/dev/stdin`), or of a pipe of the shell (`<(...)`). Throws the system's error,
 * NotAFileError, and CrashError above `most` bytes.
 */
export function readWhole(path: string, most: number, tooLarge: string): Buffer {
  let fd: number;
  try {
    const opened = openRegular(path);
    fd = opened.fd;
    if (opened.stat.size > most) {
      closeSync(fd);
      throw new CrashError(tooLarge);
    }
  } catch (error) {
    const own =
      error instanceof NotAFileError && !error.isDirectory ? ownDescriptor(path) : undefined;
    if (own === undefined) throw error;
    fd = own;
  }
  try {
    const bytes = readFileSync(fd);
    if (bytes.length > most) throw new CrashError(tooLarge);
    return bytes;
  } finally {
    if (fd !== STDIN) closeSync(fd);
  }
}

/**
 * The descriptor that a name stands for: standard input, or a pipe that the shell has opened for this program, as `<(...)`
 * does. Whatever is at the other end of it was started by the user; undefined for other names and kinds.
 */
function ownDescriptor(path: string): number | undefined {
  if (path === '/dev/stdin') return STDIN;
  const number = /^\/(?:dev|proc\/self)\/fd\/(\d{1,4})$/.exec(path)?.[1];
  if (number === undefined) return undefined;
  const fd = Number(number);
  return fd === STDIN || fstatSync(fd).isFIFO() ? fd : undefined;
}

/** How a file is opened for writing. */
export type WriteMode = 'truncate' | 'append' | 'create';

/**
 * Opens a file for writing: a regular one, made where there is none, or a character device (/dev/null). `replaced` is the
 * number of bytes that `truncate` has thrown away. Throws the system's error, EEXIST for `create` of a file that is
 * there, and NotAFileError.
 */
export function openForWriting(
  path: string,
  mode: WriteMode,
  permissions = 0o644,
): { readonly fd: number; readonly replaced: number } {
  const how = { truncate: 0, append: constants.O_APPEND, create: constants.O_EXCL }[mode];
  const always = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK | constants.O_NOCTTY;
  let fd: number;
  try {
    fd = openSync(path, always | how, permissions);
  } catch (error) {
    // A FIFO that nobody reads.
    if ((error as NodeJS.ErrnoException).code !== 'ENXIO') throw error;
    throw new CrashError('not a regular file: it is a FIFO');
  }
  const stat = fstatSync(fd);
  if (!stat.isFile() && !stat.isCharacterDevice()) {
    closeSync(fd);
    throw new NotAFileError(stat);
  }
  const replaced = mode === 'truncate' && stat.isFile() ? stat.size : 0;
  if (replaced > 0) ftruncateSync(fd, 0);
  return { fd, replaced };
}
