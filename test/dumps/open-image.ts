import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTranscript } from '../../dumps/transcript.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { scratch } from '../run/scratch.ts';

const folder = scratch('images');
let files = 0;

/** Opens dump files given as bytes, by the front door. */
export function openBytes(...parts: readonly Uint8Array[]): Target {
  const paths = parts.map((bytes) => {
    const path = join(folder, `image${files++}`);
    writeFileSync(path, bytes);
    return path;
  });
  return openTarget(openDump(paths));
}

/** What a command line prints. */
export async function answer(target: Target, command: string): Promise<readonly string[]> {
  const [exchange] = await runTranscript(target, [command]);
  return exchange?.lines ?? [];
}
