import { CrashError } from '../../../base/errors.ts';
import type { Target } from '../../core/target.ts';

/** The widest address that an entry of 8 bytes can hold: Intel SDM 3, 4.1.4, MAXPHYADDR. */
const ARCHITECTURE_LIMIT = 52;

/** Bits of a physical address, from cpuinfo_x86; the architecture's limit where the kernel does not have it. */
export function physicalBits(target: Target): number {
  try {
    const bits = target.object('cpuinfo_x86', target.symbol('boot_cpu_data')).num('x86_phys_bits');
    return bits >= 32 && bits <= ARCHITECTURE_LIMIT ? bits : ARCHITECTURE_LIMIT;
  } catch (error) {
    if (error instanceof CrashError) return ARCHITECTURE_LIMIT;
    throw error;
  }
}
