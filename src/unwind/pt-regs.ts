import { plus, type VAddr } from '../base/address.ts';
import { type FullRegisters, PT_REGS, type RegisterName, type SavedRegisters } from './types.ts';

const CS_RPL = 3n;
/** FRED keeps more than the selectors in the words of cs and ss (arch/x86/include/asm/ptrace.h, 6.9). */
const SELECTOR = 0xffffn;

type Words = (address: VAddr) => bigint | undefined;

/** The `struct pt_regs` at an address; undefined when it is not all in the dump. */
export function readPtRegs(
  word: Words,
  address: VAddr,
  partial = false,
): SavedRegisters | undefined {
  const registers: Partial<Record<RegisterName, bigint>> = {};
  for (let i = 0; i < PT_REGS.length; i++) {
    const value = word(plus(address, i * 8));
    const name = PT_REGS[i]!;
    // Of a partial set only the part that the processor pushed is looked at.
    if (value === undefined && !(partial && i < PT_REGS.indexOf('ip'))) return undefined;
    registers[name] = value ?? 0n;
  }
  const cs = registers.cs! & SELECTOR;
  const all = { ...registers, cs, ss: registers.ss! & SELECTOR } as FullRegisters;
  return { address, registers: all, partial, user: (cs & CS_RPL) === CS_RPL };
}
