import type { Image } from './build/image.ts';
import { type SparseFile, wholeFile } from './build/sparse-file.ts';
import { faultyModule } from './incidents/faulty-module.ts';
import { flippedBit } from './incidents/flipped-bit.ts';
import { healthy } from './incidents/healthy.ts';
import { hugepageMigration } from './incidents/hugepage-migration.ts';
import { mutexDeadlock } from './incidents/mutex-deadlock.ts';
import { pageCacheBug } from './incidents/page-cache-bug.ts';
import { useAfterFree } from './incidents/use-after-free.ts';
import { zeroedPte } from './incidents/zeroed-pte.ts';

/** The bundled incidents, in the order in which they are listed. Each is built when asked for, in a moment. */
export const images: readonly Image[] = [
  hugepageMigration,
  healthy,
  mutexDeadlock,
  useAfterFree,
  flippedBit,
  zeroedPte,
  faultyModule,
];

/** The incidents as the program lists and opens them. Pages are stored plainly: to pack them takes longer than all else. */
export const samples = [...images, pageCacheBug].map(({ name, summary, build }) => ({
  name,
  summary,
  file: (): SparseFile => build().kdumpFile({ packing: 'raw' }),
}));

/** An incident by name. Throws Error when there is none. */
export function imageNamed(name: string): Image {
  const found = images.find((image) => image.name === name);
  if (!found) throw new Error(`no bundled image is called ${name}`);
  return found;
}

/** A kdump file with an incident's memory, for openDump(). Throws Error when there is none. */
export function buildImage(name: string): Uint8Array {
  const found = samples.find((sample) => sample.name === name);
  if (!found) throw new Error(`no bundled image is called ${name}`);
  return wholeFile(found.file());
}
