import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { needs } from '../run/needs.ts';

const folder = fileURLToPath(new URL('../../../shared/vmcores/', import.meta.url));

/** The real dumps lie beside the repository, not in it; tests that need them are skipped where they are not. */
export const haveDumps = existsSync(folder);
export const needsDumps = needs(haveDumps, 'no real dumps beside the checkout');
/** All of them. */
export const DUMPS = [
  'kd61-null',
  'x61-badpte',
  'x61-hang',
  'x61-hwpoison-1g',
  'x61-la57-nx',
  'x612-gpf',
] as const;
/** Those that come with what crash 8.0.6 answered. */
export const RECORDED = DUMPS.filter((name) => name !== 'x61-hang');
export const dumpPath = (name: string): string => `${folder}${name}`;
export const expectedPath = (name: string, group: string): string =>
  `${folder}${name}/expected/${group}.txt`;

const opened = new Map<string, Target>();
/** A real dump's target, opened once for a test file: `kd61-null`, `x61-hang` ... */
export function sharedTarget(name: string): Target {
  let target = opened.get(name);
  if (!target) {
    const file = name === 'x61-hang' ? 'vmcore.elf' : 'vmcore';
    target = openTarget(openDump([dumpPath(`${name}/${file}`)]));
    opened.set(name, target);
  }
  return target;
}
