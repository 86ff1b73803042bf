import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { remove } from './remove.ts';

/**
 * Every test file has a folder for its own files and a temp folder for the programs that it runs. The first goes when
 * the file has run; something that is left in the second is a fault of the program.
 */
const run = process.env.TSCRASH_TESTS;
if (run === undefined) throw new Error('test/run/whole-run.ts has not been run before the tests');
const files = mkdtempSync(join(run, 'files', 'of-'));
const temporary = join(files, 'tmp');
mkdirSync(temporary);
process.env.TSCRASH_SCRATCH = files;
process.env.TMPDIR = temporary;

// The hook that is registered first runs last.
afterAll(() => {
  const left = readdirSync(temporary);
  remove(files);
  if (left.length > 0) throw new Error(`left in the temp folder: ${left.join(', ')}`);
});
