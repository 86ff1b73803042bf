import { CrashError, MissingError } from '../../base/errors.ts';
import { ModuleSymbols } from '../../symbols/modules.ts';
import { openKernelTable } from '../../symbols/open-kernel-table.ts';
import { KernelSymbols } from '../../symbols/table.ts';
import type { KernelTable } from '../../symbols/types.ts';
import { SHARED_PER_CPU } from '../core/globals/per-cpu.ts';
import { LossLog } from '../core/losses.ts';
import type { Finder } from '../core/sources.ts';
import type { Target } from '../core/target.ts';
import { moduleList } from '../modules.ts';

/** The kernel's own symbols, in the dump itself. */
export const kallsymsFinder = (target: Target): Finder<KernelTable> => ({
  name: 'kallsyms',
  open: () => openKernelTable(target.kernel, target.vmcoreinfo, target.machine.imageFloor),
});

/** The symbol tables that modules keep while they are loaded. */
export const moduleKallsymsFinder = (target: Target): Finder<readonly ModuleSymbols[]> => ({
  name: 'module-kallsyms',
  open() {
    try {
      return moduleList(target).modules.map((facts) => new ModuleSymbols(target.kernel, facts));
    } catch (error) {
      // Without types nothing is known of modules; the kernel's own symbols remain.
      if (!(error instanceof MissingError)) throw error;
      target.losses.report({ what: 'module', reason: error.message });
      return undefined;
    }
  },
});

/**
 * The symbols of the kernel and its modules, from the first source that has them. Throws MissingError or CorruptError
 * when no source has the kernel's; modules are read when a name or an address is no symbol of the kernel.
 */
export function openKernelSymbols(target: Target): KernelSymbols {
  const lost = new LossLog();
  const kernel = target.sources.first('symbols');
  if (kernel === undefined) throw new MissingError('table', 'symbols');
  return new KernelSymbols({
    kernel,
    // What is lost here is told where it makes a difference.
    modules: () => target.losses.apart(lost, () => target.sources.first('moduleSymbols') ?? []),
    missedModule: (address) => {
      if (lost.isEmpty) return;
      const { start, end } = target.machine.addressMap(target).modules;
      if (address === undefined || (address >= start && address < end))
        target.losses.reportAll(lost);
    },
    unnamed: () =>
      target.losses.report({ what: 'symbol', reason: kernel.lost ?? 'its name cannot be read' }),
    kernelOffset: target.vmcoreinfo.kernelOffset ?? 0n,
    isStaticPercpu: (name) => isStaticPercpu(target, name),
  });
}

/** Whether a per-CPU variable is static: kallsyms does not have it; BTF may, else the name decides. */
function isStaticPercpu(target: Target, name: string): boolean {
  const isShared = (each: string): boolean =>
    SHARED_PER_CPU.has(each) || target.machine.globals.sharedPerCpu.has(each);
  try {
    const variable = target.types.find('var', name);
    return variable?.kind === 'var' ? variable.isStatic === true : !isShared(name);
  } catch (error) {
    if (error instanceof CrashError) return !isShared(name);
    throw error;
  }
}
