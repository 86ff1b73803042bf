import { type VAddr, va } from '../base/address.ts';
import { MissingError } from '../base/errors.ts';
import {
  type ModuleFacts,
  type ModuleLayouts,
  type ModuleMemoryLayout,
  type ModuleSymtabLayout,
  readModule,
} from '../symbols/module-regions.ts';
import { LossLog } from './core/losses.ts';
import type { Target } from './core/target.ts';
import { listEntries } from './lib/lists.ts';

/** Bound on modules: a longer list is not the list of modules. */
const MAX_MODULES = 16_384;
/** MODULE_NAME_LEN, include/linux/moduleparam.h: 64 - sizeof(unsigned long). */
const MODULE_NAME_LEN = 56;

/** The loaded modules. */
export interface ModuleList {
  /** By address of their code. */
  readonly modules: readonly ModuleFacts[];
  /** Nothing of the list was lost: a kernel without modules is one. */
  readonly isWhole: boolean;
}

/**
 * The modules on the `modules` list (kernel/module/main.c), in both directions where it is broken. What cannot be read is
 * a loss; a module with an absurd field keeps its place. Throws MissingError where the kernel's types are not known.
 */
export const moduleList = (target: Target): ModuleList => target.memo(readModuleList);

function readModuleList(target: Target): ModuleList {
  const lost = new LossLog();
  const modules = target.losses.during(lost, () => readModules(target));
  return { modules, isWhole: lost.isEmpty };
}

function readModules(target: Target): ModuleFacts[] {
  const modules: ModuleFacts[] = [];
  // Straight from the kernel's own table: the modules' symbols are what this list makes known.
  const head = target.symbols.kernel.named('modules')?.address;
  if (head === undefined) {
    const reason = target.symbols.kernel.lost ?? unnamedList(target);
    if (reason !== undefined) target.losses.report({ what: 'module', reason });
    return modules;
  }
  const { losses } = target;
  const layouts = moduleLayouts(target);
  const list = BigInt(target.types.member('module', 'list').offset);
  for (const entry of listEntries(target, head, 'module', MAX_MODULES)) {
    const address = va(entry - list);
    const module = losses.attempt('module', address, () =>
      readModule(target.kernel, address, layouts, (reason) =>
        losses.report({ what: 'part of a module', count: 1, address, reason }),
      ),
    );
    if (module) modules.push(module);
  }
  return modules.sort((a, b) => compare(baseOf(a), baseOf(b)));
}

/** Why the list is not found in a kernel that has modules: it has their code, and names no variables. */
function unnamedList(target: Target): string | undefined {
  if (target.symbols.kernel.named('print_modules') === undefined) return undefined;
  try {
    target.symbol('modules');
  } catch (error) {
    if (error instanceof MissingError) return error.message;
    throw error;
  }
  return undefined;
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

/** The address of a module's code. */
export const baseOf = (module: ModuleFacts): VAddr => module.regions[0]?.base ?? va(0);

/** Bytes of a module, without its init memory. */
export const sizeOf = (module: ModuleFacts): number =>
  module.regions.reduce((sum, { size, init }) => (init ? sum : sum + size), 0);

/**
 * Whether modules of this kernel are several pieces of memory, as since 6.4 (ac3b43283923, module: replace
 * module_layout with module_memory).
 */
export const isModuleMemory = (target: Target): boolean => target.types.has('module', 'mem');

/** Offsets of this kernel's struct module that readers need. Throws MissingError. */
export function moduleLayouts(target: Target): ModuleLayouts {
  const at = (path: string): number => target.types.member('module', path).offset;
  const name = target.types.member('module', 'name');
  return {
    size: target.types.sizeof('module'),
    name: name.offset,
    nameLength: name.size || MODULE_NAME_LEN,
    memory: memoryLayout(target),
    symbols: symtabLayout(target),
    percpu: target.types.has('module', 'percpu_size')
      ? { base: at('percpu'), size: at('percpu_size') }
      : undefined,
  };
}

function memoryLayout(target: Target): ModuleMemoryLayout {
  const { types } = target;
  const at = (path: string): number => types.member('module', path).offset;
  // 6.4 (ac3b43283923, module: replace module_layout with module_memory).
  const memory = types.findMember('module', 'mem');
  if (memory) {
    const stride = types.sizeof('module_memory');
    return {
      shape: 'memory',
      at: memory.offset,
      stride,
      count: Math.floor(memory.size / stride),
      base: types.member('module_memory', 'base').offset,
      size: types.member('module_memory', 'size').offset,
    };
  }
  // 4.5 (7523e4dc5057, module: use a structure to encapsulate layout.).
  if (types.has('module', 'core_layout')) {
    return {
      shape: 'layout',
      core: at('core_layout'),
      init: at('init_layout'),
      base: types.member('module_layout', 'base').offset,
      size: types.member('module_layout', 'size').offset,
      textSize: types.member('module_layout', 'text_size').offset,
    };
  }
  return {
    shape: 'loose',
    core: { base: at('module_core'), size: at('core_size'), textSize: at('core_text_size') },
    init: { base: at('module_init'), size: at('init_size'), textSize: at('init_text_size') },
  };
}

function symtabLayout(target: Target): ModuleSymtabLayout {
  const { types } = target;
  const at = (path: string): number => types.member('module', path).offset;
  // 4.5 (8244062ef1e5, modules: fix longstanding /proc/kallsyms vs module insertion race.).
  if (types.has('module', 'core_kallsyms')) {
    return {
      shape: 'mod_kallsyms',
      pointer: at('kallsyms'),
      core: at('core_kallsyms'),
      symtab: types.member('mod_kallsyms', 'symtab').offset,
      count: types.member('mod_kallsyms', 'num_symtab').offset,
      strtab: types.member('mod_kallsyms', 'strtab').offset,
    };
  }
  return { shape: 'loose', symtab: at('symtab'), count: at('num_symtab'), strtab: at('strtab') };
}
