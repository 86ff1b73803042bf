import { hex, type VAddr, va } from '../../base/address.ts';
import { machineCpus, perCpu } from '../../kernel/core/cpus.ts';
import { KernelObject } from '../../kernel/core/object.ts';
import type { Target } from '../../kernel/core/target.ts';
import { walkList } from '../../kernel/lib/lists.ts';
import { moduleList } from '../../kernel/modules.ts';
import { type Task, taskTable } from '../../kernel/task/tasks.ts';
import { displayText } from '../../output/text/escape.ts';
import { toJson } from '../../output/text/json.ts';
import { type CommandContext, isNotice } from '../command/command.ts';
import { splitWords } from '../line/words.ts';
import { parseTask } from '../state/task-words.ts';

/** An address in a script. */
type AddressLike = bigint | number | KernelObject;

/** Values that a script printed, one array a line. */
export type Printed = readonly unknown[];

/** The host of a script: the target of `print`, and the context of `run`, both of the running command. */
export interface ScriptHost {
  context: CommandContext;
  print(values: Printed): void;
}

/**
 * The globals of a script: the target with its typed objects, and short names for common tasks. `help js` lists the
 * names: keep both in step.
 */
export function scriptGlobals(target: Target, host: ScriptHost): Record<string, unknown> {
  const { kernel } = target;
  const at = (address: AddressLike): VAddr =>
    address instanceof KernelObject ? address.address : va(address);
  return {
    target,
    print: (...values: unknown[]) => host.print(values),
    hex: (value: bigint | number) => `0x${hex(value)}`,
    tasks: (): readonly Task[] => taskTable(target).tasks,
    task: (word?: bigint | number | string): Task => {
      if (word === undefined) return host.context.session.task;
      return parseTask(target, typeof word === 'bigint' ? hex(word) : String(word));
    },
    cpus: () => machineCpus(target),
    modules: () => moduleList(target),
    symbol: (name: string) => target.symbol(name),
    symbolAt: (address: AddressLike) => target.symbols.at(at(address)),
    object: (type: string, address: AddressLike) =>
      target.object(type.replace(/^(?:struct|union) /, ''), at(address)),
    global: (name: string) => target.global(name),
    percpu: (name: string, type: string, cpu: number) => perCpu(target, name, type, cpu),
    *list(head: AddressLike, type?: string, member?: string): Generator<VAddr | KernelObject> {
      const offset = type && member ? target.types.member(type, member).offset : 0;
      for (const node of walkList(kernel, at(head))) {
        yield type === undefined ? node : target.object(type, va(node - BigInt(offset)));
      }
    },
    read: (address: AddressLike, length: number) => kernel.read(at(address), length),
    u8: (address: AddressLike) => kernel.u8(at(address)),
    u16: (address: AddressLike) => kernel.u16(at(address)),
    u32: (address: AddressLike) => kernel.u32(at(address)),
    u64: (address: AddressLike) => kernel.u64(at(address)),
    string: (address: AddressLike, max = 256) => kernel.cstring(at(address), max),
    run: (line: string) => recordsOf(host.context, line),
  };
}

/** A command's records, without its notices. */
function recordsOf(context: CommandContext, line: string): unknown[] {
  const records: unknown[] = [];
  for (const item of context.run(splitWords(line))) {
    if (!item.isEnd && !isNotice(item.item)) records.push(item.item);
  }
  return records;
}

/** A printed value: addresses in hexadecimal, text made fit for a terminal, structures by type and address. */
export function printedText(value: unknown): string {
  if (typeof value === 'string') return displayText(value);
  if (typeof value === 'bigint') return value < 0n ? String(value) : `0x${hex(value)}`;
  if (value instanceof KernelObject) return `(struct ${value.type} *)0x${hex(value.address)}`;
  if (typeof value === 'object' && value !== null) return toJson(value);
  return displayText(String(value));
}
