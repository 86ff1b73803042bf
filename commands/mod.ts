import { hex, type VAddr } from '../src/base/address.ts';
import { blame } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { baseOf, isModuleMemory, moduleList, sizeOf } from '../src/kernel/modules.ts';
import { type LinkedModule, linkedModules } from '../src/kernel/panic/linked-modules.ts';
import { moduleTaints } from '../src/kernel/taints.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { center } from '../src/output/text/justify.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  plain,
  UsageOnly,
} from '../src/session/command/command.ts';
import { isNumber, parseHex } from '../src/session/line/numbers.ts';
import type { ModuleFacts } from '../src/symbols/module-regions.ts';

interface ModuleRow {
  readonly address: VAddr;
  readonly name: string;
  readonly base: VAddr;
  /** Bytes, init memory not counted. */
  readonly size: number;
}
type Row =
  | {
      readonly kind: 'modules';
      readonly modules: readonly ModuleRow[];
      /** The meaning of the bases: of the code, or of all memory. */
      readonly baseOf: 'text' | 'module';
    }
  | {
      readonly kind: 'tainted';
      readonly modules: readonly { readonly name: string; readonly taints: string }[];
    }
  | {
      /** Where the list of modules is not found: those of the log's last report. */
      readonly kind: 'linked';
      readonly modules: readonly LinkedModule[];
    };

export default defineCommand({
  name: 'mod',
  group: 'symbol',
  summary: 'module information and loading of symbols and debugging data',
  synopsis: '-s module [objfile] | -d module | -S [directory] [-D|-t|-r|-R|-o|-g]',
  flags: {
    t: { help: 'show the taints of each module' },
    s: { value: 'module', help: 'load the debugging data of a module: it must be given as a file' },
    S: { help: 'load the debugging data of all modules' },
    d: { value: 'module', help: 'forget the debugging data of a module' },
    D: { help: 'forget the debugging data of all modules' },
    R: { help: 'read the list of modules again' },
    o: { hidden: true, help: 'load in the way of old versions' },
    g: { hidden: true, help: 'with -s or -S: name the sections' },
    r: { hidden: true, help: 'with -s or -S: read all at once' },
  },
  operands: [
    {
      name: 'words',
      kind: 'text',
      arity: '*',
      help: 'with -s: an object file; with -S: a directory',
    },
  ],
  help: [
    'Lists the loaded modules: the address of each struct module, its name,',
    'where its code begins and how much memory it keeps. The symbols of every',
    'module come from the dump itself, as those that the kernel shows in',
    '/proc/kallsyms.',
  ].join('\n'),
  examples: [{ run: 'mod -t', on: '', shows: 'which modules tainted the kernel' }],

  *run({ flags, operands, order }, { target }): Generator<Row | Notice> {
    const { modules, isWhole } = moduleList(target);
    if (modules.length === 0) {
      if (isWhole) yield plain('no modules installed');
      else {
        const linked = linkedModules(target);
        if (linked.length > 0) yield { kind: 'linked', modules: linked };
      }
      return;
    }
    const actions = order.filter((flag) => 'tsSdDRo'.includes(flag));
    if (actions.length > 1) throw new UsageOnly('');
    for (const reference of [flags.s, flags.d]) {
      if (reference !== undefined && !findModule(modules, reference)) {
        throw blame(new UsageOnly(''), { kind: 'module', word: reference });
      }
    }
    if (flags.s !== undefined) throw new CommandError(cannotLoad(flags.s, operands.words.words[0]));
    if (flags.S) {
      for (const { name } of modules) yield error(cannotLoad(name, undefined));
      return;
    }
    if (flags.t) {
      yield { kind: 'tainted', modules: taintedModules(target, modules) };
      return;
    }
    if (flags.d !== undefined || flags.D || flags.o) return;
    yield {
      kind: 'modules',
      baseOf: isModuleMemory(target) ? 'text' : 'module',
      modules: modules.map((module) => ({
        address: module.address,
        name: module.name,
        base: baseOf(module),
        size: sizeOf(module),
      })),
    };
  },

  print(row: Row, out) {
    if (row.kind === 'linked') {
      out.line('NAME  (TAINTS)  of the log\'s last "Modules linked in"');
      for (const { name, taints } of row.modules)
        out.line(taints === '' ? name : `${name}  (${taints})`);
      return;
    }
    if (row.kind === 'tainted') {
      const width = Math.max(...row.modules.map(({ name }) => displayBytes(name).length));
      if (row.modules.length === 0) out.line('no tainted modules');
      else out.line(`${'NAME'.padEnd(width)}  TAINTS`);
      for (const { name, taints } of row.modules)
        out.line(`${displayBytes(name).padEnd(width)}  ${taints}`);
      return;
    }
    const { modules, baseOf } = row;
    const name = Math.max(...modules.map((module) => displayBytes(module.name).length));
    const size = Math.max(...modules.map((module) => String(module.size).length));
    const title = [
      center('MODULE', 16),
      'NAME'.padEnd(name),
      center(baseOf === 'text' ? 'TEXT_BASE' : 'BASE', 16),
      'SIZE'.padStart(size),
    ];
    out.line(`${title.join('  ')}  OBJECT FILE`);
    for (const module of modules) {
      const cells = [
        hex(module.address).padStart(16),
        displayBytes(module.name).padEnd(name),
        hex(module.base).padStart(16),
        String(module.size).padStart(size),
      ];
      out.line(`${cells.join('  ')}  (not loaded)  [CONFIG_KALLSYMS]`);
    }
  },
});

/** A module by its name, or by the address of its struct module. */
const findModule = (modules: readonly ModuleFacts[], word: string): ModuleFacts | undefined =>
  modules.find(
    ({ name, address }) =>
      name === word || (word.length === 16 && isNumber(word) && parseHex(word) === address),
  );

const cannotLoad = (name: string, file: string | undefined): string =>
  file === undefined
    ? `cannot find or load object file for ${name} module`
    : `${name}: cannot find or load object file: ${file}`;

const taintedModules = (target: Target, modules: readonly ModuleFacts[]) =>
  modules
    .map((module) => ({ name: module.name, taints: moduleTaints(target, module) }))
    .filter(({ taints }) => taints !== '');
