import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { samples } from '../../dumps/index.ts';
import { scratch } from '../run/scratch.ts';

/** Milliseconds of processor time that an image takes a fresh process. */
const SCRIPT = `
import { samples } from ${JSON.stringify(fileURLToPath(new URL('../../dumps/index.ts', import.meta.url)))};
import { scratch } from '../run/scratch.ts';
const before = process.cpuUsage();
samples.find(({ name }) => name === process.argv[2]).file();
const { user, system } = process.cpuUsage(before);
process.stdout.write(String((user + system) / 1000));
`;

const script = join(scratch('cost'), 'build.mjs');
buildSync({
  stdin: { contents: SCRIPT, resolveDir: fileURLToPath(new URL('.', import.meta.url)) },
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: script,
  logLevel: 'silent',
});
const cost = (name: string): number => Number(execFileSync(process.execPath, [script, name]));

test('no image takes more than a few times as long to build as a healthy machine of two CPUs', () => {
  // Twice, on a machine with nothing else to do. A bitmap written out bit by bit, or pages packed one by one, are more.
  // Where it is more the first time, other tests may have been in the way: a healthy one is measured again beside it.
  const within = (name: string): boolean => {
    const healthy = cost('healthy');
    expect(healthy).toBeGreaterThan(0);
    return cost(name) <= 4 * healthy;
  };
  for (const { name } of samples) {
    const over = !within(name) && !within(name) && !within(name);
    expect({ name, over }).toEqual({ name, over: false });
  }
});

test('an image of half a terabyte of addresses is written as the few megabytes that it has', () => {
  for (const { name, file } of samples) {
    const { size, pieces } = file();
    const written = pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect({ name, small: written < 8 << 20 }).toEqual({ name, small: true });
    expect(written).toBeLessThanOrEqual(size);
  }
});

test('pieces of an image are in order and do not overlap', () => {
  for (const { file } of samples) {
    let end = 0;
    for (const { at, bytes } of file().pieces) {
      expect(at).toBeGreaterThanOrEqual(end);
      end = at + bytes.length;
    }
    expect(end).toBeLessThanOrEqual(file().size);
  }
});
