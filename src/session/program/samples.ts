import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sink } from '../sinks/sinks.ts';
import { BadCommandLine } from './options.ts';

const SUFFIX = '.kdump';

/** A dump that is built on demand. */
export interface SampleImage {
  readonly name: string;
  /** One line on its contents. */
  readonly summary: string;
  /** The dump file, always the same: its size, and the bytes that are not zeros. */
  file(): {
    readonly size: number;
    readonly pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  };
}

/** The names of the dump files in a folder. */
export function sampleNames(folder: URL): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();
}

/** The dumps that can be opened by name, with a line on their contents where it is known. */
export const sampleList = (folder: URL, images: readonly SampleImage[]) => [
  ...sampleNames(folder).map((name) => ({ name, summary: '' })),
  ...images.map(({ name, summary }) => ({ name, summary })),
];

/**
 * The bundled dump to open: the named one, or the first of `images`; of the files of `folder` when there are none.
 * Lists them all and returns undefined when `asked` is the empty string. Throws BadCommandLine when there is no such
 * dump.
 */
export function chooseSample(
  folder: URL,
  images: readonly SampleImage[],
  asked: string | undefined,
  out: Sink,
): { paths: readonly string[]; sample: string } | undefined {
  const files = sampleNames(folder);
  const names = [...files, ...images.map(({ name }) => name)];
  if (asked === '') {
    const width = Math.max(0, ...names.map(({ length }) => length));
    for (const name of files) out.write(`${name}\n`);
    for (const { name, summary } of images) out.write(`${name.padEnd(width)}  ${summary}\n`);
    return undefined;
  }
  const name = asked ?? images[0]?.name ?? files[0];
  if (name === undefined) throw new BadCommandLine('no dump was given');
  if (files.includes(name)) {
    return { paths: [fileURLToPath(new URL(name + SUFFIX, folder))], sample: name };
  }
  const image = images.find((one) => one.name === name);
  if (!image) {
    throw new BadCommandLine(
      `no bundled dump is called ${name}; there are: ${names.join(', ') || 'none'}`,
    );
  }
  return { paths: [writeImage(image)], sample: name };
}

/**
 * Writes an image as a dump file: in the user's cache (XDG Base Directory), or in a temporary folder that is removed
 * with the program. The file has holes. An identical file from before is kept.
 */
function writeImage(image: SampleImage): string {
  const file = image.file();
  const path = join(cacheFolder(), image.name + SUFFIX);
  if (existsSync(path) && holds(path, file)) return path;
  const part = `${path}.${process.pid}`;
  const fd = openSync(part, 'w');
  try {
    ftruncateSync(fd, file.size);
    for (const { at, bytes } of file.pieces) writeAll(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
  renameSync(part, path);
  return path;
}

function writeAll(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
}

/** Whether a file has these bytes in place; its holes were written by this program, too. */
function holds(path: string, { size, pieces }: ReturnType<SampleImage['file']>): boolean {
  const fd = openSync(path, 'r');
  try {
    if (fstatSync(fd).size !== size) return false;
    return pieces.every(({ at, bytes }) => {
      const found = Buffer.alloc(bytes.length);
      return readSync(fd, found, 0, found.length, at) === found.length && found.equals(bytes);
    });
  } finally {
    closeSync(fd);
  }
}

function cacheFolder(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tscrash');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    const folder = mkdtempSync(join(tmpdir(), 'tscrash-'));
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }
}
