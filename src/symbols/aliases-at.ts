import type { VAddr } from '../base/address.ts';
import type { KernelSymbol, SymbolOffset } from './types.ts';

/**
 * The symbol that names `address`, of several at one address, as crash 8 chooses. `equals` holds them ordered by name.
 * An address beyond the symbols' own takes the last; the exact address takes the first, except that a marker of the
 * linker script or a syscall alias is skipped for the one after it.
 */
export function pickAlias(
  aliases: readonly KernelSymbol[],
  address: VAddr,
): SymbolOffset | undefined {
  const first = aliases[0];
  if (first === undefined) return undefined;
  // Signed: crash prints the distance across the gap below the kernel image as a negative number.
  const offset = Number(BigInt.asIntN(64, address - first.address));
  if (offset !== 0) return { symbol: aliases.at(-1) as KernelSymbol, offset };
  let place = 0;
  for (const givesWay of GIVE_WAY) {
    if (place + 1 < aliases.length && givesWay((aliases[place] as KernelSymbol).name)) place++;
  }
  return { symbol: aliases[place] as KernelSymbol, offset: 0 };
}

/** Names that are skipped, in crash's order; each rule applies once. */
const GIVE_WAY: readonly ((name: string) => boolean)[] = [
  (name) => name.startsWith('.text.'),
  // Syscall aliases before 4.17 (fa697140f9a2, syscalls/x86: Use 'struct pt_regs' based syscall calling convention for
  // 64-bit syscalls): SyS_read and sys_read were one function.
  (name) => name.startsWith('SyS_') || name.startsWith('compat_SyS_'),
  // __sched_text_start and its like, from vmlinux.lds.h, at the first function of the region.
  (name) => name.endsWith('_text_start'),
];
