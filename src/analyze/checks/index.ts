import type { Check } from './check.ts';
import { listsCheck } from './lists.ts';
import { stacksCheck } from './stacks.ts';
import { topLevelCheck } from './top-level.ts';
import { vmallocCheck } from './vmalloc.ts';

/** All checks, in the order in which `analyze -v` runs them. */
export const CHECKS: readonly Check[] = [stacksCheck, listsCheck, topLevelCheck, vmallocCheck];
