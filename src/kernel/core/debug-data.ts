import type { DebugFile } from '../../debuginfo/debug-file.ts';

/** A file with debugging data of the kernel, matched with the dump. */
export interface KernelDebugFile {
  readonly file: DebugFile;
  /** What KASLR added to its addresses. */
  readonly slide: bigint;
}

/**
 * The debugging data given with a dump: the kernel's, and those of the modules that were loaded with `mod`. Addresses
 * are those of the dump.
 */
export class DebugData {
  readonly kernel: KernelDebugFile | undefined;
  /** By the name of the module. */
  readonly modules = new Map<string, DebugFile>();

  constructor(kernel: KernelDebugFile | undefined) {
    this.kernel = kernel;
  }

  get isEmpty(): boolean {
    return this.kernel === undefined && this.modules.size === 0;
  }
}
