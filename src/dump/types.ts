import type { VAddr } from '../base/address.ts';
import type { CacheCounts } from './block-cache.ts';

/**
 * Status of one page frame. `present`: its bytes are there. `excluded`: RAM that the dump's filter left out. `not-ram`:
 * no memory at that frame, or beyond the last one. `truncated`: the descriptor or the data lie past the end of the
 * file. `damaged`: the data do not decompress to a page.
 */
export type PageStatus = 'present' | 'excluded' | 'not-ram' | 'truncated' | 'damaged';

/** A run of consecutive page frames with one status. `end` is exclusive. */
export interface PfnRun {
  readonly start: number;
  readonly end: number;
  readonly status: 'present' | 'excluded' | 'not-ram';
}

/** Physical memory as a dump file holds it. Page frames are 4096 bytes whatever the file's block size. */
export interface PhysicalMemory {
  /** Exclusive upper bound of the page frames in the file. */
  readonly maxPfn: number;
  /**
   * Copies page `pfn` into `target` (exactly 4096 bytes) and returns `present`, or returns why not and
   * leaves `target` undefined. Never throws for anything that is in the file.
   */
  readPage(pfn: number, target: Uint8Array): PageStatus;
  /** The likely result of `readPage`, without reading the page's data. */
  status(pfn: number): PageStatus;
  /** The frames of [from, to) as maximal runs, in order; lazily, so that a caller may stop early. */
  runs(from?: number, to?: number): Iterable<PfnRun>;
}

/** General purpose registers of one CPU, from NT_PRSTATUS or a QEMU note; by the kernel's pt_regs names. */
export interface CpuRegisters {
  /** The CPU number, when the note says which (QEMU's CPUs are numbered in note order). */
  readonly cpu: number;
  /** pr_pid of NT_PRSTATUS; a hypervisor writes its own numbering here, not a pid. 0 when absent. */
  readonly pid: number;
  readonly source: 'prstatus' | 'qemu';
  /** r15 r14 ... ip cs flags sp ss, fs_base gs_base; from QEMU's note also cr0 cr2 cr3 cr4, idt, gdt. */
  readonly registers: Readonly<Record<string, bigint>>;
}

/** What a dump file contains besides memory. All of it may be absent. */
export interface DumpFacts {
  /** For readers: `kdump v6 (zlib)`, `ELF`, `flattened kdump v6 (zlib)`, `split kdump v6, 2 of 3 parts`. */
  readonly format: string;
  /** For programs, one word. */
  readonly container: 'kdump' | 'elf';
  readonly flattened: boolean;
  /** The makedumpfile dump level (0-31) when the file records it. */
  readonly dumpLevel: number | undefined;
  /**
   * The file says that it is not complete, or a split part is missing. crash prints [PARTIAL DUMP] for this and for
   * filtered pages.
   */
  readonly incomplete: boolean;
  /** utsname of a kdump header: sysname nodename release version machine domainname. */
  readonly utsname: Readonly<Record<string, string>> | undefined;
  /** ELF e_machine or the kdump utsname machine: `x86_64`, `i386`, `aarch64` ... */
  readonly machine: string | undefined;
  /** Raw text of the VMCOREINFO note. */
  readonly vmcoreinfo: string | undefined;
  readonly cpus: readonly CpuRegisters[];
  /** phys_base of a kdump sub-header; 0 when the file does not know it. */
  readonly physBase: bigint | undefined;
  /** Kernel-virtual ranges that the container maps itself (ELF PT_LOAD p_vaddr), a second way to translate. */
  readonly mappings: readonly {
    readonly virtual: VAddr;
    readonly physical: bigint;
    readonly size: bigint;
  }[];
  /** One line each: what is irregular, missing or damaged in the file, for the banner. */
  readonly warnings: readonly string[];
  /** Header fields in file order, for `help -n`-like listings: name and printable value. */
  readonly header: readonly (readonly [string, string])[];
}

/** An opened dump: one file, or a split set. */
export interface Dump {
  readonly paths: readonly string[];
  readonly facts: DumpFacts;
  readonly memory: PhysicalMemory;
  /** Counters of the caches between the files and their format, one a file. */
  readonly fileCaches: readonly { readonly counts: CacheCounts }[];
  /** Raw bytes of the file at `offset` (`rd -f`), short at the end of the file. */
  readFile(offset: number, length: number): Uint8Array;
  close(): void;
}
