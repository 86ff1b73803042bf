import { PAGE_SIZE } from './container.ts';
import type { ElfSegment } from './elf-header.ts';
import { ExtentMap, Extents } from './extents.ts';
import type { ByteSource } from './source.ts';
import type { PageStatus, PfnRun, PhysicalMemory } from './types.ts';

/** Physical addresses above this do not occur: x86_64 has at most 52 bits, and numbers are exact to 53. */
export const MAX_PHYSICAL = 2 ** 53;

type Run = { start: number; end: number; status: PfnRun['status'] };

/**
 * Physical memory of an ELF core. A segment's bytes beyond p_filesz are what `makedumpfile -E` filtered. Where segments
 * overlap, one that has bytes wins over one that has none, then the first in file order wins. A page that segments
 * cover only in part is present, with zeros in the rest: the kernel rounds the edges of RAM in the same way
 * (fs/proc/vmcore.c).
 */
export class ElfMemory implements PhysicalMemory {
  readonly maxPfn: number;
  readonly #source: ByteSource;
  /** Extents of physical memory and their file offsets; -1 for RAM that is not in the file. */
  readonly #map: ExtentMap;

  /** @param loads PT_LOAD segments that end below {@link MAX_PHYSICAL}. */
  constructor(source: ByteSource, loads: readonly ElfSegment[]) {
    this.#source = source;
    this.#map = mapOf(loads);
    this.maxPfn = Math.ceil(this.#map.end / PAGE_SIZE);
  }

  readPage(pfn: number, target: Uint8Array): PageStatus {
    const map = this.#map;
    const start = pfn * PAGE_SIZE;
    const index = map.firstEndingAfter(start);
    if (index >= map.length || map.startOf(index) >= start + PAGE_SIZE) return 'not-ram';
    const from = map.startOf(index);
    const offset = map.offsetOf(index);
    if (offset >= 0 && from <= start && map.endOf(index) >= start + PAGE_SIZE) {
      const got = this.#source.read(offset + (start - from), target);
      return got === PAGE_SIZE ? 'present' : 'truncated';
    }
    return this.#readMixed(index, start, target);
  }

  #readMixed(first: number, start: number, target: Uint8Array): PageStatus {
    const map = this.#map;
    const end = start + PAGE_SIZE;
    let present = false;
    target.fill(0);
    for (let index = first; index < map.length && map.startOf(index) < end; index++) {
      const offset = map.offsetOf(index);
      if (offset < 0) continue;
      const from = Math.max(map.startOf(index), start);
      const to = Math.min(map.endOf(index), end);
      const bytes = target.subarray(from - start, to - start);
      if (this.#source.read(offset + (from - map.startOf(index)), bytes) < bytes.length)
        return 'truncated';
      present = true;
    }
    return present ? 'present' : 'excluded';
  }

  status(pfn: number): PageStatus {
    const map = this.#map;
    const start = pfn * PAGE_SIZE;
    const end = start + PAGE_SIZE;
    let status: PageStatus = 'not-ram';
    for (
      let index = map.firstEndingAfter(start);
      index < map.length && map.startOf(index) < end;
      index++
    ) {
      const offset = map.offsetOf(index);
      if (offset >= 0) {
        const last = offset + Math.min(map.endOf(index), end) - map.startOf(index);
        if (last > this.#source.size) return 'truncated';
        status = 'present';
      } else if (status === 'not-ram') {
        status = 'excluded';
      }
    }
    return status;
  }

  *runs(from = 0, to = this.maxPfn): Generator<PfnRun> {
    const end = Math.min(to, this.maxPfn);
    let run: Run | undefined;
    for (let pfn = Math.max(0, from); pfn < end; ) {
      const next = this.#uniform(pfn, end);
      if (run !== undefined && run.status === next.status) {
        run.end = next.end;
      } else {
        if (run !== undefined) yield run;
        run = next;
      }
      pfn = next.end;
    }
    if (run !== undefined) yield run;
  }

  /**
   * The run of pages from `pfn` on whose status is decided by one extent, or by the gap before it; at least one page.
   */
  #uniform(pfn: number, limit: number): Run {
    const map = this.#map;
    const start = pfn * PAGE_SIZE;
    const index = map.firstEndingAfter(start);
    if (index >= map.length) return { start: pfn, end: limit, status: 'not-ram' };
    if (map.startOf(index) >= start + PAGE_SIZE) {
      const end = Math.min(limit, Math.floor(map.startOf(index) / PAGE_SIZE));
      return { start: pfn, end, status: 'not-ram' };
    }
    const end = Math.floor(map.endOf(index) / PAGE_SIZE);
    if (map.startOf(index) <= start && end > pfn) {
      const status = map.offsetOf(index) < 0 ? 'excluded' : 'present';
      return { start: pfn, end: Math.min(limit, end), status };
    }
    const status = this.status(pfn);
    const kind = status === 'excluded' || status === 'not-ram' ? status : 'present';
    return { start: pfn, end: pfn + 1, status: kind };
  }
}

/** Each segment split into the bytes in the file and the bytes that are not; those in the file go first. */
function mapOf(loads: readonly ElfSegment[]): ExtentMap {
  const extents = new Extents();
  for (const { physical, offset, fileSize } of loads) {
    if (fileSize > 0) extents.push(physical, physical + fileSize, offset);
  }
  for (const { physical, fileSize, memorySize } of loads) {
    if (memorySize > fileSize) extents.push(physical + fileSize, physical + memorySize, -1);
  }
  return new ExtentMap(extents, 'first');
}
