import type { Kernel } from './kernel.ts';
import type { KernelThing } from './objects.ts';
import { PAGE, wordBytes } from './ram.ts';
import type { FunctionSpec } from './text.ts';

/** A loaded module. */
export interface ModuleSpec {
  readonly name: string;
  /** Its functions, one behind the other. They are mentioned in stacks by their names, like the kernel's own. */
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  /** Its variables, in bytes. */
  readonly variables?: Readonly<Record<string, Uint8Array>>;
  /** Taint bits: 1 << 12 out of tree, 1 << 13 unsigned. */
  readonly taints?: number;
  readonly args?: string;
  /** Names of modules that use this one. */
  readonly usedBy?: number;
  /** Where it was loaded. */
  readonly at?: bigint;
}

export interface BuiltModule {
  readonly spec: ModuleSpec;
  readonly thing: KernelThing;
  readonly base: bigint;
  readonly size: number;
  readonly symbols: ReadonlyMap<string, bigint>;
}

/** Values of st_info for a module's symbols. */
const ELF_TYPES = { code: 2, data: 1 };
const LETTERS = { code: 0x74, data: 0x64 };
const SYMBOL_SIZE = 24;

/** Loads modules and makes their list. Call it before the stacks that mention their functions. */
export function buildModules(
  kernel: Kernel,
  specs: readonly ModuleSpec[],
): Map<string, BuiltModule> {
  const built = new Map<string, BuiltModule>();
  for (const spec of specs) built.set(spec.name, buildModule(kernel, spec));
  const head = kernel.machine.variable('modules', 'list_head');
  // load_module() puts the youngest first.
  kernel.machine.list(
    head.address,
    [...built.values()].reverse().map(({ thing }) => thing.at('list')),
  );
  return built;
}

function buildModule(kernel: Kernel, spec: ModuleSpec): BuiltModule {
  const { machine, types } = kernel;
  const sizes = Object.values(spec.functions).map(({ size = 1024 }) => Math.ceil(size / 64) * 64);
  const { at: loadedAt = 0n } = spec;
  const ends = Object.values(spec.functions).map(
    ({ at = loadedAt, size = 1024 }) => Number(at - loadedAt) + size,
  );
  const packed = sizes.reduce((sum, size) => sum + size, 0);
  const textSize = Math.ceil(Math.max(packed, ...ends) / PAGE) * PAGE;
  const variables = Object.entries(spec.variables ?? {});
  const count = 1 + sizes.length + variables.length;
  const dataSize =
    variables.reduce((sum, [, bytes]) => sum + bytes.length + 8, 0) +
    types.sizeof('module') +
    count * (SYMBOL_SIZE + 1) +
    4096;
  const size = textSize + Math.ceil(dataSize / PAGE) * PAGE;
  const base = machine.moduleRoom(size, spec.at);
  const symbols = new Map<string, bigint>();
  let at = base;
  for (const [name, own] of Object.entries(spec.functions)) {
    const { size: length = 1024 } = own;
    at = own.at ?? at;
    kernel.text.place(name, at, own);
    symbols.set(name, at);
    at += BigInt(Math.ceil(length / 64) * 64);
  }
  at = base + BigInt(textSize);
  for (const [name, bytes] of variables) {
    machine.write(at, bytes);
    symbols.set(name, at);
    at += BigInt(Math.ceil(bytes.length / 8) * 8);
  }
  at = (at + 63n) & ~63n;
  const thing = machine
    .thing('module', at)
    .set({ name: spec.name, state: 0, taints: spec.taints ?? 0, init: 0n });
  at += BigInt(types.sizeof('module'));
  const sizeOfName = (name: string): number =>
    spec.functions[name]
      ? (spec.functions[name].size ?? 1024)
      : (spec.variables?.[name]?.length ?? 0);
  const kinds = kernel.release.symbolLetters ? LETTERS : ELF_TYPES;
  const table = symbolTable(symbols, (name) => name in spec.functions, sizeOfName, kinds);
  machine.write(at, table.symtab);
  const strtab = at + BigInt(table.symtab.length);
  machine.write(strtab, table.strtab);
  thing.set({
    kallsyms: thing.at('core_kallsyms'),
    'core_kallsyms.symtab': at,
    'core_kallsyms.num_symtab': symbols.size + 1,
    'core_kallsyms.strtab': strtab,
  });
  memory(kernel, thing, { base, size, textSize, text: textSize });
  const orc = kernel.text.moduleOrc(base, base + BigInt(textSize));
  thing.setKnown({
    'arch.num_orcs': orc.count,
    'arch.orc_unwind_ip': orc.ips,
    'arch.orc_unwind': orc.entries,
    refcnt: 1 + (spec.usedBy ?? 0),
    args: machine.string(spec.args ?? ''),
  });
  for (const list of ['source_list', 'target_list', 'bug_list'])
    if (thing.has(list)) machine.list(thing.at(list), []);
  return { spec, thing, base, size, symbols };
}

/**
 * A module's memory: several pieces since 6.4 (ac3b43283923, module: replace module_layout with module_memory); before,
 * one that stays and one for its start.
 */
function memory(
  kernel: Kernel,
  thing: KernelThing,
  room: { base: bigint; size: number; textSize: number; text: number },
): void {
  if (kernel.has('module', 'core_layout')) {
    thing.set({
      'core_layout.base': room.base,
      'core_layout.size': room.size,
      'core_layout.text_size': room.text,
      'core_layout.ro_size': room.text,
    });
    return;
  }
  thing.set({
    'mem[0].base': room.base,
    'mem[0].size': room.textSize,
    'mem[1].base': room.base + BigInt(room.textSize),
    'mem[1].size': room.size - room.textSize,
  });
}

function symbolTable(
  symbols: ReadonlyMap<string, bigint>,
  isFunction: (name: string) => boolean,
  size: (name: string) => number,
  kinds: { readonly code: number; readonly data: number },
) {
  const rows: Uint8Array[] = [new Uint8Array(SYMBOL_SIZE)];
  let strings = '\0';
  for (const [name, value] of symbols) {
    const row = new Uint8Array(SYMBOL_SIZE);
    row.set(wordBytes(strings.length, 4));
    row[4] = isFunction(name) ? kinds.code : kinds.data;
    row.set(wordBytes(isFunction(name) ? 1 : 2, 2), 6);
    row.set(wordBytes(value, 8), 8);
    row.set(wordBytes(size(name), 8), 16);
    rows.push(row);
    strings += `${name}\0`;
  }
  return {
    symtab: Uint8Array.from(Buffer.concat(rows)),
    strtab: Uint8Array.from(Buffer.from(strings, 'latin1')),
  };
}
