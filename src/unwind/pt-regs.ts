import { plus, type VAddr } from '../base/address.ts';
import {
  type FullRegisters,
  type RegisterName,
  registerOffset,
  type SavedRegisters,
  type StackAbi,
} from './types.ts';

type Words = (address: VAddr) => bigint | undefined;

/** The `struct pt_regs` at an address; undefined when it is not all in the dump. */
export function readPtRegs(
  word: Words,
  address: VAddr,
  abi: StackAbi,
  partial = false,
): SavedRegisters | undefined {
  const registers: Partial<Record<RegisterName, bigint>> = {};
  const names = abi.registers;
  const pushed = names.indexOf('ip');
  for (const [i, name] of names.entries()) {
    if (name === 'sp' && !abi.savesKernelSp && !abi.isUser(registers)) {
      // Nothing was pushed from here on: the interrupted stack goes on in its place.
      registers.sp = plus(address, registerOffset(abi, 'sp'));
      registers.ss = 0n;
      break;
    }
    const value = word(plus(address, i * abi.wordSize));
    // Of a partial set only the part that the processor pushed is looked at.
    if (value === undefined && !(partial && i < pushed)) return undefined;
    const mask = abi.registerMasks[name];
    registers[name] = mask === undefined ? (value ?? 0n) : (value ?? 0n) & mask;
  }
  const all = registers as FullRegisters;
  return { address, registers: all, partial, user: abi.isUser(all) };
}
