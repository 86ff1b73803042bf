import { type Bits, hex, type VAddr, va } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import { fileName } from '../fs/paths.ts';
import { findInMaple, walkMaple } from '../lib/maple.ts';

/** sysctl vm.max_map_count may be raised to this; a longer list is a loop. */
const MAX_VMAS = 0x7fff_ffff;
/** Depth of a red-black tree of that many nodes. */
const MAX_TREE_DEPTH = 128;

/** A mapping of a user address space: struct vm_area_struct, include/linux/mm_types.h. */
export interface Vma {
  readonly address: VAddr;
  readonly start: VAddr;
  /** Exclusive. */
  readonly end: VAddr;
  /** VM_* bits. */
  readonly flags: Bits;
  /** Offset of `start` in the file, in pages. */
  readonly pageOffset: bigint;
  /** Address of the struct file; 0n for anonymous memory. */
  readonly file: VAddr;
}

/** Reads a vm_area_struct. Throws ReadError. */
export function readVma(target: Target, address: VAddr): Vma {
  const vma = target.object('vm_area_struct', address);
  return {
    address,
    start: vma.pointer('vm_start'),
    end: vma.pointer('vm_end'),
    flags: BigInt.asUintN(64, vma.big('vm_flags')),
    pageOffset: vma.big('vm_pgoff'),
    file: vma.pointer('vm_file'),
  };
}

/**
 * The mappings of an mm_struct in ascending order, lazily. Those that cannot be read are losses; one whose ends are not those that its
 * tree or its neighbour leaves it comes with what both allow, and is told too.
 */
export function* walkVmas(target: Target, mm: VAddr): Generator<Vma, void> {
  const object = target.object('mm_struct', mm);
  // The maple tree is the only way since 6.1 (763ecb035029, mm: remove the vma linked list).
  if (object.has('mm_mt')) {
    for (const { entry, first, last } of walkMaple(target, object.addressOf('mm_mt'))) {
      const vma = target.losses.attempt('vm_area_struct', entry, () => readVma(target, entry));
      if (vma) yield within(target, vma, first, last + 1n, 'its place in the tree');
    }
    return;
  }
  const next = target.types.member('vm_area_struct', 'vm_next').offset;
  let address = object.pointer('mmap');
  let vma = address === 0n ? undefined : listed(target, address);
  for (let count = 0; vma && count < MAX_VMAS; count++) {
    const { start } = vma;
    address = target.kernel.pointer(va(vma.address + BigInt(next)));
    const after = address === 0n ? undefined : listed(target, address);
    // Sorted by address: a smaller address is a loop or damage.
    const isOrdered = after === undefined || after.start > start;
    const end = after !== undefined && isOrdered ? after.start : target.arch.userEnd;
    yield within(target, vma, start, end, 'what follows it');
    if (!isOrdered) {
      throw new CorruptError(`vm_area_struct ${hex(address)} is out of order`, address);
    }
    vma = after;
  }
}

const listed = (target: Target, address: VAddr): Vma | undefined =>
  target.losses.attempt('vm_area_struct', address, () => readVma(target, address));

/**
 * A mapping held to the range that something else leaves it: damage in vm_end would otherwise make pages of it that are
 * not. Where the two have nothing in common, that range is believed.
 */
function within(target: Target, vma: Vma, first: bigint, end: bigint, whose: string): Vma {
  const { userEnd } = target.arch;
  const limit = end < userEnd ? end : userEnd;
  if (vma.start >= first && vma.end <= limit && vma.start < vma.end) return vma;
  target.losses.report({
    what: 'vm_area_struct',
    count: 1,
    address: vma.address,
    isDamaged: true,
    reason: `${hex(vma.start)}-${hex(vma.end)} exceeds ${whose}, ${hex(first)}-${hex(limit)}`,
  });
  const from = vma.start > first && vma.start < limit ? vma.start : va(first);
  const to = vma.end < limit && vma.end > from ? vma.end : va(limit);
  return { ...vma, start: from, end: to };
}

/** The mapping that contains a user address, or undefined. */
export function findVma(target: Target, mm: VAddr, address: VAddr): Vma | undefined {
  if (mm === 0n) return undefined;
  const object = target.object('mm_struct', mm);
  if (object.has('mm_mt')) {
    const entry = findInMaple(target, object.addressOf('mm_mt'), address);
    return entry && readVma(target, entry.entry);
  }
  if (object.has('mm_rb')) return findInTree(target, object, address);
  for (const vma of walkVmas(target, mm)) if (address < vma.end) return holds(vma, address);
  return undefined;
}

const holds = (vma: Vma, address: VAddr): Vma | undefined =>
  address >= vma.start && address < vma.end ? vma : undefined;

function findInTree(target: Target, mm: KernelObject, address: VAddr): Vma | undefined {
  const link = BigInt(target.types.member('vm_area_struct', 'vm_rb').offset);
  let node = mm.pointer('mm_rb.rb_node');
  for (let depth = 0; node !== 0n && depth < MAX_TREE_DEPTH; depth++) {
    const vma = readVma(target, va(node - link));
    if (holds(vma, address)) return vma;
    node = target.object('rb_node', node).pointer(address < vma.start ? 'rb_left' : 'rb_right');
  }
  return undefined;
}

/** The name of the file that a vma maps; '' for anonymous memory. Throws ReadError. */
export const vmaFileName = (target: Target, vma: Vma): string => fileName(target, vma.file);

/** The offset of a user address's page in the mapped file, in bytes. */
export const vmaFileOffset = (target: Target, vma: Vma, address: VAddr): bigint =>
  target.pfnAddress(BigInt(target.pfnOf(address - vma.start)) + vma.pageOffset);
