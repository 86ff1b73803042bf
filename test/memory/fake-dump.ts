import type { Dump, PageStatus, PfnRun } from '../../src/dump/types.ts';

/** A dump of a few pages, made of a map from frame number to its 4096 bytes (or to why it is not there). */
export function fakeDump(
  pages: ReadonlyMap<number, Uint8Array | PageStatus>,
  maxPfn = 1 << 20,
): Dump & { reads: number[] } {
  const reads: number[] = [];
  const status = (pfn: number): PageStatus => {
    const page = pages.get(pfn);
    if (page === undefined) return 'not-ram';
    return typeof page === 'string' ? page : 'present';
  };
  return {
    reads,
    paths: ['fake'],
    facts: {
      format: 'fake',
      container: 'elf',
      flattened: false,
      dumpLevel: undefined,
      incomplete: false,
      utsname: undefined,
      machine: 'x86_64',
      vmcoreinfo: undefined,
      cpus: [],
      physBase: undefined,
      mappings: [],
      warnings: [],
      header: [],
    },
    memory: {
      maxPfn,
      status,
      readPage(pfn, target) {
        reads.push(pfn);
        const page = pages.get(pfn);
        if (page instanceof Uint8Array) target.set(page);
        return status(pfn);
      },
      *runs(): Iterable<PfnRun> {
        for (const [pfn] of pages) yield { start: pfn, end: pfn + 1, status: 'present' };
      },
    },
    fileCaches: [],
    readFile: () => new Uint8Array(0),
    close() {},
  };
}
