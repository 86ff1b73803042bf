import type { Arch } from '../../arch/types.ts';
import type { Bits, PAddr, VAddr } from '../../base/address.ts';
import type { CpuRegisters, DumpFacts } from '../../dump/types.ts';
import type { LastResort } from '../../memory/address-space.ts';
import type { Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import type { OrcEntry, Registers, SavedRegisters, Stack, StackAbi } from '../../unwind/types.ts';

/** How the kernel's own addresses are translated. */
export interface Paging {
  readonly arch: Arch;
  /** Physical address of the top page table. */
  readonly root: PAddr;
  readonly lastResort: LastResort;
}

/** Where a kernel virtual address belongs, by the kernel's own memory map. */
export type Region = 'user' | 'direct' | 'vmalloc' | 'vmemmap' | 'image' | 'modules' | 'other';

/** Virtual addresses; `end` is exclusive. */
export interface AddressRange {
  readonly start: VAddr;
  readonly end: bigint;
}

/** Addresses that are mapped one to one: `start` is where `physical` is seen. */
export interface LinearRange extends AddressRange {
  /** Wraps: it may lie below 0 where the image was loaded below the address it was linked for. */
  readonly physical: bigint;
}

/** The kernel's memory map. */
export interface AddressMap {
  /** PAGE_OFFSET: all of physical memory that has an address of its own. */
  readonly direct: LinearRange;
  /** The kernel image, where it is mapped apart from the direct map; undefined where it is a part of it. */
  readonly image: LinearRange | undefined;
  readonly vmalloc: AddressRange;
  /** Where the page structs lie; undefined on a machine that has no place of its own for them. */
  readonly vmemmap: AddressRange | undefined;
  /** Where modules are loaded; it may be a part of vmalloc space. */
  readonly modules: AddressRange;
  /** What an address is: the first range that holds it. */
  readonly regions: readonly (readonly [Exclude<Region, 'user'>, AddressRange])[];
}

/** An exception stack as the processor's tables name it; some are mapped only where they are needed. */
export interface ExceptionStackArea {
  /** crash's name: `NMI`. */
  readonly name: string;
  readonly base: VAddr;
  readonly size: number;
  readonly isMapped: boolean;
  /** Does the kernel handle the exception at all? A kernel without CONFIG_X86_MCE has the stack, not the handler. */
  readonly isUsed: boolean;
}

/** Where a blocked task stands: what the context switch saved. */
export interface SwitchFrame {
  readonly ip: VAddr;
  /** Where the return address lies. */
  readonly at: VAddr;
  /** The stack pointer after that return. */
  readonly sp: VAddr;
  readonly registers: Registers;
}

/** How a CPU's own stacks and what entry code leaves on stacks are found. `T` as in {@link KernelArch}. */
export interface StackRules<T> {
  readonly abi: StackAbi;
  /** THREAD_SIZE of a kernel that does not say it, in bytes. Throws CrashError. */
  defaultSize(target: T): number;
  /** The stacks of a CPU that belong to no task: each reader's in turn. A reader throws MissingError or ReadError. */
  readonly ofCpu: readonly ((target: T, cpu: number) => readonly Stack[])[];
  /** The exception stacks of a CPU in the processor's order; undefined on a machine that has none. */
  readonly exceptionAreas: ((target: T, cpu: number) => readonly ExceptionStackArea[]) | undefined;
  /** Bytes between the registers that an entry from user space saves and the top of a task's stack. */
  entryPadding(target: T): number;
  /** What the context switch left on a blocked task's stack. Throws ReadError, MissingError. */
  switchFrame(target: T, task: VAddr): SwitchFrame;
  /** Where a blocked task's stack pointer was saved. Throws ReadError. */
  savedStackPointer(target: T, task: VAddr): VAddr;
  /** The places on a stack that look like a `struct pt_regs`, from its low end. */
  findRegisters(target: T, stack: Stack): readonly SavedRegisters[];
}

/** How functions are left, and what crash says of it. */
export interface UnwindRules<T> {
  /** Opens the tables or rules that say how to leave the function at an address; undefined where none does. */
  openRules(target: T): (address: bigint) => OrcEntry | undefined;
  /** The function in whose frame crash begins the trace of a CPU that went into kexec. */
  readonly kexecFunction: string;
  /** The function in whose frame crash begins the trace of a CPU that another one stopped. */
  readonly stopFunction: string;
  /**
   * crash lists the function that was interrupted in every case; else only where the stack changes with it, since the
   * line of the registers names it.
   */
  readonly listsInterrupted: boolean;
  /** The name of the exception behind entry code that all exceptions share; undefined for any other code. */
  exceptionBehind(symbol: string, called: string): string | undefined;
}

/** What the kernel's machine code looks like. */
export interface CodeRules {
  /** The first word of the instruction after which a BUG keeps its file and line. */
  readonly bug: string;
  /** How the disassembler writes the no-op that the function tracer leaves at a function's entry. */
  readonly tracerNops: readonly string[];
  /** That no-op where a function begins that has no symbol: only there is it written in these ways. */
  readonly entry: RegExp;
  /** Functions begin at multiples of this, in bytes. */
  readonly alignment: number;
  /** An instruction that does nothing: padding between functions. */
  readonly noOperation: RegExp;
  /** The first word of the instruction that traps, and pads. */
  readonly trap: string;
  /** The start of what zeros are as code: memory that was freed. */
  readonly zeros: string;
  /** The start of the names of functions that jump where a register says. */
  readonly indirectThunk: string;
  /** The symbol of a kernel whose returns jump to a thunk: a patched return leaves four traps behind it. */
  readonly returnThunk: string;
}

/** An entry of the table of interrupt vectors: where the gate leads. */
export interface Gate {
  readonly vector: number;
  readonly handler: VAddr;
}

/** A range of physical memory as the firmware described it. */
export interface FirmwareRange {
  readonly start: Bits;
  /** Exclusive. */
  readonly end: Bits;
  readonly type: number;
}

/** Variables of one architecture's kernel, declared as src/kernel/core/globals declares those of all. */
export interface MachineGlobals {
  readonly declarations: readonly (readonly [type: string, names: string])[];
  readonly perCpu: readonly (readonly [type: string, names: string])[];
  /** Per-CPU variables that more than one source file knows. */
  readonly sharedPerCpu: ReadonlySet<string>;
}

/**
 * The kernel on one kind of processor: the second half of an architecture, beside {@link Arch}. All members are
 * required; `undefined` in a type says that a machine may lack the thing, and a command then says so in crash's words.
 * `T` is Target (src/kernel/core/target.ts), which names this type and so cannot be named here.
 */
export interface KernelArch<T> {
  /** As crash and uname name the machine. */
  readonly name: string;
  /** Is a VMCOREINFO that names no machine of this one? */
  recognises(info: Vmcoreinfo): boolean;
  /** Throws DumpError when neither the notes nor VMCOREINFO tell. */
  findPaging(facts: DumpFacts, info: Vmcoreinfo): Paging;
  /** Physical addresses of the top page table that a CPU's registers may mean; empty when they say nothing of it. */
  rootsOf(registers: CpuRegisters['registers']): readonly PAddr[];
  /** No kernel image lies below it. */
  readonly imageFloor: bigint;
  addressMap(target: T): AddressMap;
  /** SECTION_SIZE_BITS and MAX_PHYSMEM_BITS of kernels whose VMCOREINFO does not say them. */
  sparsemem(arch: Arch): { readonly sectionSizeBits: number; readonly maxPhysmemBits: number };
  /** Width of a physical address on this machine. */
  physicalBits(target: T): number;
  /** The kernel's top page table by the names of its symbol, newest first. */
  readonly topTableSymbols: readonly string[];
  /** crash shows page-table entries by the kernel's own addresses, for user addresses too. */
  readonly showsTablesByAddress: boolean;
  readonly stacks: StackRules<T>;
  readonly unwind: UnwindRules<T>;
  readonly code: CodeRules;
  readonly globals: MachineGlobals;
  /** The interrupt vectors of the processor. Throws MissingError, ReadError. */
  readonly interruptGates: ((target: T) => Iterable<Gate>) | undefined;
  /** The firmware's map of physical memory. Throws MissingError, ReadError, CorruptError. */
  readonly firmwareMap: ((target: T) => readonly FirmwareRange[]) | undefined;
  /** The per-CPU variable in which the kernel describes a processor, and its structure. */
  readonly cpuInfo: { readonly variable: string; readonly type: string } | undefined;
}
