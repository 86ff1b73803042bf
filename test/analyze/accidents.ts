import type { ClassName } from '../../src/analyze/classes.ts';
import type { Certainty } from '../../src/analyze/facts.ts';

/** What killed a machine, from what was done to it. */
export interface Accident {
  readonly class: ClassName;
  readonly certainty: Certainty;
  /** undefined where there is nothing to name. */
  readonly subject: string | undefined;
}

const accident = (
  name: ClassName,
  certainty: Certainty,
  subject: string | undefined,
): Accident => ({ class: name, certainty, subject });

/** A function or a lock of the module that has the accidents. */
const faulty = (name: string): string => `${name}@faulty`;

/** By what the module did (README.md), the same on each kernel. */
const BY_MODE: Readonly<Record<string, Accident>> = {
  // It waits for what the other thread holds, and the other for its own.
  abba: accident('deadlock', 'certain', `${faulty('faulty_a')}+${faulty('faulty_b')}`),
  // Text where a pointer should be: 'Read mo '.
  ascii: accident('non-canonical', 'certain', faulty('faulty_gpf')),
  atomic: accident('atomic-sleep', 'certain', faulty('faulty_atomic')),
  bug: accident('bug', 'certain', faulty('faulty_bug')),
  canary: accident('stack-smashed', 'certain', faulty('faulty_canary')),
  // One CPU takes a spinlock twice. A spinlock has no owner: that nobody else holds it cannot be shown.
  deadlock: accident('deadlock', 'possible', faulty('faulty_lock')),
  div: accident('trap', 'certain', faulty('faulty_div')),
  doublefree: accident('slab-corruption', 'certain', faulty('faulty_double_free')),
  errptr: accident('error-pointer', 'certain', faulty('faulty_err_ptr')),
  ext4: accident('filesystem-panic', 'certain', '__ext4_error'),
  // One bit of a good pointer, by software: memory cannot tell that from a bit that flipped.
  flip: accident('wild-pointer', 'likely', faulty('faulty_member')),
  idle: accident('running', 'certain', undefined),
  ipi: accident('stuck-ipi', 'likely', faulty('faulty_deaf')),
  // A loop with its interrupts off; the dump was taken from outside.
  irqsoff: accident('stuck-ipi', 'likely', faulty('faulty_thread')),
  killinit: accident('init-died', 'certain', 'init'),
  list: accident('list-corruption', 'certain', faulty('faulty_list')),
  // An uncorrected error, which the monitor gave the processor.
  mce: accident('machine-check', 'certain', undefined),
  member: accident('null-pointer', 'certain', faulty('faulty_member')),
  // From outside: who sent it cannot be seen in memory.
  nmi: accident('firmware', 'likely', undefined),
  oom: accident('out-of-memory', 'certain', undefined),
  // The owner of the mutex has ended.
  orphan: accident('orphaned-lock', 'certain', faulty('faulty_a')),
  overflow: accident('slab-corruption', 'certain', faulty('faulty_overflow')),
  panic: accident('driver-panic', 'certain', faulty('faulty_thread')),
  poison: accident('poison-pointer', 'certain', faulty('faulty_member')),
  rcu: accident('rcu-stall', 'likely', faulty('faulty_thread')),
  refcount: accident('refcount', 'certain', faulty('faulty_refcount')),
  rtmutex: accident('deadlock', 'certain', `${faulty('faulty_ra')}+${faulty('faulty_rb')}`),
  // The writer waits, with the lock, for what never comes.
  rwsem: accident('hung-task', 'likely', 'faulty/holds'),
  // A semaphore has no owner.
  sem: accident('hung-task', 'likely', faulty('faulty_sem')),
  smash: accident('stack-smashed', 'certain', faulty('faulty_canary')),
  soft: accident('soft-lockup', 'certain', faulty('faulty_soft')),
  stack: accident('stack-overflow', 'certain', faulty('faulty_stack')),
  // Booted with slub_debug: the object is filled with poison when it is freed.
  uaf: accident('use-after-free', 'certain', faulty('faulty_uaf')),
  user: accident('user-pointer', 'certain', faulty('faulty_user')),
  vfree: accident('wild-pointer', 'likely', faulty('faulty_vfree')),
  warn: accident('warning', 'certain', faulty('faulty_warn')),
  // A work item that never ends, and a task that flushes it.
  work: accident('hung-task', 'likely', faulty('faulty_stuck')),
};

/** What depends on the kernel. */
const BY_NAME: Readonly<Record<string, Accident>> = {
  // SLUB gives objects of one size one cache, which has the name of the first: the module's faulty_request is an alias.
  '6.1-leak': accident('leak', 'likely', 'vmap_area'),
  '6.12-leak': accident('leak', 'likely', 'iommu_iova'),
};

/** The accident of a slice of accidents.pack, `6.1-uaf` for one. Throws Error where the table has none. */
export function accidentOf(name: string): Accident {
  const found = BY_NAME[name] ?? BY_MODE[name.slice(name.indexOf('-') + 1)];
  if (!found) throw new Error(`no accident is written down for ${name}`);
  return found;
}

/** Of the small dumps that come with the program, and of the whole ones that they were cut from. */
export const CUT_DUMPS: Readonly<Record<string, Accident & { readonly from: string }>> = {
  'null-pointer': {
    from: 'kd61-null',
    ...accident('null-pointer', 'certain', faulty('faulty_null')),
  },
  'general-protection': {
    from: 'x612-gpf',
    ...accident('non-canonical', 'certain', faulty('faulty_gpf')),
  },
  'five-levels': {
    from: 'x61-la57-nx',
    ...accident('wild-jump', 'certain', faulty('faulty_call')),
  },
};

/** Of real dumps that lie beside the repository, and of which nothing is bundled. */
export const WHOLE_DUMPS: Readonly<Record<string, Accident>> = {
  'x61-badpte': accident('page-table-corruption', 'certain', faulty('faulty_thread')),
  'x61-hang': accident('running', 'certain', undefined),
  // The poisoned pages were touched by nobody: a key was pressed.
  'x61-hwpoison-1g': accident('sysrq', 'certain', undefined),
};

/** Of the bundled incidents. */
export const INCIDENTS: Readonly<Record<string, Accident>> = {
  // Two stacks in one address space and a page between them: what the other CPU wrote when is not in memory.
  'hugepage-migration': accident('migration-race', 'likely', 'gup_pgd_range'),
  healthy: accident('running', 'certain', undefined),
  'mutex-deadlock': accident(
    'deadlock',
    'certain',
    'heron_disk_lock@heron_raid+heron_journal_lock@heron_raid',
  ),
  // Without poison nothing shows that the object was free all the time since.
  'use-after-free': accident('use-after-free', 'likely', 'otter_expire@otter'),
  'flipped-bit': accident('wild-pointer', 'likely', 'prepend_path'),
  'zeroed-pte': accident('page-table-corruption', 'certain', 'memcpy_erms'),
  'faulty-module': accident('null-pointer', 'certain', 'init_module@faulty'),
  // A kernel of 2010 without the table of its BUG()s in the dump.
  'page-cache-bug': accident('bug', 'likely', '__remove_from_page_cache'),
};
