import { CrashError, MissingError } from '../../base/errors.ts';
import { ModuleSymbols } from '../../symbols/modules.ts';
import { openKernelTable } from '../../symbols/open-kernel-table.ts';
import { KernelSymbols } from '../../symbols/table.ts';
import { SHARED_PER_CPU } from '../core/per-cpu-globals.ts';
import type { Target } from '../core/target.ts';
import { moduleList } from '../modules.ts';

/**
 * The symbols of the kernel and its modules from the dump itself. Throws MissingError or CorruptError when the
 * kernel's are not there; modules are read when a name or an address is no symbol of the kernel.
 */
export function openKernelSymbols(target: Target): KernelSymbols {
  return new KernelSymbols({
    kernel: openKernelTable(target.kernel, target.vmcoreinfo),
    modules: () => openModules(target),
    kernelOffset: target.vmcoreinfo.kernelOffset ?? 0n,
    isStaticPercpu: (name) => isStaticPercpu(target, name),
  });
}

function openModules(target: Target): readonly ModuleSymbols[] {
  try {
    return moduleList(target).modules.map((facts) => new ModuleSymbols(target.kernel, facts));
  } catch (error) {
    // Without types nothing is known of a module; the kernel's own symbols stay.
    if (error instanceof MissingError) return [];
    throw error;
  }
}

/** What kallsyms does not tell of a per-CPU variable: BTF may, else its name does. */
function isStaticPercpu(target: Target, name: string): boolean {
  try {
    const variable = target.types.find('var', name);
    return variable?.kind === 'var' ? variable.isStatic === true : !SHARED_PER_CPU.has(name);
  } catch (error) {
    if (error instanceof CrashError) return !SHARED_PER_CPU.has(name);
    throw error;
  }
}
