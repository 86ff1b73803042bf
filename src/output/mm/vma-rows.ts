import { hex } from '../../base/address.ts';
import type { Vma } from '../../kernel/mm/vmas.ts';

/** Columns of a user address on x86_64. */
const USER_DIGITS = 10;

/** Title line of a table of mappings. */
export const vmaHeader = '      VMA           START       END     FLAGS FILE';

/** One mapping as crash prints it; a longer address pushes the rest of its line to the right. */
export const vmaRow = (vma: Vma, fileName: string): string =>
  [
    hex(vma.address).padEnd(16),
    hex(vma.start).padStart(USER_DIGITS),
    hex(vma.end).padStart(USER_DIGITS),
    hex(vma.flags).padStart(6),
    fileName,
  ].join(' ');
