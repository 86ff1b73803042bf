import { type VAddr, va } from '../../../base/address.ts';
import { CrashError, type ReadError } from '../../../base/errors.ts';
import { chooseOrcFormat, ORC_ENTRY_SIZE, type OrcFormat } from '../../../unwind/orc-format.ts';
import { OrcTable } from '../../../unwind/orc-table.ts';
import type { OrcEntry } from '../../../unwind/types.ts';
import { ftraceTrampolines } from '../../core/ftrace-trampolines.ts';
import type { Target } from '../../core/target.ts';

/** Bound on entries: an all-yes build has some five million. */
const MAX_ORC_ENTRIES = 1 << 24;

/** ORC's tables of the kernel and its modules, each opened for the first address in it. */
export const openOrc = (target: Target) => (address: bigint) => orcEntry(target, address);

/** ORC's entry for an address of the kernel or of a module. */
function orcEntry(target: Target, address: bigint): OrcEntry | undefined {
  const tables = target.memo(orcTables);
  if (tables.kernel && isKernelText(target, address)) return tables.kernel.find(address);
  const module = target.symbols.moduleAt(va(address));
  if (!module) {
    const original = copiedFrom(target, address);
    return original === undefined ? undefined : tables.kernel?.find(original);
  }
  const { address: place } = module.facts;
  if (!tables.modules.has(place))
    tables.modules.set(place, moduleTable(target, place, tables.format));
  return tables.modules.get(place)?.find(address);
}

/** Where the kernel's own code has what a trampoline of the function tracer has at an address; undefined for other code. */
function copiedFrom(target: Target, address: bigint): bigint | undefined {
  const copy = ftraceTrampolines(target).find(
    ({ start, end }) => address >= start && address < end,
  );
  return copy && copy.original + (address - copy.start);
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
  const places = { ips, entries, count, ...(lookup && { lookup }) };
  return new OrcTable(target.kernel, places, format, reportLost(target));
}

function kernelLookup(target: Target) {
  const table = target.findSymbol('orc_lookup');
  const end = target.findSymbol('orc_lookup_end');
  const text = target.findSymbol('_stext');
  if (table === undefined || end === undefined || text === undefined || end <= table)
    return undefined;
  return { table, blocks: Math.min(Number(end - table) / 4, MAX_ORC_ENTRIES), text };
}

const reportLost =
  (target: Target) =>
  ({ message: reason }: ReadError): void =>
    target.losses.report({ what: 'page of the unwind tables', count: 1, reason });

/**
 * A module's table: struct mod_arch_specific, arch/x86/include/asm/module.h, 4.14 (ee9f8fce9964, x86/unwind: Add the
 * ORC unwinder).
 */
function moduleTable(target: Target, address: VAddr, format: OrcFormat): OrcTable | undefined {
  const module = target.object('module', address);
  if (!module.has('arch.num_orcs')) return undefined;
  const count = module.num('arch.num_orcs');
  if (count <= 0 || count > MAX_ORC_ENTRIES) return undefined;
  const ips = module.pointer('arch.orc_unwind_ip');
  const entries = module.pointer('arch.orc_unwind');
  return new OrcTable(target.kernel, { ips, entries, count }, format, reportLost(target));
}
