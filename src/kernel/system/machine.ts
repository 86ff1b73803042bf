import type { VAddr } from '../../base/address.ts';
import type { ExceptionStackArea, FirmwareRange } from '../arch/types.ts';
import { machineCpus, onlineCpus, perCpuAddress } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { addressMap, imageStart } from '../mm/address-map.ts';
import { cpuStacks } from '../stacktrace/stacks.ts';
import { stackSize } from '../task/stack.ts';
import { ticksPerSecond } from '../time/clock.ts';
import { type ShownValue, shownStruct } from '../values/shown-value.ts';
import { hypervisor, memorySize, processorSpeed } from './system.ts';
import { utsname } from './utsname.ts';

/** The interrupt and exception stacks of one CPU. */
export interface CpuStackMap {
  readonly cpu: number;
  readonly irq: { readonly base: VAddr; readonly size: number } | undefined;
  readonly exceptions: readonly ExceptionStackArea[];
}

/** Facts of `mach`: the machine and the kernel's memory map. */
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
  /** Address of the struct pages; undefined where they have no region of their own. */
  readonly vmemmap: VAddr | undefined;
  readonly image: VAddr;
  readonly modules: VAddr;
  readonly stackSize: number;
  readonly stacks: readonly CpuStackMap[];
}

/** The summary. An unavailable part is undefined or empty. */
export function machineSummary(target: Target): MachineSummary {
  const map = addressMap(target);
  const cpus = machineCpus(target);
  const part = <T>(what: string, read: (target: Target) => T): T | undefined =>
    target.losses.ifThere(what, undefined, () => read(target));
  return {
    type: part('machine type', utsname)?.machine || target.machine.name,
    memory: part('size of memory', memorySize),
    cpus: cpus.length,
    offlineCpus: offlineCount(target, cpus.length),
    hypervisor: part('hypervisor', hypervisor),
    mhz: part('processor speed', processorSpeed),
    hz: part('tick rate', ticksPerSecond),
    pageSize: target.pageSize,
    directMap: map.direct.start,
    vmalloc: map.vmalloc.start,
    vmemmap: map.vmemmap?.start,
    image: imageStart(target),
    modules: map.modules.start,
    stackSize: stackSize(target),
    stacks: cpus.map((cpu) => stacksOf(target, cpu)),
  };
}

/** On a machine without online CPUs all were stopped at once: none counts as offline. */
function offlineCount(target: Target, cpus: number): number {
  const online = onlineCpus(target).length;
  return online === 0 ? 0 : cpus - online;
}

function stacksOf(target: Target, cpu: number): CpuStackMap {
  const irq = cpuStacks(target, cpu).find(({ kind }) => kind === 'irq');
  const exceptions =
    target.losses.ifThere(`exception stack of CPU ${cpu}`, undefined, () =>
      target.machine.stacks.exceptionAreas?.(target, cpu),
    ) ?? [];
  return { cpu, irq: irq && { base: irq.base, size: Number(irq.top - irq.base) }, exceptions };
}

/** The firmware's map of memory; undefined on a machine without one. Throws MissingError, ReadError. */
export const firmwareMap = (target: Target): readonly FirmwareRange[] | undefined =>
  target.machine.firmwareMap?.(target);

/** The kernel's description of a CPU's processor; undefined on a machine without such a structure. */
export function cpuInfo(target: Target, cpu: number, radix: 10 | 16): ShownValue | undefined {
  const { cpuInfo } = target.machine;
  if (!cpuInfo) return undefined;
  return shownStruct(target, cpuInfo.type, perCpuAddress(target, cpuInfo.variable, cpu), radix);
}
