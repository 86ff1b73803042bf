import type { PAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { pfnToPage } from './sections.ts';

/**
 * Whether an address is beyond the last frame of the dump's machine, or in a section of memory that the machine has not:
 * a hole that devices use. An unknown address is not, nor one of which the section cannot be read.
 */
export function isOutsideRam(target: Target, physical: PAddr | undefined): boolean {
  if (physical === undefined) return false;
  const pfn = target.pfnOf(physical);
  const end = target.memory.maxPfn;
  if (end > 0 && pfn >= end) return true;
  try {
    return pfnToPage(target, pfn) === undefined;
  } catch (error) {
    if (error instanceof CrashError) return false;
    throw error;
  }
}
