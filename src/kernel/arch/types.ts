import type { Arch } from '../../arch/types.ts';
import type { Bits, PAddr, VAddr } from '../../base/address.ts';
import type { CpuRegisters, DumpFacts } from '../../dump/types.ts';
import type { LastResort } from '../../memory/address-space.ts';
import type { Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import type {
  OrcEntry,
  RegisterName,
  Registers,
  SavedRegisters,
  Stack,
  StackAbi,
} from '../../unwind/types.ts';

/** How the kernel's own addresses are translated. */
export interface Paging {
  readonly arch: Arch;
  /** Physical address of the top page table. */
  readonly root: PAddr;
  readonly lastResort: LastResort;
}

/** Kinds of addresses in the kernel's memory map. */
export type Region = 'user' | 'direct' | 'vmalloc' | 'vmemmap' | 'image' | 'modules' | 'other';

/** Virtual addresses; `end` is exclusive. */
export interface AddressRange {
  readonly start: VAddr;
  readonly end: bigint;
}

/** Addresses that are mapped one to one: `start` maps `physical`. */
export interface LinearRange extends AddressRange {
  /** Wraps: below 0 where the image was loaded below the address it was linked for. */
  readonly physical: bigint;
}

/** The kernel's memory map. */
export interface AddressMap {
  /** PAGE_OFFSET: the part of physical memory that is always mapped. */
  readonly direct: LinearRange;
  /** The mapping of the kernel image; undefined where it is a part of the direct map. */
  readonly image: LinearRange | undefined;
  readonly vmalloc: AddressRange;
  /** The page structs; undefined on a machine without a region for them. */
  readonly vmemmap: AddressRange | undefined;
  /** The region of modules; may be a part of vmalloc space. */
  readonly modules: AddressRange;
  /** The kind of an address: the first range that contains it. */
  readonly regions: readonly (readonly [Exclude<Region, 'user'>, AddressRange])[];
}

/** An exception stack by the processor's tables; some are mapped only on machines that need them. */
export interface ExceptionStackArea {
  /** crash's name: `NMI`. */
  readonly name: string;
  readonly base: VAddr;
  readonly size: number;
  readonly isMapped: boolean;
  /** Whether the kernel handles the exception. A kernel without CONFIG_X86_MCE has the stack, not the handler. */
  readonly isUsed: boolean;
}

/** The position of a blocked task, saved by the context switch. */
export interface SwitchFrame {
  readonly ip: VAddr;
  /** Address of the return address. */
  readonly at: VAddr;
  /** The stack pointer after that return. */
  readonly sp: VAddr;
  readonly registers: Registers;
}

/** A CPU's own stacks, and what entry code leaves on stacks. `T` as in {@link KernelArch}. */
export interface StackRules<T> {
  readonly abi: StackAbi;
  /** THREAD_SIZE of a kernel that does not record it, in bytes. Throws CrashError. */
  defaultSize(target: T): number;
  /** The stacks of a CPU that belong to no task: each reader's in turn. A reader throws MissingError or ReadError. */
  readonly ofCpu: readonly ((target: T, cpu: number) => readonly Stack[])[];
  /** The exception stacks of a CPU in the processor's order; undefined on a machine that has none. */
  readonly exceptionAreas: ((target: T, cpu: number) => readonly ExceptionStackArea[]) | undefined;
  /** Bytes between the registers that an entry from user space saves and the top of a task's stack. */
  entryPadding(target: T): number;
  /** The frame that the context switch left on a blocked task's stack. Throws ReadError, MissingError. */
  switchFrame(target: T, task: VAddr): SwitchFrame;
  /** The saved stack pointer of a blocked task. Throws ReadError. */
  savedStackPointer(target: T, task: VAddr): VAddr;
  /** Whether the processor took no interrupts when it had these registers; undefined when they do not say. */
  interruptsOff(registers: Registers): boolean | undefined;
  /** The register that holds a function's first argument when it is called. */
  readonly firstArgument: RegisterName;
  /** The places on a stack with the form of a `struct pt_regs`, from its low end. */
  findRegisters(target: T, stack: Stack): readonly SavedRegisters[];
}

/** How functions are left, and what crash lists of it. */
export interface UnwindRules<T> {
  /** Opens the tables or rules for leaving the function at an address; undefined where there are none. */
  openRules(target: T): (address: bigint) => OrcEntry | undefined;
  /** The function whose frame begins crash's trace of a CPU that went into kexec. */
  readonly kexecFunction: string;
  /** The function whose frame begins crash's trace of a CPU that another one stopped. */
  readonly stopFunction: string;
  /**
   * crash lists the function that was interrupted in every case; else only where the stack changes with it, since the
   * line of the registers names it.
   */
  readonly listsInterrupted: boolean;
  /** The name of the exception whose registers common entry code saved; undefined for any other code. */
  exceptionBehind(symbol: string, called: string): string | undefined;
}

/** Forms of the kernel's machine code. */
export interface CodeRules {
  /** The first word of the instruction after which a BUG keeps its file and line. */
  readonly bug: string;
  /** The disassembler's text of the no-op that the function tracer leaves at a function's entry. */
  readonly tracerNops: readonly string[];
  /** That no-op at the start of a function without a symbol, where only these forms count. */
  readonly entry: RegExp;
  /** Functions begin at multiples of this, in bytes. */
  readonly alignment: number;
  /** An instruction without effect: padding between functions. */
  readonly noOperation: RegExp;
  /** The first word of the instruction that traps, and pads. */
  readonly trap: string;
  /** The start of the text of zeros as code: memory that was freed. */
  readonly zeros: string;
  /** The start of the names of functions that jump to a register's address. */
  readonly indirectThunk: string;
  /** The symbol of a kernel whose returns jump to a thunk: a patched return is followed by four traps. */
  readonly returnThunk: string;
  /** How functions are called: registers by the names of `struct pt_regs`. */
  readonly calls: CallRules;
}

/** The C calling convention of the kernel on a machine. */
export interface CallRules {
  /** The registers of the first arguments, in order. */
  readonly arguments: readonly string[];
  /** Registers that a called function may leave changed. */
  readonly changed: readonly string[];
  readonly result: string;
  readonly stackPointer: string;
}

/** An entry of the table of interrupt vectors: the gate's handler. */
export interface Gate {
  readonly vector: number;
  readonly handler: VAddr;
}

/** A range of physical memory in the firmware's description. */
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
  /** Per-CPU variables of more than one source file, which are not static. */
  readonly sharedPerCpu: ReadonlySet<string>;
}

