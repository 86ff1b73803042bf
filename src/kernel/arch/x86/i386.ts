import type { Target } from '../../core/target.ts';
import type { KernelArch } from '../types.ts';
import { addressMapOfI386 } from './address-map.ts';
import { CALLS_I386, X86_CODE } from './code-rules.ts';
import { contextStacks, defaultStackSizeOfI386, entryPaddingOfI386 } from './cpu-stacks-i386.ts';
import { exceptionBehind, openEntryRules } from './entry-rules.ts';
import { findRegistersOfI386 } from './exception-frames.ts';
import { firmwareMap } from './firmware-map.ts';
import { X86_GLOBALS } from './globals.ts';
import { interruptGates } from './interrupt-gates.ts';
import { pagingOfI386, recognisesI386, rootsOfI386 } from './paging-i386.ts';
import { physicalBits } from './physical-bits.ts';
import { I386_ABI, interruptsOff } from './stack-abi.ts';
import { savedStackPointer, switchFrame } from './switch-frame.ts';

/** Linux on i386, with PAE or without. */
export const i386Kernel: KernelArch<Target> = {
  name: 'i386',
  recognises: recognisesI386,
  findPaging: pagingOfI386,
  rootsOf: rootsOfI386,
  // The lowest possible CONFIG_PAGE_OFFSET.
  imageFloor: 0x4000_0000n,
  addressMap: addressMapOfI386,
  // arch/x86/include/asm/sparsemem.h.
  sparsemem: ({ entrySize }) =>
    entrySize === 8
      ? { sectionSizeBits: 29, maxPhysmemBits: 36 }
      : { sectionSizeBits: 26, maxPhysmemBits: 32 },
  physicalBits,
  topTableSymbols: ['swapper_pg_dir'],
  showsTablesByAddress: true,
  stacks: {
    abi: I386_ABI,
    defaultSize: defaultStackSizeOfI386,
    ofCpu: [contextStacks],
    exceptionAreas: undefined,
    entryPadding: entryPaddingOfI386,
    switchFrame,
    savedStackPointer,
    interruptsOff,
    firstArgument: 'ax',
    findRegisters: findRegistersOfI386,
  },
  unwind: {
    openRules: openEntryRules,
    kexecFunction: 'crash_kexec',
    stopFunction: 'crash_nmi_callback',
    listsInterrupted: true,
    exceptionBehind,
  },
  code: { ...X86_CODE, calls: CALLS_I386 },
  globals: X86_GLOBALS,
  interruptGates,
  firmwareMap,
  cpuInfo: { variable: 'cpu_info', type: 'cpuinfo_x86' },
};
