import { plus, type VAddr } from '../base/address.ts';
import {
  type FullRegisters,
  type RegisterName,
  registerOffset,
  type SavedRegisters,
  type StackAbi,
  X86_64_ABI,
} from './types.ts';

const CS_RPL = 3n;
/** FRED keeps more than the selectors in the words of cs and ss (arch/x86/include/asm/ptrace.h, 6.9). */
const SELECTOR = 0xffffn;
/** Virtual 8086 mode has segments, not selectors: Intel SDM 3, 21.2. */
const FLAGS_VM = 1n << 17n;

type Words = (address: VAddr) => bigint | undefined;

/** The `struct pt_regs` at an address; undefined when it is not all in the dump. */
export function readPtRegs(
  word: Words,
  address: VAddr,
  partial = false,
  abi: StackAbi = X86_64_ABI,
): SavedRegisters | undefined {
  const registers: Partial<Record<RegisterName, bigint>> = {};
  const names = abi.registers;
  const pushed = names.indexOf('ip');
  const isShort = () => !abi.savesKernelSp && !isUser(abi, registers);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (name === 'sp' && isShort()) {
      registers.sp = plus(address, registerOffset(abi, 'sp'));
      registers.ss = 0n;
      break;
    }
    const value = word(plus(address, i * abi.wordSize));
    // Of a partial set only the part that the processor pushed is looked at.
    if (value === undefined && !(partial && i < pushed)) return undefined;
    registers[name] = value ?? 0n;
  }
  const cs = registers.cs! & SELECTOR;
  const all = { ...registers, cs, ss: registers.ss! & SELECTOR } as FullRegisters;
  return { address, registers: all, partial, user: isUser(abi, all) };
}

function isUser(
  { wordSize }: StackAbi,
  { cs = 0n, flags = 0n }: Partial<Record<RegisterName, bigint>>,
): boolean {
  return (cs & CS_RPL) === CS_RPL || (wordSize === 4 && (flags & FLAGS_VM) !== 0n);
}
