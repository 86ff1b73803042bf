import { fileURLToPath } from 'node:url';
import { openDumpFrom } from '../../src/dump/open.ts';
import { openSource } from '../../src/dump/source.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';

/** The path of a bundled dump. */
export const bundledPath = (name = 'null-pointer'): string =>
  fileURLToPath(new URL(`../../dumps/${name}.kdump`, import.meta.url));

let target: Target | undefined;

/** The bundled dump, opened once for a file of tests. */
export function bundledTarget(): Target {
  target ??= openTarget(openDumpFrom([openSource(bundledPath())]), {});
  return target;
}
