/**
 * What commands may use, and all they may import. Add a name here when a command needs it; what two
 * commands need belongs in src/kernel, and is exported from here.
 */
export * from './base/address.ts';
export * from './base/errors.ts';
export { asciiChart, asciiOfWord } from './output/ascii.ts';
export { displayBytes, escapeText } from './output/escape.ts';
export { bitLines, numberForms } from './output/numbers.ts';
export type { Alias } from './session/aliases.ts';
export {
  type AnyCommand,
  type CommandContext,
  CommandError,
  defineCommand,
  error,
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
export { findTasks, parseTask } from './session/context.ts';
export { evaluate } from './session/expression.ts';
export * from './session/numbers.ts';
export { pageHeader, pageRow } from './output/page-rows.ts';
export { center } from './output/justify.ts';
export { memoryNodes, physicalDigits } from './kernel/nodes.ts';
export { type PageInfo, pageFlagNames, readPage, readPageOf } from './kernel/pages.ts';
export { pageToPfn, pfnToPage } from './kernel/sections.ts';
export { type SlabObject, slabCacheOf } from './kernel/slab-find.ts';
