import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BadCommandLine } from './options.ts';
import type { Sink } from './sinks.ts';

const SUFFIX = '.kdump';

/** A dump that is built when it is asked for. */
export interface SampleImage {
  readonly name: string;
  /** What there is to see in it, in one line. */
  readonly summary: string;
  /** The bytes of a dump file: the same ones each time. */
  bytes(): Uint8Array;
}

/** The names of the dump files in a folder. */
export function sampleNames(folder: URL): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();
}

/**
 * The bundled dump to open: the one named, or the first of `images`; of the files of `folder` when there are none.
 * Lists them all and returns undefined when `asked` is the empty string. Throws BadCommandLine when there is no such dump.
 */
export function chooseSample(
  folder: URL,
  images: readonly SampleImage[],
/** What can be opened by name, and what there is to see in it where that is known. */
export const sampleList = (folder: URL, images: readonly SampleImage[]) => [
  ...sampleNames(folder).map((name) => ({ name, summary: '' })),
  ...images.map(({ name, summary }) => ({ name, summary })),
];

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
 * Puts an image's bytes where a dump file can be: in the user's cache (XDG Base Directory), or in a temporary
 * folder when there is none. An image written before stays when it is the same.
 */
function writeImage(image: SampleImage): string {
  const bytes = image.bytes();
  const path = join(cacheFolder(), image.name + SUFFIX);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return path;
  const part = `${path}.${process.pid}`;
  writeFileSync(part, bytes);
  renameSync(part, path);
  return path;
}

function cacheFolder(): string {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tscrash');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return mkdtempSync(join(tmpdir(), 'tscrash-'));
  }
}
