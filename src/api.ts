/**
 * What commands may use, and all they may import. Add a name here when a command needs it; what two
 * commands need belongs in src/kernel, and is exported from here.
 */
export * from './base/address.ts';
export * from './base/errors.ts';
export { addressMap, isBelowKernel, physToVirt, regionOf } from './kernel/address-map.ts';
export { NoUserStackError, taskArguments, taskEnvironment } from './kernel/arguments.ts';
export { type AuditRecord, readAuditLog } from './kernel/audit-log.ts';
export { backtrace, type Frame, stackAt, type Trace } from './kernel/backtrace.ts';
export {
  type CpuStackSearch,
  refersTo,
  type StackView,
  searchCpuStacks,
  type ViewOptions,
  viewStack,
} from './kernel/backtrace-views.ts';
export { type BpfMap, type BpfProgram, bpfMaps, bpfPrograms } from './kernel/bpf.ts';
export {
  countFreeBlocks,
  type FreeBlock,
  type FreeList,
  findFreeBlock,
  freeBlocks,
  freeLists,
} from './kernel/buddy.ts';
export { bootTime, ticksPerSecond, uptimeSeconds } from './kernel/clock.ts';
export { isTextAddress, textSymbols } from './kernel/code-names.ts';
export { machineCpus, onlineCpus, perCpuOffset } from './kernel/cpus.ts';
export {
  type BlockMajor,
  blockMajors,
  type CharacterDevice,
  characterDevices,
} from './kernel/device-numbers.ts';
export {
  type CodeLine,
  CodeReadError,
  disassemble,
  disassembleFunction,
} from './kernel/disassembly.ts';
export { type Disk, disks, type InFlight, requestsInFlight } from './kernel/disks.ts';
export { childrenOf, groupLeader, lineage, threadGroup } from './kernel/families.ts';
export { type HugePool, hugePools } from './kernel/hugetlb.ts';
export { type IoResource, ioResources } from './kernel/io-resources.ts';
export {
  type IpcObject,
  ipcNamespace,
  type MessageQueue,
  messageQueues,
  type SegmentPages,
  type SemaphoreArray,
  type SharedSegment,
  segmentPages,
  semaphoreArrays,
  sharedSegments,
} from './kernel/ipc.ts';
export {
  type Gate,
  type Irq,
  type IrqStatistics,
  interruptGates,
  irqAffinity,
  irqCount,
  irqOf,
  irqStatistics,
  softirqActions,
} from './kernel/irqs.ts';
export { kernelConfig } from './kernel/kernel-config.ts';
export {
  findLoop,
  ListEndError,
  ListLoopError,
  type ListRequest,
  type LoopFacts,
  walkLinkedList,
} from './kernel/linked-list.ts';
export { logFormat, pidDigits, readLog } from './kernel/log.ts';
export type { LogRecord } from './kernel/log-record.ts';
export {
  cpuInfoText,
  type FirmwareRange,
  firmwareMap,
  type MachineSummary,
  machineSummary,
} from './kernel/machine.ts';
export type { MappedPage } from './kernel/mapped-pages.ts';
export { type MemoryUse, memoryUse } from './kernel/meminfo.ts';
export { type MemoryBlock, memoryBlocks } from './kernel/memory-blocks.ts';
export {
  baseOf,
  isModuleMemory,
  kernelTaints,
  moduleList,
  moduleTaints,
  sizeOf,
} from './kernel/modules.ts';
export { type Mount, mountOfSuperblock, mountsOf } from './kernel/mounts.ts';
export {
  ipv4Text,
  type Neighbour,
  type NetDevice,
  neighbours,
  netDevices,
} from './kernel/net-devices.ts';
export { type MemoryNode, memoryNodes, physicalDigits, type Zone } from './kernel/nodes.ts';
export {
  cachedPages,
  type NamedInode,
  namedInode,
  type OpenFile,
  openFiles,
  type PageCache,
  pageCacheOf,
  taskDirectories,
} from './kernel/open-files.ts';
export {
  type PageMember,
  type PageMemberValue,
  pageMember,
  readPageMember,
  wordSize,
} from './kernel/page-members.ts';
export {
  type PageFlag,
  type PageInfo,
  pageFlagNames,
  pageFlagTable,
  pageLayout,
  pagesOfRun,
  pfnOfAddress,
  readPage,
  readPageOf,
} from './kernel/pages.ts';
export { panicTask } from './kernel/panic.ts';
export { type PciBus, type PciDevice, pciDevices, rootBuses } from './kernel/pci.ts';
export { readSafeBuffers, type SafeBuffer } from './kernel/printk-safe.ts';
export { type ProcessRow, processRow } from './kernel/process-row.ts';
export { type MemoryKind, type MemoryView, memoryView } from './kernel/read-memory.ts';
export { type ResourceLimit, resourceLimits } from './kernel/rlimits.ts';
export {
  type QueuedTask,
  type RunQueue,
  runQueue,
  tasksOnQueues,
} from './kernel/runqueues.ts';
export { type SbitmapQueue, sbitmapQueue } from './kernel/sbitmap.ts';
export { parsePolicies, policyOf } from './kernel/scheduling.ts';
export { pagesOfSpace, pagesOfStack } from './kernel/search-memory.ts';
export { type PageScanner, type Patterns, pageScanner } from './kernel/search-patterns.ts';
export {
  type PageRun,
  pageRuns,
  pageToPfn,
  pfnToPage,
  type Section,
  sectionTable,
} from './kernel/sections.ts';
export {
  type ProcessSignals,
  processSignals,
  type ThreadSignals,
  threadSignals,
} from './kernel/signals.ts';
export {
  type CacheNode,
  type CpuSlab,
  cacheNodes,
  readCpuSlab,
  readSlab,
  rootCaches,
  type Slab,
  type SlabCache,
  slabCaches,
} from './kernel/slab.ts';
export { type SlabObject, slabCacheOf, slabOfPage } from './kernel/slab-find.ts';
export { type SlabContents, slabContents, slabCounts } from './kernel/slab-objects.ts';
export {
  barnSheaves,
  countSlabs,
  cpuPartialSlabs,
  cpuSheaves,
  partialSlabs,
  type Sheaf,
  type SlabUsage,
  slabNode,
} from './kernel/slab-usage.ts';
export { AF_INET, AF_INET6, type Socket, socketsOf } from './kernel/sockets.ts';
export { checkStackEnd, type Overflow } from './kernel/stack-words.ts';
export { taskStack } from './kernel/stacks.ts';
export { structText } from './kernel/struct-text.ts';
export { offsetOfWord } from './kernel/structures.ts';
export { swapAreas } from './kernel/swap.ts';
export { type AbsentEntry, absentEntry } from './kernel/swap-entry.ts';
export { symbolText } from './kernel/symbol-text.ts';
export { type Syscall, syscalls } from './kernel/syscalls.ts';
export { dmiStrings, type SystemSummary, systemSummary } from './kernel/system.ts';
export type { Target } from './kernel/target.ts';
export { taskAround, taskOfStack } from './kernel/task-at.ts';
export { FairGroups, type GroupEntry, groupQueueOn, realtimeGroups } from './kernel/task-groups.ts';
export { taskMemberText, taskText } from './kernel/task-members.ts';
export { memoryUsage } from './kernel/task-memory.ts';
export { isGroupLeader, isKernelThread, stateCode } from './kernel/task-state.ts';
export {
  lastRun,
  runQueueClock,
  sinceLastRun,
  type TaskTimes,
  taskTimes,
} from './kernel/task-times.ts';
export {
  activeTasks,
  cpuCount,
  isActive,
  markActive,
  type Task,
  taskTable,
} from './kernel/tasks.ts';
export {
  type HighResolutionCpu,
  highResolutionTimers,
  jiffies,
  type TimerBase,
  timerBase,
  timerBaseCount,
} from './kernel/timers.ts';
export {
  addressKind,
  entryPhysical,
  type Translation,
  translateKernel,
  translateUser,
} from './kernel/translate.ts';
export { type TreeEntry, walkIndexed, walkMapleTree, walkRbNodes } from './kernel/tree-walks.ts';
export { type PagePlace, pagesOfVma, type UserPage } from './kernel/user-pages.ts';
export { vmaFlagNames } from './kernel/vma-flags.ts';
export { type VmapArea, vmapAreaOf, vmapAreaOfPfn, vmapAreas } from './kernel/vmalloc.ts';
export { type Vma, vmaFileName, walkVmas } from './kernel/vmas.ts';
export {
  type Counter,
  type CounterTable,
  vmEvents,
  vmStatistics,
  zoneStatistics,
} from './kernel/vmstat.ts';
export { type Waiter, waiters } from './kernel/wait-queues.ts';
export { asciiChart, asciiOfWord } from './output/ascii.ts';
export {
  type BacktraceStyle,
  backtraceLines,
  exceptionFrameLines,
} from './output/backtrace-text.ts';
export { codeLineText } from './output/code-lines.ts';
export { dateText, durationText } from './output/dates.ts';
export {
  deviceNumberHeader,
  deviceNumberRow,
  diskHeader,
  diskRow,
  pciBusHeader,
  pciBusRow,
  pciDeviceHeader,
  pciDeviceRow,
  resourceHeader,
  resourceRow,
} from './output/device-lines.ts';
export { entryLead, entryRows } from './output/entry-rows.ts';
export { displayBytes, escapeText } from './output/escape.ts';
export {
  cachedFileHeader,
  cachedFileRow,
  dentryHeader,
  dentryRow,
  inodeHeader,
  inodeRow,
  openFileHeader,
  openFileRow,
} from './output/file-lines.ts';
export {
  queueHeader,
  queueRow,
  segmentHeader,
  segmentPageLines,
  segmentRow,
  semaphoreHeader,
  semaphoreRow,
} from './output/ipc-lines.ts';
export { center } from './output/justify.ts';
export {
  type LogLine,
  type LogStyle,
  logLine,
  logLineText,
  safeBufferText,
} from './output/log-lines.ts';
export { firmwareLines, machineLines } from './output/machine-lines.ts';
export { mapleHeadText, mapleNodeText } from './output/maple-lines.ts';
export {
  characters,
  type MemoryBase,
  type MemoryStyle,
  memoryLine,
  UNITS,
  type UnitBits,
} from './output/memory-lines.ts';
export { mountHeader, mountRow } from './output/mount-lines.ts';
export {
  deviceHeader,
  deviceRow,
  neighbourHeader,
  neighbourRow,
  socketHeader,
  socketRow,
  wholeSocketHeader,
  wholeSocketRow,
} from './output/net-lines.ts';
export { bitLines, numberForms } from './output/numbers.ts';
export { memberText } from './output/page-member-rows.ts';
export { FlagNames, pageHeader, pageMemberRows, pageRow, pageRunRows } from './output/page-rows.ts';
export { limitLines, processHeader, processLine } from './output/process-lines.ts';
export { rangeText } from './output/ranges.ts';
export {
  processSignalLines,
  sharedPendingLines,
  signalList,
  signalSetLines,
  threadSignalLines,
} from './output/signal-lines.ts';
export { symbolAlternatives, symbolLine } from './output/symbol-lines.ts';
export { systemLines } from './output/system-lines.ts';
export { daysAndTime, shortTaskHeader, taskHeader, upTime } from './output/task-header.ts';
export { clockLines, type NameOf, timerBaseLines } from './output/timer-lines.ts';
export { endsInError, translationText } from './output/translation-text.ts';
export { DIFF_MARKS, type DiffLine } from './output/unified.ts';
export { addressSpaceLines, userPageHeader, userPageRow } from './output/vm-lines.ts';
export { vmaHeader, vmaRow } from './output/vma-rows.ts';
export type { Alias } from './session/aliases.ts';
export { apropos, type Found } from './session/apropos.ts';
export { parseAddress, parsePhysical } from './session/arguments.ts';
export {
  type BlockFacts,
  type BlockLine,
  blockLines,
  blockWords,
  diffBlocks,
  findBlock,
  listBlocks,
} from './session/block-commands.ts';
export {
  type AnyCommand,
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  type Flags,
  hint,
  isNested,
  isNotice,
  type Nested,
  type Notice,
  note,
  type Operands,
  type Out,
  pause,
  plain,
  progress,
  UsageOnly,
  warning,
} from './session/command.ts';
export { type Apart, ENDLESS, OF_SESSION, WRITES_FILE } from './session/confinement.ts';
export { findTasks, parseTask } from './session/context.ts';
export {
  type ContextBlock,
  contextLines,
  describeContext,
} from './session/context-block.ts';
export { describeWord, type SizedType, searchTypes } from './session/describe-types.ts';
export {
  checkEntryView,
  type EntryView,
  entryTexts,
  entryTextsOrErrors,
  parseEntryView,
} from './session/entry-texts.ts';
export { evaluate } from './session/expression.ts';
export {
  availableExtensions,
  type Extension,
  extensionsOf,
  findExtension,
  loadExtension,
} from './session/extensions.ts';
export {
  checkForeach,
  FOREACH_WORDS,
  type ForeachCommand,
  readForeach,
} from './session/foreach.ts';
export { TaskPart } from './session/foreach-out.ts';
export { commandHelp, helpScreen, topicHelp, wrap } from './session/help.ts';
export { noSuchSymbol } from './session/no-such-symbol.ts';
export * from './session/numbers.ts';
export { isQuoted, parsePattern } from './session/pattern.ts';
export { type PrintRecord, printLines, printValues } from './session/print-values.ts';
export { openRawCopy } from './session/raw-copy.ts';
export { type ReplayItem, replay } from './session/replay.ts';
export { runScript } from './session/script.ts';
export { type Printed, printedText } from './session/script-globals.ts';
export {
  readRange,
  readValues,
  type SearchRange,
  type SearchValues,
} from './session/search-words.ts';
export { NoSuchTask, selectTasks, type TaskTest, taskTest } from './session/select-tasks.ts';
export type { Session, Settings } from './session/session.ts';
export { settingLines, setVariable } from './session/settings.ts';
export { printStruct, runStruct, type StructRecord } from './session/struct-run.ts';
export {
  chosenRadix,
  isKernelAddress,
  memberFault,
  memberOffset,
  structFlags,
  structOperands,
  structReader,
} from './session/struct-views.ts';
export {
  exportLines,
  parseRange,
  startTranscript,
  stopTranscript,
  type TranscriptState,
  transcriptOf,
  transcriptText,
} from './session/transcript.ts';
export type { ModuleFacts } from './symbols/module-regions.ts';
export type { KernelSymbol, SymbolOffset } from './symbols/types.ts';
