/** Fixed places of x86_64 kernels: Documentation/arch/x86/x86_64/mm.rst. */

/** __START_KERNEL_map: the start of the kernel image's mapping. */
export const START_KERNEL_MAP = 0xffff_ffff_8000_0000n;

/** KERNEL_IMAGE_SIZE without KASLR; in VMCOREINFO since 4.14. */
export const DEFAULT_IMAGE_SIZE = 512n << 20n;
