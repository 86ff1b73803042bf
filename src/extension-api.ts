/** What an extension is given: the argument of the function that it exports (see `help extend`). */
export * from './base/address.ts';
export * from './base/errors.ts';
export { bpfMaps, bpfPrograms } from './kernel/bpf.ts';
export { machineCpus, onlineCpus, perCpuOffset } from './kernel/core/cpus.ts';
export { kernelConfig } from './kernel/core/kernel-config.ts';
export { blockMajors, characterDevices } from './kernel/drivers/device-numbers.ts';
export { disks, requestsInFlight } from './kernel/drivers/disks.ts';
export { ioResources } from './kernel/drivers/io-resources.ts';
export { pciDevices, rootBuses } from './kernel/drivers/pci.ts';
export { mountOfSuperblock, mountsOf } from './kernel/fs/mounts.ts';
export {
  cachedPages,
  namedInode,
  openFiles,
  pageCacheOf,
  taskDirectories,
} from './kernel/fs/open-files.ts';
export {
  ipcNamespace,
  messageQueues,
  segmentPages,
  semaphoreArrays,
  sharedSegments,
} from './kernel/ipc.ts';
export {
  interruptGates,
  irqAffinity,
  irqCount,
  irqOf,
  irqStatistics,
  softirqActions,
} from './kernel/irqs.ts';
export { findLoop, ListEndError, ListLoopError, walkLinkedList } from './kernel/lib/linked-list.ts';
export { sbitmapQueue } from './kernel/lib/sbitmap.ts';
export { walkIndexed, walkMapleTree, walkRbNodes } from './kernel/lib/tree-walks.ts';
export {
  addressMap,
  imageStart,
  isBelowKernel,
  physToVirt,
  regionOf,
} from './kernel/mm/address-map.ts';
export { NoUserStackError, taskArguments, taskEnvironment } from './kernel/mm/arguments.ts';
export { countFreeBlocks, findFreeBlock, freeBlocks, freeLists } from './kernel/mm/buddy.ts';
export { hugePools } from './kernel/mm/hugetlb.ts';
export { memoryUse } from './kernel/mm/meminfo.ts';
export { memoryBlocks } from './kernel/mm/memory-blocks.ts';
export { memoryNodes, physicalDigits } from './kernel/mm/nodes.ts';
export { pageMember, readPageMember, wordSize } from './kernel/mm/page-members.ts';
export {
  pageAt as readPage,
  pageFlagNames,
  pageFlagTable,
  pageLayout,
  pageOfFrame as readPageOf,
  pagesOfRun,
  pfnOfAddress,
} from './kernel/mm/pages.ts';
export { memoryView } from './kernel/mm/read-memory.ts';
export { pageRuns, pageToPfn, pfnToPage, sectionTable } from './kernel/mm/sections.ts';
export { slabCacheOf, slabOfPage } from './kernel/mm/slab/find.ts';
export { slabContents, slabCounts } from './kernel/mm/slab/objects.ts';
export {
  cacheNodes,
  readCpuSlab,
  readSlab,
  rootCaches,
  slabCaches,
} from './kernel/mm/slab/slab.ts';
export {
  barnSheaves,
  countObjects as countSlabs,
  cpuPartialSlabs,
  cpuSheaves,
  partialSlabs,
  slabNode,
} from './kernel/mm/slab/usage.ts';
export { swapAreas } from './kernel/mm/swap.ts';
export { absentEntry } from './kernel/mm/swap-entry.ts';
export { memoryUsage } from './kernel/mm/task-memory.ts';
export {
  addressKind,
  entryPhysical,
  translateKernel,
  translateUser,
} from './kernel/mm/translate.ts';
export { pagesOfVma } from './kernel/mm/user-pages.ts';
export { vmaFlagNames } from './kernel/mm/vma-flags.ts';
export { vmapAreaOf, vmapAreaOfPfn, vmapAreas } from './kernel/mm/vmalloc.ts';
export { vmaFileName, walkVmas } from './kernel/mm/vmas.ts';
export { vmEvents, vmStatistics, zoneStatistics } from './kernel/mm/vmstat.ts';
export {
  baseOf,
  isModuleMemory,
  kernelTaints,
  moduleList,
  moduleTaints,
  sizeOf,
} from './kernel/modules.ts';
export { ipv4Text, neighbours, netDevices } from './kernel/net/devices.ts';
export { AF_INET, AF_INET6, socketsOf } from './kernel/net/sockets.ts';
export { panicTask } from './kernel/panic/panic.ts';
export { readAuditLog } from './kernel/printk/audit-log.ts';
export { callerWidth, logFormat, readLog } from './kernel/printk/log.ts';
export { readSafeBuffers } from './kernel/printk/safe-buffers.ts';
export { runQueue, tasksOnQueues } from './kernel/sched/runqueues.ts';
export { FairGroups, groupQueueOn, realtimeGroups } from './kernel/sched/task-groups.ts';
export { waiters } from './kernel/sched/wait-queues.ts';
export { pagesOfSpace, pagesOfStack } from './kernel/search/memory.ts';
export { pageScanner } from './kernel/search/patterns.ts';
export { backtrace } from './kernel/stacktrace/backtrace.ts';
export { processRow } from './kernel/stacktrace/process-row.ts';
export { checkStackEnd } from './kernel/stacktrace/stack-listing.ts';
export { stackAt } from './kernel/stacktrace/stacks.ts';
export { taskAround, taskOfStack } from './kernel/stacktrace/task-at.ts';
export { refersTo, searchCpuStacks, viewStack } from './kernel/stacktrace/views.ts';
export { cpuInfoText, firmwareMap, machineSummary } from './kernel/system/machine.ts';
export { dmiStrings, systemSummary } from './kernel/system/system.ts';
export { childrenOf, groupLeader, lineage, threadGroup } from './kernel/task/families.ts';
export { taskMemberText, taskText } from './kernel/task/members.ts';
export { resourceLimits } from './kernel/task/rlimits.ts';
export { parsePolicies, policyOf } from './kernel/task/scheduling.ts';
export { processSignals, threadSignals } from './kernel/task/signals.ts';
export { taskStack } from './kernel/task/stack.ts';
export { isGroupLeader, isKernelThread, stateCode } from './kernel/task/state.ts';
export { syscalls } from './kernel/task/syscalls.ts';
export { activeTasks, cpuCount, isActive, taskTable } from './kernel/task/tasks.ts';
export { lastRun, runQueueClock, sinceLastRun, taskTimes } from './kernel/task/times.ts';
export { CodeReadError, disassemble, disassembleFunction } from './kernel/text/disassembly.ts';
export { isTextAddress, textSymbols } from './kernel/text/disassembly-names.ts';
export { bootTime, ticksPerSecond, uptimeSeconds } from './kernel/time/clock.ts';
export { highResolutionTimers, jiffies, timerBase, timerBaseCount } from './kernel/time/timers.ts';
export { structText } from './kernel/values/struct-text.ts';
export { offsetOfWord } from './kernel/values/structures.ts';
export { symbolText } from './kernel/values/symbol-text.ts';
export { entryLead, entryRows } from './output/mm/entry-rows.ts';
export { mapleHeadText, mapleNodeText } from './output/mm/maple-lines.ts';
export { characters, memoryLine, UNITS } from './output/mm/memory-lines.ts';
export { memberText } from './output/mm/page-member-rows.ts';
export {
  FlagNames,
  pageHeader,
  pageMemberRows,
  pageRow,
  pageRunRows,
} from './output/mm/page-rows.ts';
export { translationText } from './output/mm/translation-text.ts';
export { addressSpaceLines, userPageHeader, userPageRow } from './output/mm/vm-lines.ts';
export { vmaHeader, vmaRow } from './output/mm/vma-rows.ts';
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
} from './output/system/device-lines.ts';
export {
  cachedFileHeader,
  cachedFileRow,
  dentryHeader,
  dentryRow,
  inodeHeader,
  inodeRow,
  openFileHeader,
  openFileRow,
} from './output/system/file-lines.ts';
export {
  queueHeader,
  queueRow,
  segmentHeader,
  segmentPageLines,
  segmentRow,
  semaphoreHeader,
  semaphoreRow,
} from './output/system/ipc-lines.ts';
export { firmwareLines, machineLines } from './output/system/machine-lines.ts';
export { mountHeader, mountRow } from './output/system/mount-lines.ts';
export {
  deviceHeader,
  deviceRow,
  neighbourHeader,
  neighbourRow,
  socketHeader,
  socketRow,
  wholeSocketHeader,
  wholeSocketRow,
} from './output/system/net-lines.ts';
export { systemLines } from './output/system/system-lines.ts';
export { clockLines, timerBaseLines } from './output/system/timer-lines.ts';
export { backtraceLines, exceptionFrameLines } from './output/task/backtrace-text.ts';
export { codeLineText } from './output/task/code-lines.ts';
export { logLineText, safeBufferText } from './output/task/log-lines.ts';
export { limitLines, processHeader, processLine } from './output/task/process-lines.ts';
export {
  processSignalLines,
  sharedPendingLines,
  signalLine,
  signalSetLines,
  threadSignalLines,
} from './output/task/signal-lines.ts';
export { symbolAlternatives, symbolLine } from './output/task/symbol-lines.ts';
export { daysAndTime, shortTaskHeader, taskHeader, upTime } from './output/task/task-header.ts';
export { asciiChart, asciiOfWord } from './output/text/ascii.ts';
export { dateText, durationText } from './output/text/dates.ts';
export { displayBytes, escapeText } from './output/text/escape.ts';
export { center } from './output/text/justify.ts';
export { bitLines, numberForms } from './output/text/numbers.ts';
export { rangeText } from './output/text/ranges.ts';
export { DIFF_MARKS } from './output/text/unified.ts';
export { parseAddress, parsePhysical } from './session/command/arguments.ts';
export {
  CommandError,
  defineCommand,
  error,
  hint,
  isNested,
  isNotice,
  note,
  pause,
  plain,
  progress,
  UsageOnly,
  warning,
} from './session/command/command.ts';
export { checkForeach, FOREACH_WORDS, readForeach } from './session/command/foreach.ts';
export { NoSuchTask, selectTasks, taskTest } from './session/command/select-tasks.ts';
export { apropos } from './session/help/apropos.ts';
export { commandHelp, helpScreen, topicHelp, wrap } from './session/help/help.ts';
export { evaluate } from './session/line/expression.ts';
export * from './session/line/numbers.ts';
export { isQuoted, parsePattern } from './session/line/pattern.ts';
export {
  availableExtensions,
  extensionsOf,
  findExtension,
  loadExtension,
} from './session/script/extensions.ts';
export { replay } from './session/script/replay.ts';
export { runScript } from './session/script/script.ts';
export { printedText } from './session/script/script-globals.ts';
export { openRawCopy } from './session/sinks/raw-copy.ts';
export { contextLines, describeContext } from './session/state/context-summary.ts';
export { ENDLESS, OF_SESSION, WRITES_FILE } from './session/state/sandbox.ts';
export { settingLines, setVariable } from './session/state/settings.ts';
export { findTasks, parseTask } from './session/state/task-words.ts';
export {
  blockLines,
  blockWords,
  diffBlocks,
  findBlock,
  listBlocks,
} from './session/transcript/block-commands.ts';
export {
  exportLines,
  parseRange,
  startTranscript,
  stopTranscript,
  transcriptOf,
  transcriptText,
} from './session/transcript/transcript.ts';
export { describeWord, searchTypes } from './shared/describe-types.ts';
export {
  checkEntryView,
  entryTexts,
  entryTextsOrErrors,
  parseEntryView,
} from './shared/entry-texts.ts';
export { noSuchSymbol } from './shared/no-such-symbol.ts';
export { printLines, printValues } from './shared/print-values.ts';
export { readRange, readValues } from './shared/search-words.ts';
export { printStruct, runStruct } from './shared/struct-run.ts';
export {
  chosenRadix,
  isKernelAddress,
  memberFault,
  memberOffset,
  structFlags,
  structOperands,
  structReader,
} from './shared/struct-views.ts';
