import type { Dump } from '../src/dump/types.ts';

/** The same dump; the frames that are read are added to `touched`. */
export function recording(dump: Dump, touched: Set<number>): Dump {
  const { memory } = dump;
  return {
    ...dump,
    paths: dump.paths,
    facts: dump.facts,
    readFile: (offset, length) => dump.readFile(offset, length),
    close: () => dump.close(),
    memory: {
      maxPfn: memory.maxPfn,
      status: (pfn) => memory.status(pfn),
      runs: (from, to) => memory.runs(from, to),
      readPage(pfn, target) {
        touched.add(pfn);
        return memory.readPage(pfn, target);
      },
    },
  };
}
