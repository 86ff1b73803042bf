import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BadCommandLine } from './options.ts';
import type { Sink } from './sinks.ts';

const SUFFIX = '.kdump';

/** The names of the bundled dumps. */
export function sampleNames(folder: URL): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .sort();
}

/**
 * The bundled dump to open: the one named, or the first. Lists them and returns undefined when `asked` is
 * the empty string. Throws BadCommandLine when there is no such dump.
 */
export function chooseSample(
  folder: URL,
  asked: string | undefined,
  out: Sink,
): { paths: readonly string[]; sample: string } | undefined {
  const names = sampleNames(folder);
  if (asked === '') {
    for (const name of names) out.write(`${name}\n`);
    return undefined;
  }
  const name = asked ?? names[0];
  if (name === undefined) throw new BadCommandLine('no dump was given');
  if (!names.includes(name)) {
    throw new BadCommandLine(
      `no bundled dump is called ${name}; there are: ${names.join(', ') || 'none'}`,
    );
  }
  return { paths: [fileURLToPath(new URL(name + SUFFIX, folder))], sample: name };
}
