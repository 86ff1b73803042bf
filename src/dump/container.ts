import type { DumpFacts, PhysicalMemory } from './types.ts';

/** The size of a page frame in the contract of this layer, whatever the file's block size. */
export const PAGE_SIZE = 4096;

/** What the reader of one container makes of its files. */
export interface OpenedContainer {
  readonly facts: DumpFacts;
  readonly memory: PhysicalMemory;
}
