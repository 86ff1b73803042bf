import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import { CALL_BYTES, callEndingAt } from '../../unwind/call-site.ts';
import { chooseOrcFormat, ORC_ENTRY_SIZE, type OrcFormat } from '../../unwind/orc-format.ts';
import { OrcTable } from '../../unwind/orc-table.ts';
import type { OrcEntry, Stack, UnwindContext } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { entryRule, stackAbi } from './stack-abi.ts';
import { cpuStacks, stackAmong, taskStack } from './stacks.ts';

/** More entries than any kernel: an all-yes build has some five million. */
const MAX_ORC_ENTRIES = 1 << 24;

/** What the unwinder needs of a task: its stack, those of its CPU, code and ORC tables. */
export function unwindContext(
  target: Target,
  task: Task,
  more: readonly Stack[] = [],
): UnwindContext {
  const own = taskStack(target, task);
  const stacks = own ? [own, ...more] : [...more];
  // A blocked task is on its own stack; those of its CPU are somebody else's.
  let all: readonly Stack[] | undefined;
  const code = target.memo(codeLookup);
  return {
    ...code,
    abi: stackAbi(target),
    word: (address) => wordAt(target, address),
    stackOf: (address) => {
      const found = stackAmong(stacks, address);
      if (found) return found;
      all ??= cpuStacks(target, task.cpu);
      return stackAmong(all, address);
    },
  };
}

/** An aligned word of kernel memory; undefined when it is not in the dump. */
export function wordAt(target: Target, address: VAddr): bigint | undefined {
  const offset = Number(address & 0xfffn);
  const { pointerSize } = target.arch;
  if (offset > 4096 - pointerSize) return undefined;
  try {
    const page = target.kernel.page(address);
    const view = new DataView(page.buffer, page.byteOffset + offset, pointerSize);
    return pointerSize === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true));
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

type CodeLookup = Pick<UnwindContext, 'isText' | 'callBefore' | 'functionStart' | 'orc'>;

/** Everything about code is the same for all tasks, and remembered. */
function codeLookup(target: Target): CodeLookup {
  const calls = new Map<bigint, { readonly target?: bigint } | undefined>();
  const { symbols } = target;
  return {
    isText: (address) => symbols.isText(va(address)),
    callBefore: (address) => {
      if (calls.has(address)) return calls.get(address);
      const bytes = target.kernel.tryRead(va(address - BigInt(CALL_BYTES)), CALL_BYTES);
      const call = bytes && callEndingAt(bytes, address);
      calls.set(address, call);
      return call;
    },
    functionStart: (address) => symbols.at(va(address))?.symbol.address,
    orc: stackAbi(target).hasTables
      ? (address) => orcEntry(target, address)
      : (address) => entryRule(symbols.at(va(address))?.symbol.name),
  };
}

/** Does a call instruction end right before an address? What a new task returns to has been called by nobody. */
export const isAfterCall = (target: Target, address: VAddr): boolean =>
  target.memo(codeLookup).callBefore(address) !== undefined;

/** ORC's entry for an address of the kernel or of a module. */
export function orcEntry(target: Target, address: bigint): OrcEntry | undefined {
  const tables = target.memo(orcTables);
  if (tables.kernel && isKernelText(target, address)) return tables.kernel.find(address);
  const module = target.symbols.moduleAt(va(address));
  if (!module) return undefined;
  const { address: place } = module.facts;
  if (!tables.modules.has(place))
    tables.modules.set(place, moduleTable(target, place, tables.format));
  return tables.modules.get(place)?.find(address);
}

const isKernelText = (target: Target, address: bigint): boolean =>
  target.symbols.textRanges().some(([start, end]) => address >= start && address < end);

interface OrcTables {
  readonly format: OrcFormat;
  readonly kernel: OrcTable | undefined;
  readonly modules: Map<VAddr, OrcTable | undefined>;
}

function orcTables(target: Target): OrcTables {
  const format = orcFormat(target);
  return { format, kernel: kernelTable(target, format), modules: new Map() };
}

