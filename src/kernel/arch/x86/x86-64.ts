import type { Target } from '../../core/target.ts';
import type { KernelArch } from '../types.ts';
import { addressMapOfX8664 } from './address-map.ts';
import { CALLS_X86_64, X86_CODE } from './code-rules.ts';
import {
  defaultStackSize,
  entryPadding,
  entryStack,
  exceptionStackAreas,
  exceptionStacks,
  irqStack,
} from './cpu-stacks.ts';
import { findRegistersOfX8664 } from './exception-frames.ts';
import { firmwareMap } from './firmware-map.ts';
import { X86_GLOBALS } from './globals.ts';
import { interruptGates } from './interrupt-gates.ts';
import { START_KERNEL_MAP } from './layout.ts';
import { openOrc } from './orc-tables.ts';
import { pagingOfX8664, recognisesX8664, rootsOfX8664, X86_64_TOP_TABLES } from './paging.ts';
import { physicalBits } from './physical-bits.ts';
import { interruptsOff, X86_64_ABI } from './stack-abi.ts';
import { savedStackPointer, switchFrame } from './switch-frame.ts';

/** Linux on x86_64. */
export const x8664Kernel: KernelArch<Target> = {
  name: 'x86_64',
  recognises: recognisesX8664,
  findPaging: pagingOfX8664,
  rootsOf: rootsOfX8664,
  imageFloor: START_KERNEL_MAP,
  addressMap: addressMapOfX8664,
  // arch/x86/include/asm/sparsemem.h; in VMCOREINFO since 4.19 and 5.9.
  sparsemem: ({ levels }) => ({
    sectionSizeBits: 27,
    maxPhysmemBits: levels.includes('P4D') ? 52 : 46,
  }),
  physicalBits,
  topTableSymbols: X86_64_TOP_TABLES,
  showsTablesByAddress: false,
  stacks: {
    abi: X86_64_ABI,
    defaultSize: defaultStackSize,
    ofCpu: [irqStack, exceptionStacks, entryStack],
    exceptionAreas: exceptionStackAreas,
    entryPadding,
    switchFrame,
    savedStackPointer,
    interruptsOff,
    firstArgument: 'di',
    findRegisters: findRegistersOfX8664,
  },
  unwind: {
    openRules: openOrc,
    kexecFunction: 'machine_kexec',
    stopFunction: 'crash_nmi_callback',
    listsInterrupted: false,
    exceptionBehind: () => undefined,
  },
  code: { ...X86_CODE, calls: CALLS_X86_64 },
  globals: X86_GLOBALS,
  interruptGates,
  firmwareMap,
  cpuInfo: { variable: 'cpu_info', type: 'cpuinfo_x86' },
};
