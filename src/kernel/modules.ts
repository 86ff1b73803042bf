import { type VAddr, va } from '../base/address.ts';
import {
  type ModuleFacts,
  type ModuleLayouts,
  type ModuleMemoryLayout,
  type ModuleSymtabLayout,
  readModule,
} from '../symbols/module-regions.ts';
import { knownTypes } from './core/known-types.ts';
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
  if (head === undefined) return modules;
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

/** A module's taints as the kernel appends them to its name (`OE`); '' for an untainted one. */
export function moduleTaints(target: Target, module: ModuleFacts): string {
  const taints = target.object('module', module.address).big('taints');
  return taintFlags(target)
    .filter(({ module: shown, bit }) => shown && (taints >> BigInt(bit)) & 1n)
    .map(({ set }) => set)
    .join('');
}

/** One bit of tainted_mask. */
export interface TaintFlag {
  readonly bit: number;
  /** Letter when set. */
  readonly set: string;
  /** Letter when clear: a blank, or `G`. */
  readonly clear: string;
  /** Whether a module can have it too. */
  readonly module: boolean;
}

/** Letters of tainted_mask, bit by bit, for kernels without a readable table. */
const TAINT_LETTERS = 'PFSRMBUDAWCIOELKXTN';

/**
 * The kernel's own table of taint flags: `taint_flags`, kernel/panic.c, 4.10 (7fd8329ba502, taint/module: Clean up
 * global and module taint flags handling).
 */
export const taintFlags = (target: Target): readonly TaintFlag[] => target.memo(readTaintFlags);

function readTaintFlags(target: Target): readonly TaintFlag[] {
  const table = target.findSymbol('taint_flags');
  if (table === undefined || !knownTypes(target)?.has('taint_flag')) return fixedTaintFlags();
  // The members were called true and false before 4.11 (5eb7c0d04f04, taint/module: Fix problems when out-of-kernel
  // driver defines true or false); drivers may define those words.
  const layout = target.layout('taint_flag', {
    set: ['c_true', 'true'],
    clear: ['c_false', 'false'],
  });
  // 7.1 has it no more: a module shows whatever it carries.
  const shown = target.findMember('taint_flag', 'module')?.offset;
  const end = target.symbols.next(target.symbols.at(table)!.symbol)?.address;
  // The table ends where the next variable begins; entries that are not letters are padding.
  const room = end === undefined ? 0 : Number(end - table);
  const count = Math.min(64, Math.floor(room / layout.size));
  const bytes = target.kernel.read(table, count * layout.size);
  const flags: TaintFlag[] = [];
  for (let bit = 0; bit < count; bit++) {
    const at = bit * layout.size;
    const set = String.fromCharCode(bytes[at + layout.set] ?? 0);
    const clear = String.fromCharCode(bytes[at + layout.clear] ?? 0);
    if (!/[A-Z]/.test(set) || !/[A-Z -]/.test(clear)) break;
    flags.push({ bit, set, clear, module: shown === undefined || bytes[at + shown] === 1 });
  }
  return flags.length > 0 ? flags : fixedTaintFlags();
}

const fixedTaintFlags = (): readonly TaintFlag[] =>
  [...TAINT_LETTERS].map((set, bit) => ({
    bit,
    set,
    clear: bit === 0 ? 'G' : ' ',
    module: 'POECK'.includes(set),
  }));

/** tainted_mask and its letters, as `sys -t` shows them. Throws MissingError. */
export function kernelTaints(target: Target): { readonly mask: bigint; readonly letters: string } {
  const mask = target.kernel.u64(target.symbol('tainted_mask'));
  const letters = taintFlags(target)
    .map(({ bit, set, clear }) => ((mask >> BigInt(bit)) & 1n ? set : clear))
    .filter((letter) => !' -G'.includes(letter))
    .join('');
  return { mask, letters };
}
