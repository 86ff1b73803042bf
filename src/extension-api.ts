/** What an extension is given: the argument of the function that it exports (see `help extend`). */
export * from './base/address.ts';
export * from './base/errors.ts';
export { addressMap, isBelowKernel, physToVirt, regionOf } from './kernel/address-map.ts';
export { NoUserStackError, taskArguments, taskEnvironment } from './kernel/arguments.ts';
export { readAuditLog } from './kernel/audit-log.ts';
export { backtrace, stackAt } from './kernel/backtrace.ts';
export { refersTo, searchCpuStacks, viewStack } from './kernel/backtrace-views.ts';
export { bpfMaps, bpfPrograms } from './kernel/bpf.ts';
export { countFreeBlocks, findFreeBlock, freeBlocks, freeLists } from './kernel/buddy.ts';
export { bootTime, ticksPerSecond, uptimeSeconds } from './kernel/clock.ts';
export { isTextAddress, textSymbols } from './kernel/code-names.ts';
export { machineCpus, onlineCpus, perCpuOffset } from './kernel/cpus.ts';
export { blockMajors, characterDevices } from './kernel/device-numbers.ts';
export { CodeReadError, disassemble, disassembleFunction } from './kernel/disassembly.ts';
export { disks, requestsInFlight } from './kernel/disks.ts';
export { childrenOf, groupLeader, lineage, threadGroup } from './kernel/families.ts';
export { hugePools } from './kernel/hugetlb.ts';
export { ioResources } from './kernel/io-resources.ts';
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
export { kernelConfig } from './kernel/kernel-config.ts';
export { findLoop, ListEndError, ListLoopError, walkLinkedList } from './kernel/linked-list.ts';
export { logFormat, pidDigits, readLog } from './kernel/log.ts';
export { cpuInfoText, firmwareMap, machineSummary } from './kernel/machine.ts';
export { memoryUse } from './kernel/meminfo.ts';
export { memoryBlocks } from './kernel/memory-blocks.ts';
export {
  baseOf,
  isModuleMemory,
  kernelTaints,
  moduleList,
  moduleTaints,
  sizeOf,
} from './kernel/modules.ts';
export { mountOfSuperblock, mountsOf } from './kernel/mounts.ts';
export { ipv4Text, neighbours, netDevices } from './kernel/net-devices.ts';
export { memoryNodes, physicalDigits } from './kernel/nodes.ts';
export {
  cachedPages,
  namedInode,
  openFiles,
  pageCacheOf,
  taskDirectories,
} from './kernel/open-files.ts';
export { pageMember, readPageMember, wordSize } from './kernel/page-members.ts';
export {
  pageFlagNames,
  pageFlagTable,
  pageLayout,
  pagesOfRun,
  pfnOfAddress,
  readPage,
  readPageOf,
} from './kernel/pages.ts';
export { panicTask } from './kernel/panic.ts';
export { pciDevices, rootBuses } from './kernel/pci.ts';
export { readSafeBuffers } from './kernel/printk-safe.ts';
export { processRow } from './kernel/process-row.ts';
export { memoryView } from './kernel/read-memory.ts';
export { resourceLimits } from './kernel/rlimits.ts';
export { runQueue, tasksOnQueues } from './kernel/runqueues.ts';
export { sbitmapQueue } from './kernel/sbitmap.ts';
export { parsePolicies, policyOf } from './kernel/scheduling.ts';
export { pagesOfSpace, pagesOfStack } from './kernel/search-memory.ts';
export { pageScanner } from './kernel/search-patterns.ts';
export { pageRuns, pageToPfn, pfnToPage, sectionTable } from './kernel/sections.ts';
export { processSignals, threadSignals } from './kernel/signals.ts';
export { cacheNodes, readCpuSlab, readSlab, rootCaches, slabCaches } from './kernel/slab.ts';
export { slabCacheOf, slabOfPage } from './kernel/slab-find.ts';
export { slabContents, slabCounts } from './kernel/slab-objects.ts';
export {
  barnSheaves,
  countSlabs,
  cpuPartialSlabs,
  cpuSheaves,
  partialSlabs,
  slabNode,
} from './kernel/slab-usage.ts';
export { AF_INET, AF_INET6, socketsOf } from './kernel/sockets.ts';
export { checkStackEnd } from './kernel/stack-words.ts';
export { taskStack } from './kernel/stacks.ts';
export { structText } from './kernel/struct-text.ts';
export { offsetOfWord } from './kernel/structures.ts';
export { swapAreas } from './kernel/swap.ts';
export { absentEntry } from './kernel/swap-entry.ts';
export { symbolText } from './kernel/symbol-text.ts';
export { syscalls } from './kernel/syscalls.ts';
export { dmiStrings, systemSummary } from './kernel/system.ts';
export { taskAround, taskOfStack } from './kernel/task-at.ts';
export { FairGroups, groupQueueOn, realtimeGroups } from './kernel/task-groups.ts';
export { taskMemberText, taskText } from './kernel/task-members.ts';
export { memoryUsage } from './kernel/task-memory.ts';
export { isGroupLeader, isKernelThread, stateCode } from './kernel/task-state.ts';
export { lastRun, runQueueClock, sinceLastRun, taskTimes } from './kernel/task-times.ts';
export { activeTasks, cpuCount, isActive, markActive, taskTable } from './kernel/tasks.ts';
export { highResolutionTimers, jiffies, timerBase, timerBaseCount } from './kernel/timers.ts';
export { addressKind, entryPhysical, translateKernel, translateUser } from './kernel/translate.ts';
export { walkIndexed, walkMapleTree, walkRbNodes } from './kernel/tree-walks.ts';
export { pagesOfVma } from './kernel/user-pages.ts';
export { vmaFlagNames } from './kernel/vma-flags.ts';
export { vmapAreaOf, vmapAreaOfPfn, vmapAreas } from './kernel/vmalloc.ts';
export { vmaFileName, walkVmas } from './kernel/vmas.ts';
export { vmEvents, vmStatistics, zoneStatistics } from './kernel/vmstat.ts';
export { waiters } from './kernel/wait-queues.ts';
export { asciiChart, asciiOfWord } from './output/ascii.ts';
export { backtraceLines, exceptionFrameLines } from './output/backtrace-text.ts';
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
export { logLine, logLineText, safeBufferText } from './output/log-lines.ts';
export { firmwareLines, machineLines } from './output/machine-lines.ts';
export { mapleHeadText, mapleNodeText } from './output/maple-lines.ts';
export { characters, memoryLine, UNITS } from './output/memory-lines.ts';
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
export { clockLines, timerBaseLines } from './output/timer-lines.ts';
export { endsInError, translationText } from './output/translation-text.ts';
export { DIFF_MARKS } from './output/unified.ts';
export { addressSpaceLines, userPageHeader, userPageRow } from './output/vm-lines.ts';
export { vmaHeader, vmaRow } from './output/vma-rows.ts';
export { apropos } from './session/apropos.ts';
export { parseAddress, parsePhysical } from './session/arguments.ts';
export {
  blockLines,
  blockWords,
  diffBlocks,
  findBlock,
  listBlocks,
} from './session/block-commands.ts';
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
} from './session/command.ts';
export { ENDLESS, OF_SESSION, WRITES_FILE } from './session/confinement.ts';
export { findTasks, parseTask } from './session/context.ts';
export { contextLines, describeContext } from './session/context-block.ts';
export { describeWord, searchTypes } from './session/describe-types.ts';
export {
  checkEntryView,
  entryTexts,
  entryTextsOrErrors,
  parseEntryView,
} from './session/entry-texts.ts';
export { evaluate } from './session/expression.ts';
export {
  availableExtensions,
  extensionsOf,
  findExtension,
  loadExtension,
} from './session/extensions.ts';
export { checkForeach, FOREACH_WORDS, readForeach } from './session/foreach.ts';
export { TaskPart } from './session/foreach-out.ts';
export { commandHelp, helpScreen, topicHelp, wrap } from './session/help.ts';
export { noSuchSymbol } from './session/no-such-symbol.ts';
export * from './session/numbers.ts';
export { isQuoted, parsePattern } from './session/pattern.ts';
export { printLines, printValues } from './session/print-values.ts';
export { openRawCopy } from './session/raw-copy.ts';
export { replay } from './session/replay.ts';
export { runScript } from './session/script.ts';
export { printedText } from './session/script-globals.ts';
export { readRange, readValues } from './session/search-words.ts';
export { NoSuchTask, selectTasks, taskTest } from './session/select-tasks.ts';
export { settingLines, setVariable } from './session/settings.ts';
export { printStruct, runStruct } from './session/struct-run.ts';
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
  transcriptOf,
  transcriptText,
} from './session/transcript.ts';
