import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** What was missing, for a test that was skipped. */
    skipped?: string;
  }
}

/** Options of a test or of a group of tests: they are skipped, and it is said why, where something is missing. */
export interface Needs {
  readonly skip: boolean;
  readonly meta: { readonly skipped?: string };
}

/**
 * `describe('...', needs(existsSync(path), 'no real dumps beside the checkout'), () => {...})`. What is missing is told
 * at the end of a run, as in "12 tests skipped: no real dumps beside the checkout".
 */
export const needs = (met: boolean, missing: string): Needs => ({
  skip: !met,
  meta: met ? {} : { skipped: missing },
});

/** The built program. `npm test` builds it first. */
export const needsBuild = needs(
  existsSync(fileURLToPath(new URL('../../dist/tscrash.js', import.meta.url))),
  'dist/ has not been built',
);
