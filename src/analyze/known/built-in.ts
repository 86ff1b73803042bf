import type { IssueRule } from './rule.ts';

/** Known issues that come with the program. */
export const BUILT_IN_RULES: readonly IssueRule[] = [
  {
    id: 'rhel8-hugepage-migration',
    title: 'a huge page is migrated under a page walk after a memory error (RHEL 8)',
    text: 'Fixed in kernel-4.18.0-348.el8, and for 8.4 in kernel-4.18.0-305.91.1.el8_4 (RHSA-2023:3461). Until then, boot with ghes.disable=y: the kernel then does not act on corrected errors. The errors themselves need no replacement of memory unless they are many.',
    link: 'https://access.redhat.com/errata/RHSA-2023:3461',
    when: {
      class: ['migration-race', 'non-canonical', 'wild-pointer'],
      frame: '^(gup_pgd_range|gup_p[4umt]d_range|gup_huge_p[um]d|internal_get_user_pages_fast)$',
    },
    kernels: [
      { like: '.el8', from: '4.18.0', before: '4.18.0-305.91.1' },
      { like: '.el8', from: '4.18.0-306', before: '4.18.0-348' },
    ],
  },
];
