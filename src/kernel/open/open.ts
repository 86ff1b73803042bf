import type { Interruption } from '../../base/interruption.ts';
import { SILENT, type Tracer } from '../../base/tracer.ts';
import type { ByteSource } from '../../dump/source.ts';
import type { Dump } from '../../dump/types.ts';
import { Memory } from '../../memory/memory.ts';
import { parseVmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import { machineNamed, machineOfVmcoreinfo } from '../arch/index.ts';
import { DebugData } from '../core/debug-data.ts';
import { type HiddenPart, Target } from '../core/target.ts';
import { type DebugFileOpener, symbolFinders } from './debug-info.ts';
import { directMapResort } from './direct-map.ts';
import {
  type FoundVmcoreinfo,
  findVmcoreinfo,
  isOfThisMemory,
  type MachineOf,
} from './find-vmcoreinfo.ts';
import { kallsymsFinder, moduleKallsymsFinder, openKernelSymbols } from './symbols.ts';
import { btfFinder, dwarfFinder, moduleBtfFinder, openAllTypes, openKernelTypes } from './types.ts';

/** How a target is opened. */
export interface OpenOptions {
  /** Bound of the page cache. */
  readonly cacheBytes?: number;
  /** Called with the searched part of memory, 0 to 1, for a dump without VMCOREINFO. */
  readonly onSearch?: (fraction: number) => void;
  /** Open files given with the dump: a vmlinux, a System.map. One of another kernel is a warning. */
  readonly debugInfo?: readonly ByteSource[];
  /** Reads the debugging data of a vmlinux; without it only its symbols are used. */
  readonly openDebugFile?: DebugFileOpener;
  readonly tracer?: Tracer;
  /** Parts of the dump that are not to be used. */
  readonly without?: ReadonlySet<HiddenPart>;
  /** Ends work on the dump before it is done, the search for VMCOREINFO included; a new one by default. */
  readonly interruption?: Interruption;
}

/**
 * Makes a target of an opened dump. Reads little: symbols, types and tables open at first use. Memory is searched for
 * VMCOREINFO only when the dump has none. Throws DumpError when the dump's processor is not supported or its page
 * tables cannot be found.
 */
export function openTarget(dump: Dump, options: OpenOptions = {}): Target {
  const { facts } = dump;
  const said = facts.machine === undefined ? undefined : machineNamed(facts.machine);
  const machineOf: MachineOf = (info) => said ?? machineOfVmcoreinfo(info);
  const noted = parseVmcoreinfo(facts.vmcoreinfo ?? '');
  const isBelieved = noted.symbols.size > 0 && isOfThisMemory(dump, machineOf, noted);
  const found = isBelieved
    ? undefined
    : findVmcoreinfo(dump, machineOf, {
        onProgress: options.onSearch,
        interruption: options.interruption,
      });
  const vmcoreinfo = found?.info ?? noted;
  const warnings = [...facts.warnings, ...vmcoreinfo.warnings];
  if (found?.cpus === 'other') {
    warnings.push('the VMCOREINFO found in memory is of another kernel than the CPUs ran');
  } else if (found && noted.symbols.size > 0) {
    warnings.push(
      `the VMCOREINFO note is not of the kernel in memory: what was found at ${found.address.toString(16)} is used`,
    );
  } else if (!found && noted.symbols.size > 0 && !isBelieved) {
    warnings.push(
      'the VMCOREINFO note does not lead to the kernel in memory, and no other was found',
    );
  } else if (!found && facts.vmcoreinfo === undefined) {
    warnings.push(
      'the dump has no VMCOREINFO, nor has its memory: symbols and types cannot be found',
    );
  }
  const machine = machineOf(vmcoreinfo);
  const { arch, root, lastResort } = machine.findPaging(facts, vmcoreinfo);
  const memory = new Memory(dump, arch, root, options.cacheBytes, options.interruption);
  const named = symbolFinders(options.debugInfo ?? [], vmcoreinfo, options.openDebugFile);
  if (named.debug) named.debug.file.checkpoint = () => memory.kernel.checkpoint();
  const target = new Target({
    memory,
    vmcoreinfo,
    machine,
    warnings: [...warnings, ...named.warnings],
    notes: found && noted.symbols.size === 0 ? [whereFound(found)] : [],
    tracer: options.tracer ?? SILENT,
    debug: new DebugData(named.debug),
    ...(options.without && { without: options.without }),
    // The user's files come before the dump.
    sources: (of) => ({
      symbols: [...named.finders, kallsymsFinder(of)],
      moduleSymbols: [moduleKallsymsFinder(of)],
      types: [
        ...(of.without.has('btf') ? [] : [btfFinder(of)]),
        ...(named.debug ? [dwarfFinder(of)] : []),
      ],
      moduleTypes: of.without.has('btf') ? [] : [moduleBtfFinder(of)],
    }),
    openSymbols: openKernelSymbols,
    openTypes: openKernelTypes,
    openAllTypes,
  });
  const linear = directMapResort(target);
  memory.kernel.setLastResort(
    (address, walk) => lastResort(address, walk) ?? linear(address, walk),
  );
  return target;
}

const whereFound = ({ address }: FoundVmcoreinfo): string =>
  `the dump has no VMCOREINFO note: found in memory at ${address.toString(16)}`;
