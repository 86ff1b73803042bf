/**
 * The bits of vm_area_struct.vm_flags, lowest first: include/linux/mm.h of 4.18 to 6.17. They are macros, which no dump
 * contains. DENYWRITE was removed in 5.15 (8d0920bde5eb, mm: remove VM_DENYWRITE); its bit is unused since.
 */
const NAMES: readonly string[] = [
  'READ',
  'WRITE',
  'EXEC',
  'SHARED',
  'MAYREAD',
  'MAYWRITE',
  'MAYEXEC',
  'MAYSHARE',
  'GROWSDOWN',
  'UFFD_MISSING',
  'PFNMAP',
  'DENYWRITE',
  'UFFD_WP',
  'LOCKED',
  'IO',
  'SEQ_READ',
  'RAND_READ',
  'DONTCOPY',
  'DONTEXPAND',
  'LOCKONFAULT',
  'ACCOUNT',
  'NORESERVE',
  'HUGETLB',
  'SYNC',
  'PAT',
  'WIPEONFORK',
  'DONTDUMP',
  'SOFTDIRTY',
  'MIXEDMAP',
  'HUGEPAGE',
  'NOHUGEPAGE',
  'MERGEABLE',
  'PKEY_BIT0',
  'PKEY_BIT1',
  'PKEY_BIT2',
  'PKEY_BIT3',
];

/** Names of a vm_flags value, lowest bit first; a bit without a name is `BIT<n>`. */
export function vmaFlagNames(flags: bigint): readonly string[] {
  const names: string[] = [];
  for (let bit = 0; bit < 64; bit++) {
    if ((flags >> BigInt(bit)) & 1n) names.push(NAMES[bit] ?? `BIT${bit}`);
  }
  return names;
}
