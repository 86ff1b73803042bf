import type { Check } from './check.ts';
import { textCheck } from './code/text.ts';
import { listsCheck } from './lists.ts';
import { directMapCheck } from './page-tables/direct-map.ts';
import { permissionsCheck } from './page-tables/permissions.ts';
import { sequenceCheck } from './page-tables/sequence.ts';
import { accountingCheck, mapcountCheck, pageTablesCheck } from './page-tables/user-tables.ts';
import { pagesCheck } from './pages.ts';
import { slabsCheck } from './slabs/slabs.ts';
import { stacksCheck } from './stacks.ts';
import { topLevelCheck } from './top-level.ts';
import { vmallocCheck } from './vmalloc.ts';

/** All checks, in the order in which `analyze -v` runs them. */
export const CHECKS: readonly Check[] = [
  stacksCheck,
  listsCheck,
  topLevelCheck,
  vmallocCheck,
  directMapCheck,
  permissionsCheck,
  pageTablesCheck,
  accountingCheck,
  mapcountCheck,
  sequenceCheck,
  pagesCheck,
  slabsCheck,
  textCheck,
];