function orcFormat(target: Target): OrcFormat {
  const example = target.findSymbol('orc_fp_entry');
  return chooseOrcFormat({
    fields: orcFields(target),
    framePointerEntry:
      example === undefined ? undefined : target.kernel.tryRead(example, ORC_ENTRY_SIZE),
  });
}

function orcFields(target: Target): Map<string, { bit: number; size: number }> | undefined {
  try {
    const { members } = target.types.struct('orc_entry');
    return new Map(
      members.map((member) => [member.name, { bit: member.bitOffset, size: member.bitSize }]),
    );
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** The kernel's own table, between symbols of its linker script (include/asm-generic/vmlinux.lds.h, ORC_UNWIND_TABLE). */
function kernelTable(target: Target, format: OrcFormat): OrcTable | undefined {
  const ips = target.findSymbol('__start_orc_unwind_ip');
  const ipsEnd = target.findSymbol('__stop_orc_unwind_ip');
  const entries = target.findSymbol('__start_orc_unwind');
  if (ips === undefined || ipsEnd === undefined || entries === undefined) return undefined;
  const count = Number(ipsEnd - ips) / 4;
  if (!Number.isInteger(count) || count <= 0 || count > MAX_ORC_ENTRIES) return undefined;
  const lookup = kernelLookup(target);
  return new OrcTable(target.kernel, { ips, entries, count, ...(lookup && { lookup }) }, format);
}

function kernelLookup(target: Target) {
  const table = target.findSymbol('orc_lookup');
  const end = target.findSymbol('orc_lookup_end');
  const text = target.findSymbol('_stext');
  if (table === undefined || end === undefined || text === undefined || end <= table)
    return undefined;
  return { table, blocks: Math.min(Number(end - table) / 4, MAX_ORC_ENTRIES), text };
}

/** A module's table: struct mod_arch_specific, arch/x86/include/asm/module.h (4.14, ee9f8fce9964). */
function moduleTable(target: Target, address: VAddr, format: OrcFormat): OrcTable | undefined {
  const module = target.object('module', address);
  if (!module.has('arch.num_orcs')) return undefined;
  const count = module.num('arch.num_orcs');
  if (count <= 0 || count > MAX_ORC_ENTRIES) return undefined;
  const ips = module.pointer('arch.orc_unwind_ip');
  const entries = module.pointer('arch.orc_unwind');
  return new OrcTable(target.kernel, { ips, entries, count }, format);
}

/** The inactive_task_frame of a blocked task: where __switch_to_asm left its registers. */
export interface SwitchFrame {
  readonly bp: bigint;
  readonly ip: VAddr;
  /** Where the return address lies. */
  readonly at: VAddr;
  /** The stack pointer after that return. */
  readonly sp: VAddr;
}

/** arch/x86/include/asm/switch_to.h, since 4.9 (0100301bfdf5): r15 r14 r13 r12 bx bp ret_addr. */
const SWITCH_FRAME = { bp: 40, ret: 48 };

/** Where a blocked task stands. Throws ReadError. */
export function switchFrame(target: Target, task: Task): SwitchFrame {
  const object = target.object('task_struct', task.address);
  const sp = object.pointer('thread.sp');
  if (!target.types.has('inactive_task_frame') && object.has('thread.ip')) {
    // i386 to 4.8: switch_to() pushed flags and bp, and noted where it goes on (0100301bfdf5 ended that).
    const { pointerSize } = target.arch;
    const bp = target.kernel.unsigned(sp, pointerSize);
    return { bp, ip: object.pointer('thread.ip'), at: sp, sp: plus(sp, 2 * pointerSize) };
  }
  const word = target.arch.pointerSize;
  const bp = target.findMember('inactive_task_frame', 'bp')?.offset ?? SWITCH_FRAME.bp;
  const ret = target.findMember('inactive_task_frame', 'ret_addr')?.offset ?? SWITCH_FRAME.ret;
  const at = plus(sp, ret);
  const ip = target.kernel.pointer(at);
  return { bp: target.kernel.unsigned(plus(sp, bp), word), ip, at, sp: plus(at, word) };
}
