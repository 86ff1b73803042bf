import type { Bits, VAddr } from '../../base/address.ts';
import type { Certainty } from '../core/certainty.ts';
import type { Task } from '../task/tasks.ts';

export type { Certainty };

/** What a task waits for. */
export type WaitKind =
  | 'mutex'
  | 'rwsem-read'
  | 'rwsem-write'
  | 'rt-mutex'
  | 'semaphore'
  | 'completion'
  /** A wait_queue_head: an event. */
  | 'wait-queue'
  /** A bit of a page or of a word: the lock or the I/O of a folio, a buffer, an inode. */
  | 'bit'
  /** A spinlock that a running CPU spins on. */
  | 'spinlock'
  /** The answer of another CPU to smp_call_function(). */
  | 'ipi'
  /** A grace period of RCU. */
  | 'rcu'
  /** The end of a work item. */
  | 'work'
  | 'futex'
  /** A child that runs in its parent's memory, until it executes or exits. */
  | 'vfork'
  /** A block device: io_schedule() without a bit that would say for what. */
  | 'io'
  /** A time: the wait ends of itself. */
  | 'timer'
  /** Nothing that is known. */
  | 'event';

/** A named address: `faulty_a [faulty]`. */
export interface ThingName {
  readonly symbol: string;
  /** Bytes from the symbol. */
  readonly offset: number;
  readonly module?: string;
}

/** What is waited for. */
export interface Thing {
  /** Of the lock, the completion, the wait queue head, the call_single_data, the work_struct, the page. */
  readonly address: VAddr;
  /** Its symbol, when it is a variable of the kernel or of a module. */
  readonly name?: ThingName;
  /** Pid of the task on whose stack it lies. */
  readonly onStackOf?: number;
}

/** A fact in memory that a statement rests on. */
export interface WaitEvidence {
  /** `mutex.owner`, `mutex_waiter.task`. */
  readonly what: string;
  readonly address: VAddr;
  readonly value: Bits;
}

/** Who can end a wait. */
export type Holder =
  /** A task that is in the task table. `via` says what makes it the one: `mutex.owner`, `worker.current_work`. */
  | {
      readonly kind: 'task';
      readonly task: Task;
      readonly via: string;
      readonly certainty: Certainty;
    }
  /** A task that is no more: a zombie, or an address that no task has. `task` is what its memory still says. */
  | {
      readonly kind: 'gone';
      readonly address: VAddr;
      readonly reason: string;
      readonly pid?: number;
      readonly comm?: string;
      readonly certainty: Certainty;
    }
  /** A processor that has not done something yet, and the task that was current on it. */
  | {
      readonly kind: 'cpu';
      readonly cpu: number;
      readonly task: Task | undefined;
      readonly via: string;
      readonly certainty: Certainty;
    }
  /** Nothing in memory says who. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** One task that waits, and for what. */
export interface Wait {
  readonly task: Task;
  readonly kind: WaitKind;
  readonly thing: Thing | undefined;
  /** Of the structure by which it waits: mutex_waiter, swait_queue, wait_queue_entry, rt_mutex_waiter. */
  readonly waiter: VAddr | undefined;
  /** The function that waits: `__mutex_lock.constprop.0`. */
  readonly by: string | undefined;
  /** The function that called for it, the first that is no part of the waiting: `faulty_ab`, and its module. */
  readonly caller: { readonly symbol: string; readonly module?: string } | undefined;
  /** The work item's function that a worker of a workqueue executes: it may be in no frame of the stack. */
  readonly executes?: ThingName;
  /** Empty where the wait is for no one: for time, for input. */
  readonly holders: readonly Holder[];
  /** The wait is part of normal life: it may last for ever on a machine that is well. */
  readonly idle: boolean;
  /** How sure it is that the task waits for this thing. */
  readonly certainty: Certainty;
  readonly evidence: readonly WaitEvidence[];
  /** Nanoseconds since the task was last seen running; for one that spins, since it last began to run. */
  readonly since: bigint | undefined;
}

/** Tasks that wait for each other in a circle: each for a thing that the next one holds, the last for one of the first's. */
export interface WaitCycle {
  /** Beginning with the lowest pid. */
  readonly waits: readonly Wait[];
  /** Tasks outside the circle that wait for one in it, directly or not. */
  readonly victims: readonly Task[];
  /** That of its weakest part. */
  readonly certainty: Certainty;
}

/** Where chains of waits end. */
export type RootSubject =
  /** A task that holds things; `wait` is what it waits for itself, when it does. */
  | { readonly kind: 'task'; readonly task: Task; readonly wait: Wait | undefined }
  | Extract<Holder, { kind: 'gone' | 'cpu' }>
  /** A thing of which nothing says who holds it, or that no one has to. */
  | {
      readonly kind: 'thing';
      readonly of: WaitKind;
      readonly thing: Thing;
      readonly reason: string;
    };

/** The end of one or more chains of waits. */
export interface WaitRoot {
  readonly subject: RootSubject;
  /** The waits that end at the subject itself, by pid. */
  readonly waits: readonly Wait[];
  /** All tasks that would go on if the subject did, by pid; not the subject itself. */
  readonly victims: readonly Task[];
}

/** Who waits for whom. */
export interface WaitGraph {
  /** Of every task that waits, in the order of the task table: the idle ones too. */
  readonly waits: readonly Wait[];
  readonly cycles: readonly WaitCycle[];
  /** Those with the most victims first. */
  readonly roots: readonly WaitRoot[];
  /** Tasks that were not looked at, since their stack or their table entry cannot be read: an answer may be missing. */
  readonly unread: number;
}
