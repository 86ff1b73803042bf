import type { ClassName } from './classes.ts';

/** A class of verdicts in words. */
export interface ClassText {
  /** A few words. */
  readonly title: string;
  /** What it means, and how it is recognised. */
  readonly means: string;
  /** Where to go on. */
  readonly look: string;
}

const text = (title: string, means: string, look: string): ClassText => ({ title, means, look });

/** What `analyze CLASS` says. */
export const CLASS_TEXTS: Readonly<Record<ClassName, ClassText>> = {
  'machine-check': text(
    'the processor reported broken hardware',
    'A machine check that cannot be survived. The records of all CPUs are read, since the one that panics is often not the one that met the error. Certain: the processor itself says it.',
    "the bank and the address in the evidence, the machine's own log (BMC), log | grep Hardware",
  ),
  'poisoned-memory': text(
    'memory that is marked as bad was used',
    'The address of the fault lies in a frame with PG_hwpoison: the kernel had taken it out of use after an uncorrected error.',
    'kmem -p of the frame, log | grep -i "memory failure"',
  ),
  'migration-race': text(
    'a page moved while its page tables were walked',
    'A walk without locks met page tables that another CPU was changing, as after a corrected memory error, when a huge page is moved away. The race itself leaves no trace, so that it is never certain: both sides are shown.',
    'bt of both tasks, vtop -u of the address, the sequence of the neighbours in rd -p',
  ),
  'null-pointer': text(
    'a NULL pointer was followed',
    'The register that the instruction takes its address from is 0, or the address is below 4096: a member of a structure that is not there.',
    'dis -r of the instruction, who set the pointer, the member in the evidence',
  ),
  'error-pointer': text(
    'an error code was used as a pointer',
    'The register holds one of the last 4095 addresses: ERR_PTR(). A call failed, and its result was not tested with IS_ERR().',
    'dis -r of the instruction, which call its pointer comes from',
  ),
  'poison-pointer': text(
    'a pattern was used as a pointer',
    'The register holds a pattern that the kernel writes into what nobody should use: freed objects, entries that left a list, pages that were freed. Where the object is known to be free it is use-after-free.',
    'the pattern in the evidence, kmem of the registers in bt',
  ),
  'use-after-free': text(
    'an object was used after it was freed',
    'The pointer was read from a slab object that the free lists hold. Certain where the object is filled with poison, which only the allocator writes; else it may have been freed after the fault.',
    'kmem of the object, log with slub_debug=U, who else holds a pointer to it: search',
  ),
  'non-canonical': text(
    'a number that is no address was used as one',
    'The upper bits of the address are not all equal: no page table has it. Text, a hashed or a flipped pointer look so. One bit in the upper half changed is a sign of hardware.',
    'dis -r of the instruction, where the register comes from',
  ),
  'wild-pointer': text(
    'an address of the kernel that nothing maps',
    'It looks like an address, and no page-table entry has it: freed vmalloc memory, an overrun of an array, a flipped bit.',
    'vtop of the address, kmem -v around it, the register in the evidence',
  ),
  'user-pointer': text(
    'an address of user space was used directly',
    'The kernel reads and writes user memory by functions that expect faults. An access beside them is a bug, or a pointer that somebody handed in.',
    'dis -r of the instruction, vtop -u of the address',
  ),
  'wild-jump': text(
    'the kernel jumped to what is no code',
    'The instruction pointer lies outside of all text: a function pointer that is wrong, or a return address that was written over. The caller is told by its return address.',
    'rd of the pointer in the evidence, bt -f',
  ),
  'page-table-corruption': text(
    'a page-table entry is not what it should be',
    'The entry that the access met is zero, has bits that the processor does not have, or maps another frame than the kernel has noted for it.',
    'vtop of the address, rd -p of the table around the entry: what neighbours it has',
  ),
  'stack-overflow': text(
    'a stack was too small',
    'The stack pointer, or the access, was below the stack: in the guard page. A recursion, large variables, or a deep chain of file systems and drivers.',
    'bt -f for the sizes of the frames, the function that repeats',
  ),
  'stack-smashed': text(
    'a stack was written over',
    "A function found its canary gone when it returned, or the write ran over the stack's end. The function that returned owns the buffer, most often.",
    'bt -f, rd of the stack around the frame: what was written is often text',
  ),
  bug: text(
    'the kernel stopped itself: BUG()',
    'The instruction is an entry of the bug table: a condition that its author held impossible.',
    'the file and line in the evidence, dis -r of the instruction',
  ),
  warning: text(
    'a WARN() with panic_on_warn',
    'A warning of the kernel, which is set to panic then.',
    'the file and line in the evidence, log',
  ),
  'list-corruption': text(
    'a list is broken',
    'An entry and its neighbours do not point to each other: it was added or removed twice, or freed while it was on the list, or written over.',
    'list -H of the head, kmem of the entry, rd of both pointers',
  ),
  refcount: text(
    'a reference count went wrong',
    'A count went below zero or was used after it reached zero: somebody released what he did not hold, or forgot to take it.',
    'the caller in the evidence, kmem of its object',
  ),
  'slab-corruption': text(
    'the slab allocator found damage',
    'An object is freed twice, or a red zone, a free pointer or poison was written over. Who frees it need not be who wrote.',
    'kmem of the object, kmem -S of the slab, what its neighbour is',
  ),
  'page-corruption': text(
    'a page struct is in an impossible state',
    'Flags, counts or the mapping of a page do not fit its use.',
    'kmem -p of the page, log | grep "Bad page"',
  ),
  sanitizer: text(
    'a sanitizer of the kernel reported',
    'KASAN, KFENCE, UBSAN, KCSAN or KMSAN, set to panic. Its report in the log has both stacks.',
    'log',
  ),
  'soft-lockup': text(
    'a CPU did not schedule',
    'The kernel ran on one CPU for too long without giving way. Where it waited for a lock or another CPU it is a victim.',
    'bt of the CPU, bt -a',
  ),
  'hard-lockup': text(
    'a CPU took no interrupts',
    'The NMI watchdog found a CPU with interrupts off for too long.',
    'bt of the CPU, bt -a: who holds what it waits for',
  ),
  'rcu-stall': text(
    'an RCU grace period did not end',
    'A CPU or a task stayed in an RCU reader, or did not pass through the scheduler. The CPU that panics may only have detected it.',
    'bt -a, bt of the CPU in the evidence',
  ),
  'workqueue-lockup': text(
    'a pool of workers made no progress',
    'Work is queued, and no worker takes it.',
    'foreach bt of kworkers, what runs on the CPU of the pool',
  ),
  'hung-task': text(
    'a task waited for too long',
    'A task in uninterruptible sleep did not run for hung_task_timeout_secs. The task that panics is only the watchdog.',
    'bt of the task, what it waits for and who has it',
  ),
  deadlock: text(
    'tasks wait for each other in a circle',
    'Each task of the circle holds what the next one wants. Certain where the owners and the waiters in memory close it.',
    'bt of each task, the order in which they take their locks',
  ),
  'orphaned-lock': text(
    'the owner of a lock is gone',
    'A lock names an owner that has ended or was freed: it will never be released.',
    'bt of the waiters, who took the lock and ended without releasing it',
  ),
  'stuck-ipi': text(
    'a CPU did not answer another one',
    'One CPU waits until another has run a function for it, and that one has its interrupts off. The waiting one is the victim.',
    'bt -c of the CPU that does not answer',
  ),
  'out-of-memory': text(
    'no memory was left',
    'The kernel could not free enough memory, and is set to panic then, or found nobody to kill.',
    'kmem -i, ps -G sorted by RSS, kmem -s',
  ),
  leak: text(
    'the kernel itself holds most of the memory',
    'One slab cache, or vmalloc, has most of the memory when it ran out.',
    'kmem -s of the cache, search for what its objects point to, kmem -S',
  ),
  'init-died': text(
    'the first process ended',
    'The machine cannot go on without process 1. Its exit code says whether it ended or was killed.',
    'log before the end, task 1, files 1',
  ),
  'filesystem-panic': text(
    'a damaged file system, mounted to panic',
    'The file system found its own structures damaged, and errors=panic or the like is set.',
    'log | grep of the device, fsck before mounting it again',
  ),
  sysrq: text(
    'somebody asked for the crash',
    'sysrq-c, from the keyboard, a program, or a cluster that fences this machine. The machine may have been hung before.',
    'bt of the task that asked, ps -l, foreach UN bt',
  ),
  firmware: text(
    'the firmware or a watchdog raised an NMI',
    'The cause lies outside of the kernel, and what the CPU was doing has nothing to do with it.',
    "the machine's own log (BMC, IPMI), log",
  ),
  trap: text(
    'an exception without a better name',
    'A division by zero, an illegal instruction, or the like.',
    'dis -r of the instruction, its registers in bt',
  ),
  lockdep: text(
    'lockdep found an order that can deadlock',
    'A warning of the lock validator, set to panic.',
    'log: it has both chains',
  ),
  'atomic-sleep': text(
    'something slept where it must not',
    'A function that may sleep was called with preemption or interrupts off, most often with a spinlock held.',
    'bt: who calls it, and which lock it has taken',
  ),
  'driver-panic': text(
    'a module called panic() itself',
    'The module decided to stop the machine; its message says why.',
    'the message in the evidence, mod',
  ),
  running: text(
    'nothing: the machine was running',
    'No panic: the dump was taken from outside, or of a running machine.',
    'bt -a, foreach UN bt, runq',
  ),
  unknown: text(
    'nothing that is known fits',
    'The kernel panicked, and no rule recognises how.',
    'bt, log, analyze -v for what could not be looked at',
  ),
};
