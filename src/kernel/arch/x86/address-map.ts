import { pageOffsetOf } from '../../../arch/x86/i386.ts';
import { pa, plus, type VAddr, va } from '../../../base/address.ts';
import { ReadError } from '../../../base/errors.ts';
import type { Target } from '../../core/target.ts';
import type { AddressMap, AddressRange, LinearRange } from '../types.ts';
import { DEFAULT_IMAGE_SIZE, START_KERNEL_MAP } from './layout.ts';
import { LOW_MEMORY } from './paging-i386.ts';

const MODULES_END = 0xffff_ffff_ff00_0000n;
const ADDRESS_END = 1n << 64n;
const TIB = 1n << 40n;

/** Fixed bases of a kernel without CONFIG_RANDOMIZE_MEMORY, and the size of vmalloc space (mm.rst). */
const FIXED = {
  four: {
    // Moved to make room for the LDT remap in 4.20 (d52888aa2753, x86/mm: Move LDT remap out of KASLR region on 5-level
    // paging) (4.14.84, 4.19.5).
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

const range = (start: bigint, end: bigint): AddressRange => ({ start: va(start), end });

/**
 * The x86_64 kernel's memory map: Documentation/arch/x86/x86_64/mm.rst. Since 4.8 (0483e1fa6e09, x86/mm: Implement ASLR
 * for kernel memory regions) the three bases are variables that KASLR moves; without them they are the fixed values of
 * that document.
 */
export function addressMapOfX8664(target: Target): AddressMap {
  const fixed = target.arch.levels.length === 5 ? FIXED.five : FIXED.four;
  const variable = (name: string): bigint | undefined => {
    const address = target.findSymbol(name);
    return address === undefined
      ? undefined
      : target.losses.attempt(`variable ${name}`, address, () => target.kernel.word(address));
  };
  const vmallocBase = variable('vmalloc_base') ?? fixed.vmalloc;
  const vmemmapBase = variable('vmemmap_base') ?? fixed.vmemmap;
  const imageSize = target.vmcoreinfo.number('KERNEL_IMAGE_SIZE') ?? DEFAULT_IMAGE_SIZE;
  const directBase =
    variable('page_offset_base') ??
    baseByPointer(target) ??
    firstKernelMapping(target) ??
    fixed.directMap;
  const vmalloc = range(vmallocBase, vmallocBase + fixed.vmallocSize);
  const vmemmap = range(vmemmapBase, vmemmapBase + TIB);
  const modules = range(START_KERNEL_MAP + imageSize, MODULES_END);
  const direct: LinearRange = { ...range(directBase, vmalloc.start), physical: 0n };
  return {
    direct,
    image: { ...range(START_KERNEL_MAP, ADDRESS_END), physical: physBase(target) },
    vmalloc,
    vmemmap,
    modules,
    regions: [
      ['image', range(START_KERNEL_MAP, modules.start)],
      ['modules', modules],
      ['other', range(MODULES_END, ADDRESS_END)],
      ['vmemmap', vmemmap],
      ['vmalloc', vmalloc],
      ['direct', direct],
    ],
  };
}

/** The kernel image's offset in physical memory; may be negative. */
const physBase = (target: Target): bigint =>
  target.vmcoreinfo.number('phys_base') ?? BigInt.asIntN(64, target.facts.physBase ?? 0n);

/** The base by a page that a pointer of the kernel names and its tables map: high_memory is the end of the direct map. */
function baseByPointer(target: Target): bigint | undefined {
  const variable = target.findSymbol('high_memory');
  const end = variable && target.kernel.tryWord(variable);
  if (!end) return undefined;
  const { physical } = target.kernel.walk(plus(va(end), -target.pageSize));
  return physical === undefined ? undefined : end - BigInt(target.pageSize) - physical;
}

/** The direct map is the lowest mapping of the kernel's half. */
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
    // Page 0 belongs to the BIOS and may not be mapped.
    if (target.kernel.walk(plus(address, target.pageSize)).outcome === 'mapped') return address;
  }
  return undefined;
}

/** VMALLOC_OFFSET, arch/x86/include/asm/pgtable_32_types.h: the hole behind the direct map. */
const I386_VMALLOC_OFFSET = 8n << 20n;
/** The kernel keeps the last megabytes for fixed and temporary mappings. */
const I386_VMALLOC_END = 0xff80_0000n;

/**
 * i386 (arch/x86/include/asm/pgtable_32_types.h): the direct map of low memory, with the image in it, a hole of 8 MiB,
 * and vmalloc space, with the modules in it. There is no vmemmap.
 */
export function addressMapOfI386(target: Target): AddressMap {
  const directBase = pageOffsetOf(target.symbol('_stext'));
  const highMemory = target.findSymbol('high_memory');
  const end = highMemory === undefined ? 0n : target.kernel.pointer(highMemory);
  const lowEnd = end > directBase ? end : directBase + LOW_MEMORY;
  const vmallocBase = (lowEnd + I386_VMALLOC_OFFSET) & ~(I386_VMALLOC_OFFSET - 1n);
  const vmalloc = range(vmallocBase, I386_VMALLOC_END);
  const direct: LinearRange = { ...range(directBase, vmallocBase), physical: 0n };
  return {
    direct,
    image: undefined,
    vmalloc,
    vmemmap: undefined,
    modules: vmalloc,
    regions: [
      ['vmalloc', vmalloc],
      ['direct', direct],
    ],
  };
}
