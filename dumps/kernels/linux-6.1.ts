import { ERAS } from '../build/kallsyms.ts';
import type { KernelRelease } from '../build/kernel.ts';
import { BASE } from './linux-6.1-base.ts';
import { FILES } from './linux-6.1-files.ts';
import { MM } from './linux-6.1-mm.ts';
import { TASKS } from './linux-6.1-tasks.ts';

/** Debian 12's kernel: maple trees, struct slab, the lockless log ring, kallsyms of 6.1. */
export const LINUX_6_1: KernelRelease = {
  release: '6.1.0-13-amd64',
  version: '#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)',
  banner:
    'Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) #1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)',
  declarations: [BASE, TASKS, MM, FILES],
  orc: '4.19',
  kallsyms: ERAS['v6.1'],
  freelists: 'hardened-swapped',
  log: 'ring',
};
