import type { Dump, PhysicalMemory } from '../src/dump/types.ts';

/** The same dump, whose pages are read in another way; what `pages` leaves out is as it was. */
export function withPages(
  dump: Dump,
  pages: Partial<Pick<PhysicalMemory, 'status' | 'readPage'>>,
): Dump {
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
      readPage: (pfn, page) => memory.readPage(pfn, page),
      ...pages,
    },
  };
}
