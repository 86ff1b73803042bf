import { plus, type VAddr, va } from '../../base/address.ts';
import { cString, unsigned } from '../../base/bytes.ts';
import { CrashError, MissingError } from '../../base/errors.ts';
import { machineCpus, onlineCpus } from '../core/cpus.ts';
import { knownTypes } from '../core/known-types.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { memoryNodes } from '../mm/nodes.ts';
import { kernelTaints } from '../modules.ts';
import { panicMessage } from '../panic/message.ts';
import { taskTable } from '../task/tasks.ts';
import { uptimeSeconds, wallClock } from '../time/clock.ts';

/** struct new_utsname, include/uapi/linux/utsname.h: six strings of 65 bytes. */
export interface Utsname {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
  readonly domainname: string;
}
const UTS_LENGTH = 65;

/** The system's name, from the kernel's memory, else from the dump's header. Throws MissingError. */
export const utsname = (target: Target): Utsname => target.memo(readUtsname);

function readUtsname(target: Target): Utsname {
  const address = target.findSymbol('init_uts_ns');
  const offset = target.vmcoreinfo.offset('uts_namespace.name');
  const name = offset ?? target.types.member('uts_namespace', 'name').offset;
  const bytes =
    address === undefined ? undefined : target.kernel.tryRead(plus(address, name), 6 * UTS_LENGTH);
  const known = target.facts.utsname;
  const part = (index: number, key: string): string =>
    bytes
      ? cString(bytes.subarray(index * UTS_LENGTH, (index + 1) * UTS_LENGTH))
      : (known?.[key] ?? '');
  if (!bytes && !known) throw new MissingError('symbol', 'init_uts_ns');
  return {
    sysname: part(0, 'sysname'),
    nodename: part(1, 'nodename'),
    release: part(2, 'release'),
    version: part(3, 'version'),
    machine: part(4, 'machine'),
    domainname: part(5, 'domainname'),
  };
}

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

/** Whether a live patch is in place. */
function isLivepatched(target: Target): boolean {
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
  const attempt = <T>(what: string, read: (target: Target) => T): T | undefined => {
    try {
      return read(target);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      problems.push(`${what}: ${error.message}`);
      return undefined;
    }
  };
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

/** A string of the firmware; undefined when it is not set. */
export interface DmiString {
  readonly name: string;
  readonly value: string | undefined;
}

/** DMI strings of the firmware, by the kernel's names (enum dmi_field, include/linux/mod_devicetable.h). */
export function dmiStrings(target: Target): readonly DmiString[] {
  const table = target.findSymbol('dmi_ident');
  if (table === undefined)
    throw new MissingError('symbol', 'dmi_ident', 'dmi_ident does not exist in this kernel');
  const count = dmiCount(target, table);
  const fields = knownTypes(target)?.enumOf('dmi_field')?.values ?? [];
  const named = new Map(fields.map(({ name, value }) => [Number(value), name]));
  const strings: DmiString[] = [];
  for (let index = 0; index < count; index++) {
    const name = named.size === 0 ? `dmi_ident[${index}]` : named.get(index);
    if (name === undefined) continue;
    const value = target.kernel.pointer(plus(table, index * target.kernel.pointerSize));
    strings.push({ name, value: value === 0n ? undefined : target.kernel.cstring(value, 1024) });
  }
  return strings;
}

/** dmi_ident[DMI_STRING_MAX]; DMI_NONE counts too. */
function dmiCount(target: Target, table: VAddr): number {
  const max = knownTypes(target)?.enumerator('DMI_STRING_MAX');
  if (max !== undefined) return Number(max);
  const next = target.symbols.next(target.symbols.at(table)!.symbol)?.address ?? va(table);
  return Math.min(64, Number(next - table) / target.kernel.pointerSize);
}