/**
 * The kernel on one kind of processor: the second half of an architecture, besides {@link Arch}. All members are
 * required; `undefined` in a type means that a machine may lack the thing, and a command then says so in crash's words.
 * `T` is Target (src/kernel/core/target.ts), which imports this type and so cannot be imported here.
 */
export interface KernelArch<T> {
  /** The machine's name in crash and uname. */
  readonly name: string;
  /** Whether a VMCOREINFO without a machine's name is of this one. */
  recognises(info: Vmcoreinfo): boolean;
  /** Throws DumpError when neither the notes nor VMCOREINFO have the page tables. */
  findPaging(facts: DumpFacts, info: Vmcoreinfo): Paging;
  /** Physical addresses of the top page table that a CPU's registers may hold; empty when they do not have it. */
  rootsOf(registers: CpuRegisters['registers']): readonly PAddr[];
  /** A lower bound of kernel images. */
  readonly imageFloor: bigint;
  addressMap(target: T): AddressMap;
  /** SECTION_SIZE_BITS and MAX_PHYSMEM_BITS of kernels whose VMCOREINFO does not have them. */
  sparsemem(arch: Arch): { readonly sectionSizeBits: number; readonly maxPhysmemBits: number };
  /** Width of a physical address on this machine. */
  physicalBits(target: T): number;
  /** Symbols of the kernel's top page table, newest first. */
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
  /** The per-CPU variable that describes a processor, and its structure. */
  readonly cpuInfo: { readonly variable: string; readonly type: string } | undefined;
}
