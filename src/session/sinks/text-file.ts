import { writeFileSync } from 'node:fs';
import { CrashError } from '../../base/errors.ts';

/** Writes lines to a file, in place of what it had. Throws CrashError `cannot write PATH: why`. */
export function writeLines(path: string, lines: readonly string[]): void {
  try {
    writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CrashError(`cannot write ${path}: ${why}`);
  }
}
