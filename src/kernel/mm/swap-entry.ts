import type { NotPresent } from '../../arch/types.ts';
import { plus, type VAddr } from '../../base/address.ts';
import { knownTypes } from '../core/known-types.ts';
import type { Target } from '../core/target.ts';
import { mountDevice, pathName, pathOfFile } from '../fs/paths.ts';

/** MAX_SWAPFILES_SHIFT, include/linux/swap.h: a swap entry has five bits of type. */
const TYPES = 32;

/** Meaning of a page-table entry that is neither present nor zero. */
export type AbsentEntry =
  /** The page's content lies in a swap file. */
  | {
      readonly kind: 'swap';
      readonly device: string;
      readonly offset: bigint;
      /** Pages of the swap file, its header among them: offsets end below it. Undefined when it cannot be read. */
      readonly pages: number | undefined;
    }
  /** The frame has an uncorrectable memory error. */
  | { readonly kind: 'hwpoison'; readonly pfn: bigint }
  /** The page is being moved to another frame. */
  | { readonly kind: 'migration'; readonly pfn: bigint }
  /** A swap type without a device, whose meaning depends on the kernel's configuration. */
  | { readonly kind: 'unknown'; readonly type: number; readonly offset: bigint };

/** The type and offset of an entry that is not present, in this kernel's form of swap entries. */
export const swapEntryOf = (target: Target, entry: bigint): NotPresent =>
  target.arch.notPresent(entry, swapLayout(target));

/** Decodes an entry that is not present, by this kernel's swap files and special swap types. */
export function absentEntry(target: Target, entry: bigint): AbsentEntry {
  const decoded = swapEntryOf(target, entry);
  if (decoded.kind === 'none') return { kind: 'unknown', type: 0, offset: 0n };
  const { type, offset } = decoded;
  const special = target.memo(specialTypes);
  if (type < special.first) {
    const area = swapArea(target, type);
    const device = area && swapFile(target, area);
    if (area && device !== undefined)
      return { kind: 'swap', device, offset, pages: swapPages(target, area) };
  }
  const kind = special.names.get(type);
  return kind === undefined ? { kind: 'unknown', type, offset } : { kind, pfn: offset & PFN_MASK };
}

/**
 * Since 6.1 (0d206b5d2e0d, mm/swap: add swp_offset_pfn() to fetch PFN from swap entry) the bits above the frame number
 * of a migration entry say whether the page was accessed or dirty; a frame number is at most 40 bits wide.
 */
const PFN_MASK = (1n << 40n) - 1n;

/**
 * The form of swap entries. The mitigation of L1TF (also in 4.18.1 and many backports) came with the function that this
 * looks for: 4.19 (377eeaa8e11f, x86/speculation/l1tf: Limit swap file size to MAX_PA/2).
 */
const swapLayout = (target: Target): 'l1tf' | 'plain' => target.memo(readSwapLayout);
const readSwapLayout = (target: Target) =>
  has(target, 'l1tf_mitigation') || has(target, 'generic_max_swapfile_size') ? 'l1tf' : 'plain';

/**
 * The swap types that are no swap files: the highest ones, from MAX_SWAPFILES up in the order hwpoison, migration,
 * device, markers (include/linux/swap.h). Their number is configuration.
 */
function specialTypes(target: Target): {
  readonly first: number;
  readonly names: ReadonlyMap<number, 'hwpoison' | 'migration'>;
} {
  const names = new Map<number, 'hwpoison' | 'migration'>();
  const first = swapFilesLimit(target);
  let next = first;
  if (has(target, 'memory_failure')) names.set(next++, 'hwpoison');
  if (has(target, 'migrate_pages')) {
    // A third type, for exclusively mapped pages, since 5.19 (6c287605fd56, mm: remember exclusively mapped anonymous
    // pages with PG_anon_exclusive).
    const types = knownTypes(target);
    const kinds = types && types.enumerator('PG_anon_exclusive') === undefined ? 2 : 3;
    for (let kind = 0; kind < kinds && next < TYPES; kind++) names.set(next++, 'migration');
  }
  return { first, names };
}

/** MAX_SWAPFILES, the length of the array of pointers `swap_info`: it ends where the next variable begins; 0 when unknown. */
export const swapFilesLimit = (target: Target): number => target.memo(readFilesLimit);
function readFilesLimit(target: Target): number {
  const table = target.findSymbol('swap_info');
  const here = table === undefined ? undefined : target.symbols.at(table);
  const next = here && target.symbols.next(here.symbol)?.address;
  if (table === undefined || next === undefined) return 0;
  return Math.min(TYPES, Math.floor(Number(next - table) / target.kernel.pointerSize));
}

function has(target: Target, symbol: string): boolean {
  return target.findSymbol(symbol) !== undefined;
}

/** The file or device of a swap type; undefined when no swap area has that number. */
export function swapDevice(target: Target, type: number): string | undefined {
  const area = swapArea(target, type);
  return area && swapFile(target, area);
}

/** The address of `swap_info`. Throws MissingError. */
export const swapTable = (target: Target): VAddr => target.memo(readSwapTable);
const readSwapTable = (target: Target): VAddr => target.symbol('swap_info');

/** The struct swap_info_struct of a swap type; undefined when no swap area has that number. */
function swapArea(target: Target, type: number): VAddr | undefined {
  if (type < 0 || type >= swapFilesLimit(target)) return undefined;
  const table = swapTable(target);
  // swap_info is an array of pointers since 2.6.33 (efa90a981bbc, swap_info: change to array of pointers).
  const address = target.kernel.pointer(plus(table, type * target.kernel.pointerSize));
  return address === 0n || !knownTypes(target) ? undefined : address;
}

function swapFile(target: Target, area: VAddr): string | undefined {
  const file = target.object('swap_info_struct', area).pointer('swap_file');
  if (file === 0n) return undefined;
  // A machine under pressure has millions of entries, and a few files.
  const known = target.memo(fileNames);
  if (!known.has(file)) known.set(file, swapFileName(target, file));
  return known.get(file);
}
const fileNames = (_: Target): Map<VAddr, string | undefined> => new Map();

/** The extent of the area's map of slots: swap_info_struct.max. Of an area that was switched off nothing is left. */
function swapPages(target: Target, area: VAddr): number | undefined {
  return target.losses.attempt(
    'size of a swap area',
    area,
    () => target.object('swap_info_struct', area).num('max') || undefined,
  );
}

/** The path of a swap file. A device node that early boot opened outside /dev is shown with /dev before it. */
function swapFileName(target: Target, file: VAddr): string | undefined {
  return target.losses.attempt('name of a swap file', file, () => {
    const path = pathOfFile(target, file);
    const name = pathName(target, path);
    const onDevices = ['devtmpfs', 'udev'].includes(mountDevice(target, path.mount));
    return onDevices && !name.startsWith('/dev/') ? `/dev${name}` : name;
  });
}
