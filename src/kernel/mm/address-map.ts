import { pageOffsetOf } from '../../arch/i386.ts';
import { type PAddr, pa, plus, type VAddr, va } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** Where a kernel virtual address belongs, by the kernel's own memory map. */
export type Region = 'user' | 'direct' | 'vmalloc' | 'vmemmap' | 'image' | 'modules' | 'other';

/**
 * The x86_64 kernel's memory map: Documentation/arch/x86/x86_64/mm.rst. Since 4.8 (0483e1fa6e09) the three
 * bases are variables that KASLR moves; without them they are the fixed values of that document.
 */
export interface AddressMap {
  readonly directMap: VAddr;
  readonly vmalloc: VAddr;
  readonly vmallocEnd: VAddr;
  readonly vmemmap: VAddr;
  readonly vmemmapEnd: VAddr;
  /** __START_KERNEL_map: where the image's mapping begins. */
  readonly image: VAddr;
  readonly modules: VAddr;
  readonly modulesEnd: VAddr;
}

const START_KERNEL_MAP = va(0xffffffff80000000n);
const MODULES_END = va(0xffffffffff000000n);
const DEFAULT_IMAGE_SIZE = 512n << 20n;
const TIB = 1n << 40n;

/** Fixed bases of a kernel without CONFIG_RANDOMIZE_MEMORY, and the size of vmalloc space (mm.rst). */
const FIXED = {
  four: {
    // 4.20 moved the direct map to make room for the LDT remap (d52888aa2753; 4.14.84, 4.19.5).
    directMap: 0xffff888000000000n,
    vmalloc: 0xffffc90000000000n,
    vmemmap: 0xffffea0000000000n,
    vmallocSize: 32n * TIB,
  },
  five: {
    directMap: 0xff11000000000000n,
    vmalloc: 0xffa0000000000000n,
    vmemmap: 0xffd4000000000000n,
    vmallocSize: 12800n * TIB,
  },
};

/** The memory map of this kernel. */
export const addressMap = (target: Target): AddressMap =>
  target.memo(target.arch.name === 'i386' ? readShortMap : readAddressMap);

function readAddressMap(target: Target): AddressMap {
  const fixed = target.arch.levels.length === 5 ? FIXED.five : FIXED.four;
  const variable = (name: string): bigint | undefined => {
    const address = target.findSymbol(name);
    if (address === undefined) return undefined;
    const bytes = target.kernel.tryRead(address, 8);
    return bytes && new DataView(bytes.buffer).getBigUint64(0, true);
  };
  const vmalloc = variable('vmalloc_base') ?? fixed.vmalloc;
  const vmemmap = variable('vmemmap_base') ?? fixed.vmemmap;
  const imageSize = target.vmcoreinfo.number('KERNEL_IMAGE_SIZE') ?? DEFAULT_IMAGE_SIZE;
  return {
    directMap: va(variable('page_offset_base') ?? firstKernelMapping(target) ?? fixed.directMap),
    vmalloc: va(vmalloc),
    vmallocEnd: va(vmalloc + fixed.vmallocSize - 1n),
    vmemmap: va(vmemmap),
    vmemmapEnd: va(vmemmap + TIB - 1n),
    image: START_KERNEL_MAP,
    modules: va(START_KERNEL_MAP + imageSize),
    modulesEnd: MODULES_END,
  };
}

/** VMALLOC_OFFSET, arch/x86/include/asm/pgtable_32_types.h: the hole behind the direct map. */
const SHORT_VMALLOC_OFFSET = 8n << 20n;
/** The kernel keeps the last megabytes for fixed and temporary mappings. */
const SHORT_VMALLOC_END = 0xff80_0000n;
const FOUR_GIB = 1n << 32n;

/**
 * i386 (arch/x86/include/asm/pgtable_32_types.h): the direct map of low memory, with the image in it, a hole of 8 MiB,
 * and vmalloc space, with the modules in it. There is no vmemmap.
 */
function readShortMap(target: Target): AddressMap {
  const directMap = va(pageOffsetOf(target.symbol('_stext')));
  const highMemory = target.findSymbol('high_memory');
  const end = highMemory === undefined ? 0n : target.kernel.pointer(highMemory);
  const lowEnd = end > directMap ? end : va(directMap + (896n << 20n));
  const vmalloc = va((lowEnd + SHORT_VMALLOC_OFFSET) & ~(SHORT_VMALLOC_OFFSET - 1n));
  return {
    directMap,
    vmalloc,
    vmallocEnd: va(SHORT_VMALLOC_END - 1n),
    vmemmap: va(FOUR_GIB),
    vmemmapEnd: va(FOUR_GIB - 1n),
    image: directMap,
    modules: vmalloc,
    modulesEnd: va(SHORT_VMALLOC_END),
  };
}

/** The direct map is the lowest thing the kernel's own page table maps in its half. */
function firstKernelMapping(target: Target): bigint | undefined {
  const { kernel, physical } = target.memory;
  const shift = target.arch.levels.length === 5 ? 48n : 39n;
  for (let index = 256n; index < 511n; index++) {
    try {
      if (physical.u64(pa(kernel.root + index * 8n)) === 0n) continue;
    } catch (error) {
      if (error instanceof ReadError) return undefined;
      throw error;
    }
    const base = BigInt.asUintN(64, BigInt.asIntN(Number(shift) + 9, index << shift));
    return firstGigabyte(target, va(base));
  }
  return undefined;
}

/** KASLR moves the direct map in steps of 1 GiB: its first mapped one is physical 0. */
function firstGigabyte(target: Target, from: VAddr): bigint | undefined {
  for (let step = 0n; step < 512n; step++) {
    const address = plus(from, step << 30n);
    if (target.kernel.walk(plus(address, 0x1000)).outcome === 'mapped') return address;
  }
  return undefined;
}

export function regionOf(target: Target, address: VAddr): Region {
  if (target.arch.isUser(address)) return 'user';
  const map = addressMap(target);
  // i386's image is part of the direct map.
  if (address >= map.image && map.image !== map.directMap) {
    if (address < map.modules) return 'image';
    return address < map.modulesEnd ? 'modules' : 'other';
  }
  if (address >= map.vmemmap && address <= map.vmemmapEnd) return 'vmemmap';
  if (address >= map.vmalloc && address <= map.vmallocEnd) return 'vmalloc';
  return address >= map.directMap && address < map.vmalloc ? 'direct' : 'other';
}

/** Does an address lie below all that a kernel has? On x86_64 that takes the non-canonical ones in. */
export const isBelowKernel = ({ arch }: Target, address: bigint): boolean =>
  arch.pointerSize === 8 ? address >> 63n === 0n : arch.isUser(va(address));

/** The direct-map address of a physical one: phys_to_virt. Says nothing about whether there is RAM. */
export const physToVirt = (target: Target, physical: PAddr): VAddr =>
  va(physical + addressMap(target).directMap);

/** Arithmetic of direct-map and kernel-image addresses, without page tables: __pa. */
export function virtToPhys(target: Target, address: VAddr): PAddr {
  const map = addressMap(target);
  return address >= map.image && map.image !== map.directMap
    ? pa(address - map.image + physBase(target))
    : pa(address - map.directMap);
}

/** How far the kernel image was moved in physical memory; may be negative. */
export function physBase(target: Target): bigint {
  return target.vmcoreinfo.number('phys_base') ?? BigInt.asIntN(64, target.facts.physBase ?? 0n);
}
