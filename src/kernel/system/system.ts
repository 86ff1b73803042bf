import { unsigned } from '../../base/bytes.ts';
import { CrashError } from '../../base/errors.ts';
import { machineCpus, onlineCpus } from '../core/cpus.ts';
import { knownTypes } from '../core/known-types.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { memoryNodes } from '../mm/nodes.ts';
import { panicMessage } from '../panic/message.ts';
import { kernelTaints } from '../taints.ts';
import { taskTable } from '../task/tasks.ts';
import { uptimeSeconds, wallClock } from '../time/clock.ts';
import { type Utsname, utsname } from './utsname.ts';

/** FSHIFT of include/linux/sched/loadavg.h: the averages are fixed-point numbers. */
const FSHIFT = 11;

/** The load averages of 1, 5 and 15 minutes, rounded to hundredths as by the kernel. */
export function loadAverages(target: Target): readonly number[] {
  const word = target.arch.pointerSize;
  const view = target.kernel.view(target.symbol('avenrun'), 3 * word);
  return [0, word, 2 * word].map((offset) => {
    // Half a hundredth is added before the digits are cut off.
    const value = Number(unsigned(view, offset, word)) + Math.floor(2 ** FSHIFT / 200);
    const whole = Math.floor(value / 2 ** FSHIFT);
    const rest = value - whole * 2 ** FSHIFT;
    return whole + Math.floor((rest * 100) / 2 ** FSHIFT) / 100;
  });
}

/** The processor's speed in MHz, from cpu_khz; undefined when the kernel did not measure it. */
export function processorSpeed(target: Target): number | undefined {
  const address = target.findSymbol('cpu_khz');
  const khz = address === undefined ? 0 : target.kernel.u32(address);
  return khz === 0 ? undefined : Math.floor(khz / 1000);
}

/** Bytes of memory of the nodes. Up to 64 MiB missing to the next GiB are added. */
export function memorySize(target: Target): number {
  const pages = memoryNodes(target).reduce(
    (sum, { presentPages, spannedPages }) => sum + (presentPages || spannedPages),
    0,
  );
  const bytes = pages * target.pageSize;
  const next = Math.ceil(bytes / 2 ** 30) * 2 ** 30;
  return next - bytes <= 64 * 2 ** 20 ? next : bytes;
}

/** Name of the hypervisor, where the kernel has it (struct pv_info). */
export function hypervisor(target: Target): string | undefined {
  const address = target.symbols.kernel.named('pv_info')?.address;
  if (address === undefined || !knownTypes(target)?.has('pv_info', 'name')) return undefined;
  const name = target.object('pv_info', address).string('name', 64);
  return name === '' || name === 'bare hardware' ? undefined : name;
}

/** TAINT_LIVEPATCH of kernel/panic.c. */
const LIVEPATCH_TAINT = 'K';

/** Whether a live patch is in place. The first that is loaded taints the kernel for good, which costs one word to see. */
function isLivepatched(target: Target): boolean {
  if (!kernelTaints(target).letters.includes(LIVEPATCH_TAINT)) return false;
  const patches = target.symbols.kernel.named('klp_patches')?.address;
  if (patches === undefined) return false;
  return !walkList(target.kernel, patches, 1).next().done;
}

/** Facts of `sys`; an unavailable part is undefined, and `problems` say why. */
export interface SystemSummary {
  readonly kernel: string | undefined;
  readonly isTainted: boolean;
  readonly isLivepatched: boolean;
  readonly dumpFiles: readonly string[];
  readonly isPartial: boolean;
  readonly isIncomplete: boolean;
  readonly cpus: number | undefined;
  readonly offlineCpus: number;
  readonly date: number | undefined;
  readonly uptime: number | undefined;
  readonly loadAverages: readonly number[] | undefined;
  readonly tasks: number | undefined;
  readonly utsname: Utsname | undefined;
  readonly mhz: number | undefined;
  readonly memory: number | undefined;
  readonly panic: string | undefined;
  readonly problems: readonly string[];
}

/** The summary. Never throws for a fact that a dump lacks. */
export function systemSummary(target: Target): SystemSummary {
  const problems: string[] = [];
  const attempt = <T>(what: string, read: (target: Target) => T): T | undefined =>
    target.losses.ifThere(what, undefined, () => {
      try {
        return read(target);
      } catch (error) {
        if (error instanceof CrashError) problems.push(`${what}: ${error.message}`);
        throw error;
      }
    });
  const { facts } = target;
  const cpus = attempt('CPUS', machineCpus)?.length;
  const online = attempt('CPUS', onlineCpus)?.length ?? 0;
  const name = attempt('RELEASE', utsname);
  return {
    kernel: target.vmcoreinfo.osrelease ?? name?.release,
    isTainted: (attempt('TAINTED', kernelTaints)?.mask ?? 0n) !== 0n,
    isLivepatched: attempt('LIVEPATCH', isLivepatched) ?? false,
    dumpFiles: target.memory.paths,
    isPartial: (facts.dumpLevel ?? 0) > 0,
    isIncomplete: facts.incomplete,
    cpus,
    offlineCpus: cpus === undefined || online === 0 ? 0 : cpus - online,
    date: attempt('DATE', wallClock),
    uptime: attempt('UPTIME', uptimeSeconds),
    loadAverages: attempt('LOAD AVERAGE', loadAverages),
    tasks: attempt('TASKS', (of) => taskTable(of).count),
    utsname: name,
    mhz: attempt('MACHINE', processorSpeed),
    memory: attempt('MEMORY', memorySize),
    panic: attempt('PANIC', panicMessage),
    problems: [...new Set(problems)],
  };
}
