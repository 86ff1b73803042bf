import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { dumpPath, sharedTarget } from './shared-dumps.ts';

/** A word that is written over memory: at a kernel virtual address of the whole dump. */
export interface Patch {
  readonly at: bigint;
  readonly value: bigint;
}

/** A real dump of which some words are other than they were: what a bug in the kernel may have left. */
export function patchedTarget(
  name: string,
  patches: readonly Patch[],
  absent: readonly bigint[] = [],
): Target {
  const whole = sharedTarget(name);
  const frameOf = (at: bigint) => Number(whole.kernel.translate(at as never)! >> 12n);
  const dump = openDump([dumpPath(`${name}/vmcore`)]);
  const gone = new Set(absent.map(frameOf));
  const memory: Dump['memory'] = {
    maxPfn: dump.memory.maxPfn,
    status: (pfn) => (gone.has(pfn) ? 'excluded' : dump.memory.status(pfn)),
    runs: (from, to) => dump.memory.runs(from, to),
    readPage(pfn, page) {
      if (gone.has(pfn)) return 'excluded';
      const status = dump.memory.readPage(pfn, page);
      if (status !== 'present') return status;
      const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
      for (const { at, value } of patches) {
        if (frameOf(at) === pfn) view.setBigUint64(Number(at & 0xfffn), value, true);
      }
      return status;
    },
  };
  return openTarget({
    ...dump,
    facts: dump.facts,
    paths: dump.paths,
    memory,
    readFile: (o, l) => dump.readFile(o, l),
    close: () => dump.close(),
  });
}
