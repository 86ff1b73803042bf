import { plus, type VAddr, va } from '../base/address.ts';
import { CorruptError } from '../base/errors.ts';
import type { Gate } from './arch/types.ts';
import { machineCpus, perCpuOffset } from './core/cpus.ts';
import type { KernelObject } from './core/object.ts';
import type { Target } from './core/target.ts';
import { walkMaple } from './lib/maple.ts';
import { walkXarray } from './lib/xarray.ts';

/** One handler of an interrupt line. */
export interface IrqAction {
  readonly address: VAddr;
  readonly name: string;
}

/** An interrupt line: struct irq_desc (include/linux/irqdesc.h). */
export interface Irq {
  readonly number: number;
  readonly address: VAddr;
  /** Empty when no driver requested the line; several when drivers share it. */
  readonly actions: readonly IrqAction[];
}

/** Bound on handlers: shared lines have a few; more are a loop. */
const MAX_ACTIONS = 256;
/** NR_IRQS of the largest configuration is some 530,000 (arch/x86/include/asm/irq_vectors.h). */
const MAX_IRQS = 1 << 20;

/**
 * Number of interrupt numbers: all below it are valid. nr_irqs was renamed in 6.13 (ef4c675dc296, genirq: Unexport
 * nr_irqs). Throws CorruptError above MAX_IRQS.
 */
export function irqCount(target: Target): number {
  const address = target.findSymbol('total_nr_irqs') ?? target.symbol('nr_irqs');
  const count = target.kernel.u32(address);
  if (count > MAX_IRQS) throw new CorruptError(`nr_irqs is ${count}`, address);
  return count;
}

/** The address of the irq_desc of each number that has one. */
export const irqDescriptors = (target: Target): ReadonlyMap<number, VAddr> =>
  target.memo(readDescriptors);

function readDescriptors(target: Target): ReadonlyMap<number, VAddr> {
  const found = new Map<number, VAddr>();
  // A maple tree since 6.5 (721255b9826b, genirq: Use a maple tree for interrupt descriptor management).
  const maple = target.findSymbol('sparse_irqs');
  const radix = maple === undefined ? target.findSymbol('irq_desc_tree') : undefined;
  if (maple !== undefined) {
    for (const { first, entry: value } of walkMaple(target, maple)) found.set(Number(first), value);
  } else if (radix !== undefined) {
    for (const { index, value } of walkXarray(target, radix)) found.set(index, value);
  } else {
    // Without CONFIG_SPARSE_IRQ: an array.
    const table = target.symbol('irq_desc');
    const size = target.types.sizeof('irq_desc');
    for (let irq = 0; irq < irqCount(target); irq++) found.set(irq, plus(table, irq * size));
  }
  return found;
}

/** An interrupt line by number; undefined when it has no irq_desc, or one of another number, which is a loss. */
export function irqOf(target: Target, number: number): Irq | undefined {
  const address = irqDescriptors(target).get(number);
  if (address === undefined || address === 0n) return undefined;
  const own = target.object('irq_desc', address).num('irq_data.irq');
  if (own !== number) {
    const reason = `the tree has it as ${number}, and its irq_data.irq is ${own}`;
    target.losses.report({ what: 'irq_desc', count: 1, address, isDamaged: true, reason });
    return undefined;
  }
  const actions: IrqAction[] = [];
  let action = target.object('irq_desc', address).follow('action', 'irqaction');
  while (action && actions.length < MAX_ACTIONS) {
    actions.push({ address: action.address, name: action.string('name') });
    action = action.follow('next', 'irqaction');
  }
  return { number, address, actions };
}

/** Number of interrupts by CPU. */
export interface IrqStatistics {
  readonly counts: readonly number[];
  /** `IO-APIC`; undefined when there is none. */
  readonly chip: string | undefined;
  /** `edge`, `fasteoi`. */
  readonly flow: string | undefined;
}

/** The counts of an interrupt line by CPU, and its chip and flow. Throws ReadError, MissingError. */
export function irqStatistics(
  target: Target,
  { address }: Irq,
  cpus: readonly number[],
): IrqStatistics {
  const descriptor = target.object('irq_desc', address);
  // A structure that begins with the counter since 6.10 (86d2a2f51fba, genirq: Convert kstat_irqs to a struct); before,
  // the counter.
  const counters = descriptor.pointer('kstat_irqs');
  const counts = cpus.map((cpu) =>
    counters === 0n ? 0 : target.kernel.u32(va(counters + perCpuOffset(target, cpu))),
  );
  const chip = descriptor.at('irq_data').follow('chip', 'irq_chip');
  return {
    counts,
    chip: chip && textOf(chip, 'name'),
    flow: textOf(descriptor, 'name'),
  };
}

const textOf = (object: KernelObject, member: string): string | undefined =>
  object.pointer(member) === 0n ? undefined : object.string(member);

/** The CPUs of the machine that may be interrupted, ascending. */
export function irqAffinity(target: Target, { address }: Irq): readonly number[] {
  const descriptor = target.object('irq_desc', address);
  // In irq_common_data since 4.3 (9df872faa7e1, genirq: Move field 'affinity' from irq_data into irq_common_data);
  // before, in irq_data.
  const path = descriptor.pick('irq_common_data.affinity', 'irq_data.affinity');
  const member = descriptor.member(path);
  // cpumask_var_t is a pointer with CONFIG_CPUMASK_OFFSTACK, else an array of one mask.
  const isPointer = target.types.resolve(member.type).kind === 'pointer';
  const mask = isPointer ? descriptor.pointer(path) : descriptor.addressOf(path);
  const machine = machineCpus(target);
  const wanted = Math.ceil(machine.length / 64) * 8;
  const bytes = target.kernel.read(mask, isPointer ? wanted : Math.min(wanted, member.size));
  return machine.filter((cpu) => ((bytes[cpu >> 3] ?? 0) >> (cpu & 7)) & 1);
}

/** The interrupt vectors of the processor; undefined on a machine without a table of them. Throws MissingError. */
export const interruptGates = (target: Target): Iterable<Gate> | undefined =>
  target.machine.interruptGates?.(target);

/** The handler of each kind of softirq; 0n where none is registered (kernel/softirq.c, softirq_vec). */
export function softirqActions(target: Target): readonly VAddr[] {
  const count = Number(target.types.enumerator('NR_SOFTIRQS') ?? 10n);
  const table = target.symbol('softirq_vec');
  const size = target.types.sizeof('softirq_action');
  return Array.from({ length: Math.min(count, 64) }, (_, index) =>
    target.object('softirq_action', plus(table, index * size)).pointer('action'),
  );
}
