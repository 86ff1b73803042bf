import { plus, type VAddr, va } from '../../../base/address.ts';
import type { Stack } from '../../../unwind/types.ts';
import { perCpuAddress } from '../../core/cpus.ts';
import type { Target } from '../../core/target.ts';
import { stackSize } from '../../task/stack.ts';
import type { ExceptionStackArea } from '../types.ts';

/**
 * THREAD_SIZE: 16 KiB since 3.15 (6538b8ea886e, x86_64: expand kernel stack to 16K), and twice that with KASAN, which
 * the linker's marks tell.
 */
export const defaultStackSize = (): number => 16_384;

/** EXCEPTION_STKSZ before the stacks had a type of their own (4.18 to 5.1): 4 KiB. */
const EXCEPTION_STACK_SIZE = 4 << 10;

/**
 * IRQ_STACK_SIZE and THREAD_SIZE are defined alike, with KASAN or without: arch/x86/include/asm/page_64_types.h. The
 * type `irq_stack` has the same size, but is so far back in BTF that a third of it would have to be read.
 */
export function irqStack(target: Target, cpu: number): readonly Stack[] {
  const size = stackSize(target);
  const top = irqStackTop(target, cpu, size);
  if (top === undefined) return [];
  return [{ kind: 'irq', name: 'IRQ stack', base: plus(top, -size), top, cpu }];
}

/** The end of a CPU's interrupt stack, in four generations of kernels. */
function irqStackTop(target: Target, cpu: number, size: number): VAddr | undefined {
  const aligned = (pointer: bigint): VAddr | undefined =>
    // The pointer is 8 bytes below the end since 5.12 (951c2a51ae75, x86/irq/64: Adjust the per CPU irq stack pointer
    // by 8), and 64 bytes below it from 4.18 to 5.1.
    pointer === 0n ? undefined : va((pointer + 127n) & ~127n);
  // In pcpu_hot since 6.2 (e57ef2ed97c1, x86: Put hot per CPU variables into a struct), and out of it since 6.15
  // (a1e4cc0155ad, x86/percpu: Move current_task to percpu hot section).
  if (
    target.findSymbol('pcpu_hot') !== undefined &&
    target.types.has('pcpu_hot', 'hardirq_stack_ptr')
  ) {
    const hot = target.object('pcpu_hot', perCpuAddress(target, 'pcpu_hot', cpu));
    return aligned(hot.pointer('hardirq_stack_ptr'));
  }
  // Renamed in 5.2 (758a2e312228, x86/irq/64: Rename irq_stack_ptr to hardirq_stack_ptr).
  for (const name of ['hardirq_stack_ptr', 'irq_stack_ptr']) {
    if (target.findSymbol(name) === undefined) continue;
    return aligned(target.kernel.pointer(perCpuAddress(target, name, cpu)));
  }
  // Before 5.2 the stack itself was per-CPU.
  if (target.findSymbol('irq_stack_union') === undefined) return undefined;
  return plus(perCpuAddress(target, 'irq_stack_union', cpu), size);
}

/** Members of `struct cea_exception_stacks` and crash's names for them, in the order of the TSS. */
const EXCEPTION_STACKS = [
  ['DF_stack', 'DOUBLEFAULT'],
  ['NMI_stack', 'NMI'],
  ['DB_stack', 'DEBUG'],
  ['MCE_stack', 'MCE'],
  // For guests with encrypted registers: 5.10 (02772fb9b68e, x86/sev-es: Allocate and map an IST stack for #VC
  // handler).
  ['VC_stack', 'VC'],
  ['VC2_stack', 'VC2'],
] as const;

/** Entry points by stack; asm_exc_* since 5.8 (DEFINE_IDTENTRY). */
const HANDLERS: Readonly<Record<string, readonly string[]>> = {
  DOUBLEFAULT: ['asm_exc_double_fault', 'double_fault'],
  NMI: ['asm_exc_nmi', 'nmi'],
  DEBUG: ['asm_exc_debug', 'debug'],
  MCE: ['asm_exc_machine_check', 'machine_check'],
  VC: ['asm_exc_vmm_communication'],
};

