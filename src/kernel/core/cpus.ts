import { plus, type VAddr, va } from '../../base/address.ts';
import { MissingError, ReadError } from '../../base/errors.ts';
import type { KernelObject } from './object.ts';
import type { Target } from './target.ts';

/** Linux has never supported more CPUs (NR_CPUS, arch/x86/Kconfig). */
const MAX_CPUS = 8192;

/**
 * The numbers of the CPUs in a cpumask variable, ascending. CPUs of a damaged mask, which have no memory of their own, are
 * left out and told.
 */
export function cpuMask(target: Target, name: string): readonly number[] {
  const cpus = bitsOf(target, name);
  // Where the dump's notes have as many the mask is not worth the doubt.
  if (cpus.length <= Math.max(1, target.facts.cpus.length)) return cpus;
  const real = withOwnMemory(target, cpus);
  if (real.length === cpus.length) return cpus;
  target.losses.report({
    what: name,
    count: 1,
    isDamaged: true,
    reason: `it has ${cpus.length} CPUs, of which ${real.length} have per-CPU memory`,
  });
  return real;
}

/**
 * The CPUs with an offset of their own in __per_cpu_offset. Those that are not possible all have the one that it is built with
 * (BOOT_PERCPU_OFFSET, arch/x86/kernel/setup_percpu.c). CPUs whose offset is not in the dump are kept, up to the number
 * that the dump's notes have.
 */
function withOwnMemory(target: Target, cpus: readonly number[]): readonly number[] {
  if (target.findSymbol('__per_cpu_offset') === undefined) return cpus;
  const offsets = cpus.map((cpu) => {
    try {
      return perCpuOffset(target, cpu);
    } catch (error) {
      if (error instanceof ReadError) return undefined;
      throw error;
    }
  });
  const users = new Map<bigint, number>();
  for (const offset of offsets)
    if (offset !== undefined) users.set(offset, (users.get(offset) ?? 0) + 1);
  const built = target.findSymbol('__per_cpu_load') ?? 0n;
  return cpus.filter((cpu, index) => {
    const offset = offsets[index];
    if (offset === undefined) return cpu < target.facts.cpus.length;
    return offset !== built && users.get(offset) === 1;
  });
}

/** The CPUs that the dump's notes have, ascending: 0 where they have none. */
function notedCpus(target: Target): readonly number[] {
  const cpus = new Set(target.facts.cpus.map(({ cpu }) => cpu));
  return cpus.size > 1 ? [...cpus].sort((a, b) => a - b) : [0];
}

function bitsOf(target: Target, name: string): readonly number[] {
  const symbol = maskSymbol(target, name);
  // Without CONFIG_SMP there are no masks: CPU 0 alone. Where the kernel names no variables the dump's notes count.
  if (symbol === undefined) return notedCpus(target);
  const bytes = target.kernel.read(symbol, Math.ceil(cpuLimit(target) / 64) * 8);
  const cpus: number[] = [];
  bytes.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit++) if ((byte >> bit) & 1) cpus.push(index * 8 + bit);
  });
  return cpus;
}

/**
 * The address of a CPU mask. `__cpu_*_mask` since 4.5 (5aec01b834fd, kernel/cpu.c: eliminate cpu_*_mask); they were
 * `cpu_*_bits` from 2.6.29 on, and `cpu_*_map` before.
 */
function maskSymbol(target: Target, name: string): VAddr | undefined {
  const older = ['bits', 'map'].map((end) => name.replace(/^__(cpu_\w+)_mask$/, `$1_${end}`));
  const found = [name, ...older].find((each) => target.findSymbol(each) !== undefined);
  if (found !== undefined) return target.findSymbol(found);
  return target.findSymbol('__per_cpu_offset') === undefined ? undefined : target.symbol(name);
}

/** nr_cpu_ids: one more than the highest possible CPU number. */
function cpuLimit(target: Target): number {
  const address = target.findSymbol('nr_cpu_ids');
  const count = address === undefined ? 0 : target.kernel.u32(address);
  if (count > 0 && count <= MAX_CPUS) return count;
  // nr_cpu_ids is a macro when it is a compile-time constant, since 6.1 (6f9c07be9d02, lib/cpumask: add FORCE_NR_CPUS
  // config option); the mask is then NR_CPUS wide.
  return 64;
}

