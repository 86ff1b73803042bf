import { plus, type VAddr } from '../base/address.ts';
import { viewOf } from '../base/bytes.ts';
import { ReadError } from '../base/errors.ts';
import type { KernelSymbol, KernelTable, Reader } from './types.ts';

const PREFIX = '__ksymtab_';
const SECTIONS = [
  ['__start___ksymtab', '__stop___ksymtab', '__start___kcrctab', '__stop___kcrctab'],
  [
    '__start___ksymtab_gpl',
    '__stop___ksymtab_gpl',
    '__start___kcrctab_gpl',
    '__stop___kcrctab_gpl',
  ],
] as const;
/**
 * Functions of 5.19 and later, the only sign of the change: before 5.19 (7b4537199a4a, kbuild: link symbol CRCs at
 * final link, removing CONFIG_MODULE_REL_CRCS) a `__crc_x` was an absolute symbol whose address was the CRC itself, and
 * so outside the kernel.
 */
const SINCE_CRC_SYMBOLS = ['block_read_full_folio', 'mpage_read_folio'];
/** A kernel exports some twenty thousand symbols; an entry is 8 or 12 bytes. */
const MAX_BYTES = 4 << 20;

/**
 * The symbols that a vmlinux has for each exported symbol and kallsyms leaves out: `__kstrtab_x` (its name),
 * `__kstrtabns_x` (its namespace, since 5.4) and `__crc_x`. Their addresses are computed from `__ksymtab_x`, a struct
 * kernel_symbol of place-relative words (include/linux/export.h, since 4.19 (7290d5809571, module: use relative
 * references for __ksymtab entries)), and from its number, which is that of its CRC. In no order. Symbols whose words
 * cannot be read are left out.
 */
export function exportSymbols(reader: Reader, kernel: KernelTable): KernelSymbol[] {
  const made: KernelSymbol[] = [];
  const hasCrcs = SINCE_CRC_SYMBOLS.some((name) => kernel.named(name) !== undefined);
  for (const [start, stop, crcStart, crcStop] of SECTIONS) {
    const from = kernel.named(start)?.address;
    const to = kernel.named(stop)?.address;
    if (from === undefined || to === undefined || to <= from || to - from > BigInt(MAX_BYTES))
      continue;
    const entries = entriesBetween(kernel, from, to);
    const stride = entrySize(entries, Number(to - from));
    if (stride === undefined) continue;
    const crcs = crcTable(
      hasCrcs ? kernel.named(crcStart)?.address : undefined,
      kernel.named(crcStop)?.address,
      Number(to - from) / stride,
    );
    addEntries(made, reader, kernel, { from, size: Number(to - from), stride, entries, crcs });
  }
  return made;
}

interface Section {
  readonly from: VAddr;
  readonly size: number;
  readonly stride: number;
  readonly entries: readonly KernelSymbol[];
  /** Address of the first CRC, which is 4 bytes. */
  readonly crcs: VAddr | undefined;
}

function addEntries(
  made: KernelSymbol[],
  reader: Reader,
  kernel: KernelTable,
  section: Section,
): void {
  let bytes: Uint8Array;
  try {
    bytes = reader.read(section.from, section.size).slice();
  } catch (error) {
    if (error instanceof ReadError) return;
    throw error;
  }
  const view = viewOf(bytes);
  const { stride, from, crcs } = section;
  let strings: boolean | undefined;
  for (const entry of section.entries) {
    const at = Number(entry.address - from);
    if (at % stride !== 0 || at + stride > bytes.length) continue;
    const name = entry.name.slice(PREFIX.length);
    const place = (word: number) => plus(entry.address, word + view.getInt32(at + word, true));
    const symbol = (prefix: string, address: VAddr) =>
      made.push({ name: prefix + name, address, type: 'r' });
    // Older kernels have the names of these strings in kallsyms.
    strings ??= !kernel
      .aliasesAt(place(4))
      .some(({ name: other }) => other.startsWith('__kstrtab'));
    if (strings) symbol('__kstrtab_', place(4));
    // An export from assembler has no namespace string at all.
    if (strings && stride === 12 && view.getInt32(at + 8, true) !== 0)
      symbol('__kstrtabns_', place(8));
    if (crcs !== undefined) symbol('__crc_', plus(crcs, (at / stride) * 4));
  }
}

function entriesBetween(kernel: KernelTable, from: VAddr, to: VAddr): KernelSymbol[] {
  const entries: KernelSymbol[] = [];
  let equals = kernel.aliasesAt(from);
  while (equals.length > 0 && (equals[0] as KernelSymbol).address < to) {
    for (const symbol of equals) if (symbol.name.startsWith(PREFIX)) entries.push(symbol);
    const next = kernel.next(equals[0] as KernelSymbol);
    if (next === undefined) break;
    equals = kernel.aliasesAt(next.address);
  }
  return entries;
}

/**
 * The distance of neighbours in bytes: 12 since 5.4 (8651ec01daed, module: add support for symbol namespaces.), 8
 * before.
 */
function entrySize(entries: readonly KernelSymbol[], size: number): number | undefined {
  const [first, second] = entries;
  if (first === undefined) return undefined;
  const stride = second === undefined ? size : Number(second.address - first.address);
  return (stride === 8 || stride === 12) && size % stride === 0 ? stride : undefined;
}

/**
 * The table of CRCs, 4 bytes an export; all x86_64 kernels since 5.19 (7b4537199a4a, kbuild: link symbol CRCs at final
 * link, removing CONFIG_MODULE_REL_CRCS).
 */
function crcTable(
  start: VAddr | undefined,
  stop: VAddr | undefined,
  count: number,
): VAddr | undefined {
  if (start === undefined || stop === undefined) return undefined;
  return stop - start === BigInt(count * 4) ? start : undefined;
}
