import { PT_REGS_I386, PT_REGS_X86_64 } from '../../../arch/x86/registers.ts';
import type { Registers, StackAbi } from '../../../unwind/types.ts';

/** The privilege level in a code segment's selector; 3 is user mode. */
const CS_RPL = 3n;
/** FRED keeps more than the selectors in the words of cs and ss (arch/x86/include/asm/ptrace.h, 6.9). */
const SELECTOR = 0xffffn;
/** Virtual 8086 mode has segments, not selectors: Intel SDM 3, 21.2. */
const FLAGS_VM = 1n << 17n;

/** Interrupt enable flag: Intel SDM 3, 2.3. */
const FLAGS_IF = 1n << 9n;

/** The processor took no interrupts, other than NMIs, with these registers. */
export const interruptsOff = ({ flags }: Registers): boolean | undefined =>
  flags === undefined ? undefined : (flags & FLAGS_IF) === 0n;

const registerMasks: Registers = { cs: SELECTOR, ss: SELECTOR };
const inRing3 = ({ cs = 0n }: Registers): boolean => (cs & CS_RPL) === CS_RPL;

/** Stacks of x86_64 kernels. */
export const X86_64_ABI: StackAbi = {
  wordSize: 8,
  registers: PT_REGS_X86_64,
  registerMasks,
  isUser: inRing3,
  savesKernelSp: true,
  // System V ABI, AMD64 supplement, figure 3.36.
  debugRegisters: [
    'ax',
    'dx',
    'cx',
    'bx',
    'si',
    'di',
    'bp',
    'sp',
    'r8',
    'r9',
    'r10',
    'r11',
    'r12',
    'r13',
    'r14',
    'r15',
    'ip',
  ],
  hasTables: true,
};

/** Stacks of i386 kernels. */
export const I386_ABI: StackAbi = {
  wordSize: 4,
  registers: PT_REGS_I386,
  registerMasks,
  isUser: (registers) => inRing3(registers) || ((registers.flags ?? 0n) & FLAGS_VM) !== 0n,
  savesKernelSp: false,
  // System V ABI, i386 supplement, table 2.14.
  debugRegisters: ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di', 'ip'],
  hasTables: false,
};