/** The exception stacks of a CPU that are mapped. Throws MissingError, ReadError. */
export function exceptionStacks(target: Target, cpu: number): readonly Stack[] {
  return exceptionStackAreas(target, cpu)
    .filter(({ isMapped }) => isMapped)
    .map(({ name, base, size }) => ({
      kind: 'exception',
      name: `${name} exception stack`,
      base,
      top: plus(base, size),
      cpu,
    }));
}

/** A CPU's exception stacks in the order of the TSS. Throws MissingError, ReadError. */
export function exceptionStackAreas(target: Target, cpu: number): readonly ExceptionStackArea[] {
  const make = (name: string, base: VAddr, size: number): ExceptionStackArea => ({
    name,
    base,
    size,
    isMapped: isMapped(target, name, base),
    isUsed: HANDLERS[name]?.some((handler) => target.symbols.kernel.named(handler)) ?? false,
  });
  // 5.2 (7623f37e4111, x86/cpu_entry_area: Provide exception stack accessor). The symbol is asked first: only reading
  // all type names can show that a type is missing.
  if (
    target.findSymbol('cea_exception_stacks') !== undefined &&
    target.types.has('cea_exception_stacks')
  ) {
    const area = target.kernel.pointer(perCpuAddress(target, 'cea_exception_stacks', cpu));
    if (area === 0n) return [];
    return EXCEPTION_STACKS.flatMap(([member, name]) => {
      const found = target.findMember('cea_exception_stacks', member);
      return found && found.size > 0 ? [make(name, plus(area, found.offset), found.size)] : [];
    });
  }
  const tss = target.object('tss_struct', perCpuAddress(target, tssName(target), cpu));
  const stacks: ExceptionStackArea[] = [];
  for (const [index, [, name]] of EXCEPTION_STACKS.slice(0, 4).entries()) {
    const top = tss.pointer(`x86_tss.ist[${index}]`);
    const size = name === 'DEBUG' ? 2 * EXCEPTION_STACK_SIZE : EXCEPTION_STACK_SIZE;
    if (top !== 0n) stacks.push(make(name, plus(top, -size), size));
  }
  return stacks;
}

function isMapped(target: Target, name: string, base: VAddr): boolean {
  if (target.kernel.translate(base) !== undefined) return true;
  const { outcome, failure } = target.kernel.walk(base);
  // Whether it is mapped stands in a page table that is missing.
  if (outcome === 'unreadable')
    target.losses.report({
      what: `${name} stack`,
      count: 1,
      address: base,
      reason: failure instanceof Error ? failure.message : 'a page table is missing',
    });
  return false;
}

/**
 * The small stack on which entries from user space begin: cpu_entry_area, 4.15 (7f2590a110b8, x86/entry/64: Use a
 * per-CPU trampoline stack for IDT entries).
 */
export function entryStack(target: Target, cpu: number): readonly Stack[] {
  const tss = target.object('tss_struct', perCpuAddress(target, tssName(target), cpu));
  const top = tss.pointer('x86_tss.sp0');
  if (top === 0n || !target.types.has('entry_stack')) return [];
  const base = plus(top, -target.types.sizeof('entry_stack'));
  return [{ kind: 'entry', name: 'entry trampoline stack', base, top, cpu }];
}

/** cpu_tss was renamed in 4.15 (c482feefe1ae, x86/entry/64: Make cpu_entry_area.tss read-only). */
const tssName = (target: Target): string =>
  target.findSymbol('cpu_tss_rw') !== undefined ? 'cpu_tss_rw' : 'cpu_tss';

/**
 * Words between the saved registers and the stack's end. With FRED two of padding: TOP_OF_KERNEL_STACK_PADDING, 6.9
 * (65c9cc9e2c14, x86/fred: Reserve space for the FRED stack frame).
 */
export const entryPadding = (target: Target): number => (target.memo(hasFred) ? 16 : 0);

/** CONFIG_X86_FRED, by its entry point: only reading all type names can show that a type is missing. */
const hasFred = (target: Target): boolean =>
  target.findSymbol('asm_fred_entrypoint_user') !== undefined;
