import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new empty folder for the files of a test: the only place where a test writes. It is removed when its test file
 * has run, or with the process where no tests run (the bench, the fuzzer). The temp folder proper (`$TMPDIR`) is what
 * the programs under test use, and has to be empty when a test file has run.
 */
export function scratch(name = 'scratch'): string {
  const place = process.env.TSCRASH_SCRATCH;
  if (place !== undefined) return mkdtempSync(join(place, `${name}-`));
  const folder = mkdtempSync(join(tmpdir(), `tscrash-${name}-`));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
