import { openKallsyms } from '../symbols/kallsyms.ts';
import type { SymbolSource } from '../symbols/types.ts';
import type { Target } from './target.ts';

/** The kernel's symbols from the dump itself. Throws MissingError or CorruptError when they are not there. */
export const openKernelSymbols = (target: Target): SymbolSource =>
  openKallsyms(target.kernel, target.vmcoreinfo);
