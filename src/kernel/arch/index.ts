import { DumpError } from '../../base/errors.ts';
import type { Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import type { Target } from '../core/target.ts';
import type { KernelArch } from './types.ts';
import { i386Kernel } from './x86/i386.ts';
import { x8664Kernel } from './x86/x86-64.ts';

/** By the machine's name in the facts of a dump. A new architecture adds a line here: docs/porting.md. */
const MACHINES: Readonly<Record<string, KernelArch<Target>>> = {
  x86_64: x8664Kernel,
  i386: i386Kernel,
};

/** All architectures, for tests that hold of each. */
export const machines: readonly KernelArch<Target>[] = Object.values(MACHINES);

/** The machine of that name. Throws DumpError for an unknown one. */
export function machineNamed(name: string): KernelArch<Target> {
  const machine = Object.hasOwn(MACHINES, name) ? MACHINES[name] : undefined;
  if (machine) return machine;
  throw new DumpError(
    `dumps of ${name} machines are not supported`,
    `${Object.keys(MACHINES).join(' and ')} dumps are`,
  );
}

/** The machine of a dump whose file names none, by its VMCOREINFO. Throws DumpError when that is not enough. */
export function machineOfVmcoreinfo(info: Vmcoreinfo): KernelArch<Target> {
  const machine = machines.find((each) => each.recognises(info));
  if (machine) return machine;
  throw new DumpError(
    'the dump does not say what machine it is of',
    'its header names none, and no VMCOREINFO that tells is in its notes or its memory',
  );
}
