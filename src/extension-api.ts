import { hex, pa, plus, va } from './base/address.ts';
import { CorruptError, CrashError, MissingError, ReadError } from './base/errors.ts';
import { onlineCpus, perCpu } from './kernel/core/cpus.ts';
import { mountsOf } from './kernel/fs/mounts.ts';
import { openFiles } from './kernel/fs/open-files.ts';
import { irqOf } from './kernel/irqs.ts';
import { walkChain, walkList } from './kernel/lib/lists.ts';
import { walkMaple } from './kernel/lib/maple.ts';
import { walkRbTree } from './kernel/lib/rbtree.ts';
import { walkXarray } from './kernel/lib/xarray.ts';
import { memoryNodes } from './kernel/mm/nodes.ts';
import { pageOfFrame } from './kernel/mm/pages.ts';
import { pageRuns } from './kernel/mm/sections.ts';
import { slabCaches } from './kernel/mm/slab/caches.ts';
import { translateKernel, translateUser } from './kernel/mm/translate.ts';
import { vmapAreas } from './kernel/mm/vmalloc.ts';
import { findVma, walkVmas } from './kernel/mm/vmas.ts';
import { moduleList } from './kernel/modules.ts';
import { netDevices } from './kernel/net/devices.ts';
import { panicTask } from './kernel/panic/panic.ts';
import { readLog } from './kernel/printk/log.ts';
import { describeAddress } from './kernel/search/describe-address.ts';
import { backtrace } from './kernel/stacktrace/backtrace.ts';
import { stateCode } from './kernel/task/state.ts';
import { activeTasks, taskTable } from './kernel/task/tasks.ts';
import { structText } from './kernel/values/struct-text.ts';
import { memoryLine } from './output/mm/memory-lines.ts';
import { taskHeader } from './output/task/task-header.ts';
import { dateText, durationText } from './output/text/dates.ts';
import { escapeText } from './output/text/escape.ts';
import { symbolText } from './output/text/named-place.ts';
import { parseAddress } from './session/command/arguments.ts';
import {
  CommandError,
  defineCommand,
  error,
  note,
  plain,
  progress,
  UsageOnly,
  warning,
} from './session/command/command.ts';
import { evaluate } from './session/line/expression.ts';
import { findTasks } from './session/state/task-words.ts';

/**
 * What an extension is given: the argument of the function that its file exports (see `help extend`). A chosen list that is
 * kept from release to release; everything else of tscrash may change at any time. docs/api.md lists it for readers, and
 * is made from these comments.
 */
export const extensionApi = {
  /** The version of this list. It is raised by what is taken away or changes its meaning, not by what is added. */
  version: 1,

  // Making a command.

  /** Makes a command of its declaration: name, flags, operands, `run` that yields records, `print` that shows one. */
  defineCommand,
  /** An error for the user: thrown, it ends the command with one line. */
  CommandError,
  /** Thrown, it shows the synopsis, as crash does for words that make no sense. */
  UsageOnly,
  /** Yielded, it says what is wrong; the command goes on, and ends with exit code 1. */
  error,
  /** Yielded, it is a line that begins with WARNING. */
  warning,
  /** Yielded, it is a line that begins with NOTE. */
  note,
  /** Yielded, it is a line of text that is no record. */
  plain,
  /** Yielded in long work, it shows at a terminal how far the work is, and gives other work its turn. */
  progress,

  // Numbers and errors.

  /** A virtual address of a bigint: unsigned 64 bits. */
  va,
  /** A physical address of a bigint. */
  pa,
  /** An address moved by some bytes. */
  plus,
  /** The digits of an address, without 0x. */
  hex,
  /** The address that a word means: a number, a symbol, an expression in parentheses. Throws CrashError. */
  parseAddress,
  /** The value of an arithmetic expression as `eval` reads it. */
  evaluate,
  /** What everything throws that a dump or a user can cause. */
  CrashError,
  /** Memory that could not be read: has the address, the space and the reason. */
  ReadError,
  /** A symbol, a type or a member that this kernel has not. */
  MissingError,
  /** Something in the dump that contradicts itself. */
  CorruptError,

  // The machine.

  /** A per-CPU variable of one CPU, as a typed object. */
  perCpu,
  /** The numbers of the CPUs that were online. */
  onlineCpus,
  /** The loaded modules, and what kept others from being read. */
  moduleList,
  /** The records of the kernel log, oldest first. */
  readLog,

  // Walks. All are bounded, and throw where a structure is broken.

  /** The entries of a list_head, the head not among them. */
  walkList,
  /** A chain of pointers, from one structure to the next. */
  walkChain,
  /** The nodes of a red-black tree, in order. */
  walkRbTree,
  /** The entries of an xarray, with their indexes. */
  walkXarray,
  /** The entries of a maple tree, with their ranges. */
  walkMaple,

  // Tasks.

  /** All tasks, idle ones first. */
  taskTable,
  /** The tasks that a word means: a pid or an address. */
  findTasks,
  /** The task that was current on each CPU. */
  activeTasks,
  /** The task that panicked; undefined when that cannot be told. */
  panicTask,
  /** A task's state in two letters, as ps shows it. */
  stateCode,
  /** A task's call chain, innermost first. */
  backtrace,
  /** What a task has open, by descriptor. */
  openFiles,

  // Memory.

  /** The areas of an address space, by address. */
  walkVmas,
  /** The area that an address lies in. */
  findVma,
  /** All that is known of a kernel address: every page-table entry, the page, its struct page. */
  translateKernel,
  /** The same of a user address of a task. */
  translateUser,
  /** The struct page of a frame. */
  pageOfFrame,
  /** The frames that have a struct page, as runs. */
  pageRuns,
  /** The slab caches. */
  slabCaches,
  /** The areas of vmalloc. */
  vmapAreas,
  /** The NUMA nodes. */
  memoryNodes,
  /** What lies at an address: a symbol, an object of a slab, a stack, a page. */
  describeAddress,

  // The rest of the kernel.

  /** The mounted file systems that a task sees. */
  mountsOf,
  /** An interrupt line by number. */
  irqOf,
  /** The network interfaces. */
  netDevices,
  /** An address as `symbol+offset`. */
  symbolText,
  /** A structure in memory, as `struct` prints it. */
  structText,

  // Text.

  /** The line `PID: ... TASK: ... CPU: ... COMMAND: ...`. */
  taskHeader,
  /** Text from the dump, made safe for a terminal. */
  escapeText,
  /** Memory as a line of `rd`. */
  memoryLine,
  /** Seconds since 1970 as crash writes a date. */
  dateText,
  /** Seconds as `2 days, 03:04:05`. */
  durationText,
};
