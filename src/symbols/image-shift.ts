import { type VAddr, va } from '../base/address.ts';
import { MissingError } from '../base/errors.ts';
import type { SymbolFile } from './sorted-symbols.ts';

/** VMCOREINFO writes these as symbols, but gives the value of a pointer variable, not its address. */
export const NOT_A_VARIABLE: ReadonlySet<string> = new Set([
  'mem_section',
  'vmemmap',
  'contig_page_data',
]);

/**
 * The distance between a file's linked addresses and the dump's: what KASLR added. All symbols that the dump and the
 * file both name must agree. Throws MissingError when they do not, or when they have fewer than two names in common:
 * many kernels have their first symbol at the same address.
 */
export function imageShift(
  { symbols, image }: SymbolFile,
  known: ReadonlyMap<string, VAddr>,
): bigint {
  let shift: bigint | undefined;
  let agreeing = 0;
  for (const { name, address } of symbols) {
    const there = NOT_A_VARIABLE.has(name) ? undefined : known.get(name);
    if (there === undefined || address < image.start || address > image.end) continue;
    const moved = BigInt.asIntN(64, there - address);
    shift ??= moved;
    if (moved === shift) {
      agreeing++;
      continue;
    }
    throw new MissingError(
      'table',
      'symbols',
      `it is of another kernel: ${name} would be at ${va(address + shift).toString(16)}, and is at ${there.toString(16)}`,
    );
  }
  if (shift !== undefined && agreeing > 1) return shift;
  throw new MissingError(
    'table',
    'symbols',
    'whether it is of this kernel cannot be told: it has too few of the symbols that the dump names',
  );
}
