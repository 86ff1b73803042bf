import type { Dump } from '../src/dump/types.ts';
import { withPages } from './other-pages.ts';

/** The same dump; the frames that are read are added to `touched`. */
export const recording = (dump: Dump, touched: Set<number>): Dump =>
  withPages(dump, {
    readPage(pfn, page) {
      touched.add(pfn);
      return dump.memory.readPage(pfn, page);
    },
  });
