import { plus, type VAddr } from '../../base/address.ts';
import { CorruptError, CrashError, MissingError } from '../../base/errors.ts';
import { machineCpus, onlineCpus, perCpuAddress } from '../core/cpus.ts';
import { knownTypes } from '../core/known-types.ts';
import type { Target } from '../core/target.ts';
import { addressMap } from '../mm/address-map.ts';
import { stackSize } from '../panic/panic.ts';
import { cpuStacks, type ExceptionStackArea, exceptionStackAreas } from '../stacktrace/stacks.ts';
import { ticksPerSecond } from '../time/clock.ts';
import { structText } from '../values/struct-text.ts';
import { hypervisor, memorySize, processorSpeed, utsname } from './system.ts';

/** The interrupt and exception stacks of one CPU. */
export interface CpuStackMap {
  readonly cpu: number;
  readonly irq: { readonly base: VAddr; readonly size: number } | undefined;
  readonly exceptions: readonly ExceptionStackArea[];
}

/** What `mach` says of the machine and of the kernel's memory map. */
export interface MachineSummary {
  readonly type: string;
  readonly memory: number | undefined;
  readonly cpus: number;
  readonly offlineCpus: number;
  readonly hypervisor: string | undefined;
  readonly mhz: number | undefined;
  readonly hz: number | undefined;
  readonly pageSize: number;
  readonly directMap: VAddr;
  readonly vmalloc: VAddr;
  /** Where the struct pages lie; undefined where they have no place of their own. */
  readonly vmemmap: VAddr | undefined;
  readonly image: VAddr;
  readonly modules: VAddr;
  readonly stackSize: number;
  readonly stacks: readonly CpuStackMap[];
}

/** Gathers it. A part that cannot be had is undefined or empty. */
export function machineSummary(target: Target): MachineSummary {
  const map = addressMap(target);
  const cpus = machineCpus(target);
  return {
    type: orUndefined(target, utsname)?.machine || target.arch.name,
    memory: orUndefined(target, memorySize),
    cpus: cpus.length,
    offlineCpus: offlineCount(target, cpus.length),
    hypervisor: orUndefined(target, hypervisor),
    mhz: orUndefined(target, processorSpeed),
    hz: orUndefined(target, ticksPerSecond),
    pageSize: 2 ** target.arch.pageShift,
    directMap: map.directMap,
    vmalloc: map.vmalloc,
    vmemmap: map.vmemmap <= map.vmemmapEnd ? map.vmemmap : undefined,
    image: map.image,
    modules: map.modules,
    stackSize: stackSize(target),
    stacks: cpus.map((cpu) => stacksOf(target, cpu)),
  };
}

/** A machine of which no CPU is online has been stopped altogether: none counts as offline. */
function offlineCount(target: Target, cpus: number): number {
  const online = onlineCpus(target).length;
  return online === 0 ? 0 : cpus - online;
}

function stacksOf(target: Target, cpu: number): CpuStackMap {
  const irq = cpuStacks(target, cpu).find(({ kind }) => kind === 'irq');
  const exceptions = orUndefined(target, (of) => exceptionStackAreas(of, cpu)) ?? [];
  return { cpu, irq: irq && { base: irq.base, size: Number(irq.top - irq.base) }, exceptions };
}

function orUndefined<T>(target: Target, read: (target: Target) => T): T | undefined {
  try {
    return read(target);
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** A range of physical memory as the firmware described it. */
export interface FirmwareRange {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  readonly type: number;
}

/** E820_MAX_ENTRIES with NUMA: 128 + 3 * 1024. */
const MAX_RANGES = 4096;

/** The e820 map that the kernel uses: struct e820_table, arch/x86/include/asm/e820/types.h. Throws MissingError. */
export function firmwareMap(target: Target): readonly FirmwareRange[] {
  const { kernel } = target;
  // 4.12 renamed e820; both are pointers to the table.
  const pointer = target.findSymbol('e820_table') ?? target.findSymbol('e820');
  if (pointer === undefined) {
    throw new MissingError('symbol', 'e820_table', 'neither e820 or e820_table symbols exist');
  }
  const table = kernel.pointer(pointer);
  const count = kernel.u32(table);
  if (count > MAX_RANGES) throw new CorruptError(`the e820 map has ${count} entries`, table);
  // Entries are packed: u64 address, u64 size, u32 type.
  const types = knownTypes(target);
  const size = types?.has('e820_entry') ? types.sizeof('e820_entry') : 20;
  const view = kernel.view(plus(table, 4), count * size);
  return Array.from({ length: count }, (_, index) => {
    const start = view.getBigUint64(index * size, true);
    return {
      start,
      end: start + view.getBigUint64(index * size + 8, true),
      type: view.getUint32(index * size + 16, true),
    };
  });
}

/** `struct cpuinfo_x86` of a CPU as text. Throws MissingError, ReadError. */
export function cpuInfoText(target: Target, cpu: number, radix: 10 | 16): string {
  const address = perCpuAddress(target, 'cpu_info', cpu);
  return structText(target, 'cpuinfo_x86', address, radix);
}
