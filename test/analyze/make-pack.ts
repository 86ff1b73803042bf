/**
 * Makes accidents.pack, the slices of real dumps that accidents.test.ts asks what killed them:
 *
 *     npx tsx test/analyze/make-pack.ts FOLDER
 *
 * FOLDER/KERNEL-MODE.kdump are whole dumps, flattened or not, of machines that the module `faulty` or the kernel itself
 * brought down in the way that MODE says (README.md beside this file). Of each, the pages go into the pack that
 * `analyze -v`, `bt` and `sys` read.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headLength } from '../../dumps/cut-kdump.ts';
import { recording } from '../../dumps/recording.ts';
import { runTranscript } from '../../dumps/transcript.ts';
import { BlockCache } from '../../src/dump/block-cache.ts';
import { FlattenedSource } from '../../src/dump/flattened.ts';
import { openDump } from '../../src/dump/open.ts';
import { sniff } from '../../src/dump/sniff.ts';
import { type ByteSource, openSource, readBytes } from '../../src/dump/source.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { type Slice, writePack } from './pack.ts';

const READS = ['analyze -v', 'bt', 'sys'];
const BLOCK = 4096;

async function sliceOf(path: string, name: string): Promise<Slice> {
  const touched = new Set<number>();
  const dump = openDump([path]);
  await runTranscript(openTarget(recording(dump, touched)), READS);
  const pages: { pfn: number; bytes: Uint8Array }[] = [];
  for (const pfn of [...touched].sort((a, b) => a - b)) {
    const bytes = new Uint8Array(BLOCK);
    if (dump.memory.readPage(pfn, bytes) === 'present') pages.push({ pfn, bytes });
  }
  dump.close();
  return { name, head: headOf(path), pages };
}

function headOf(path: string): Uint8Array {
  const file = new BlockCache(openSource(path));
  const plain: ByteSource = sniff(file).kind === 'flattened' ? new FlattenedSource(file) : file;
  const head = readBytes(plain, 0, headLength(readBytes(plain, 0, BLOCK)));
  file.close();
  return head;
}

async function main(folder: string): Promise<void> {
  const slices: Slice[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (file.endsWith('.kdump'))
      slices.push(await sliceOf(join(folder, file), file.replace(/\.kdump$/, '')));
  }
  const packed = writePack(slices);
  writeFileSync(fileURLToPath(new URL('accidents.pack', import.meta.url)), packed);
  process.stdout.write(`${slices.length} slices, ${packed.length} bytes\n`);
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder of the dumps');
await main(folder);