/** CPUs that were online at the crash. */
export const onlineCpus = (target: Target): readonly number[] => target.memo(readOnline);
const readOnline = (target: Target) => cpuMask(target, '__cpu_online_mask');

/** CPUs present in the machine. */
export const presentCpus = (target: Target): readonly number[] => target.memo(readPresent);
const readPresent = (target: Target) => cpuMask(target, '__cpu_present_mask');

/** CPUs that have per-CPU memory. */
export const possibleCpus = (target: Target): readonly number[] => target.memo(readPossible);
const readPossible = (target: Target) => cpuMask(target, '__cpu_possible_mask');

/**
 * The CPUs that a command visits: 0 up to the highest of the machine, as crash counts them. Not the online CPUs:
 * panic() takes every other CPU offline before the dump is written (stop_this_cpu).
 */
export const machineCpus = (target: Target): readonly number[] => target.memo(readMachine);
function readMachine(target: Target): readonly number[] {
  const known = (what: string, mask: (of: Target) => readonly number[]) =>
    target.losses.attempt(what, undefined, () => mask(target)) ?? [];
  const seen = [...known('mask of CPUs that are present', presentCpus)];
  seen.push(...known('mask of CPUs that are online', onlineCpus));
  const cpus = seen.length > 0 ? seen : known('mask of CPUs that are possible', possibleCpus);
  // Where no mask can be read the notes of the dump say how many there were.
  const last = Math.max(0, ...(cpus.length > 0 ? cpus : target.facts.cpus.map(({ cpu }) => cpu)));
  return Array.from({ length: last + 1 }, (_, cpu) => cpu);
}

/** The offset that is added to a per-CPU variable's address to get `cpu`'s copy: __per_cpu_offset[cpu]. */
export function perCpuOffset(target: Target, cpu: number): VAddr {
  const known = target.findSymbol('__per_cpu_offset');
  // A kernel without CONFIG_SMP has one copy, at the symbol's own address.
  if (known === undefined && notedCpus(target).length === 1) return va(0);
  const table = known ?? target.symbol('__per_cpu_offset');
  return target.kernel.pointer(plus(table, cpu * target.arch.pointerSize));
}

/** The address of `cpu`'s copy of a per-CPU variable. Throws MissingError. */
export function perCpuAddress(target: Target, name: string, cpu: number): VAddr {
  const address = plus(target.symbol(name), perCpuOffset(target, cpu));
  // The offset may be negative: the sum is taken modulo the width of an address.
  return va(BigInt.asUintN(8 * target.arch.pointerSize, address));
}

/** `cpu`'s copy of a per-CPU structure: `perCpu(target, 'runqueues', 'rq', 0)`. */
export const perCpu = (target: Target, name: string, type: string, cpu: number): KernelObject =>
  target.object(type, perCpuAddress(target, name, cpu));

/** The task that was current on a CPU. */
export function currentTask(target: Target, cpu: number): VAddr {
  // In pcpu_hot since 6.2 (e57ef2ed97c1, x86: Put hot per CPU variables into a struct), and out of it since 6.15
  // (a1e4cc0155ad, x86/percpu: Move current_task to percpu hot section). The symbol is asked first: only reading all
  // type names can show that a type is missing.
  if (target.findSymbol('pcpu_hot') !== undefined && target.types.has('pcpu_hot', 'current_task')) {
    return perCpu(target, 'pcpu_hot', 'pcpu_hot', cpu).pointer('current_task');
  }
  if (target.findSymbol('current_task') !== undefined) {
    return target.kernel.pointer(perCpuAddress(target, 'current_task', cpu));
  }
  if (target.findSymbol('runqueues') !== undefined) {
    return perCpu(target, 'runqueues', 'rq', cpu).pointer('curr');
  }
  throw new MissingError('symbol', 'current_task');
}

/** Addresses of the current tasks by CPU; CPUs whose current task cannot be read are left out. */
export const currentTasks = (target: Target): ReadonlyMap<number, VAddr> =>
  target.memo(readCurrentTasks);
function readCurrentTasks(target: Target): ReadonlyMap<number, VAddr> {
  const current = new Map<number, VAddr>();
  for (const cpu of machineCpus(target)) {
    const address = target.losses.attempt(`current task of CPU ${cpu}`, undefined, () =>
      currentTask(target, cpu),
    );
    if (address !== undefined && address !== 0n) current.set(cpu, address);
  }
  return current;
}
