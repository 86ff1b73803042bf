import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const HANGS_MS = 15 * 60_000;

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  define: { TSCRASH_VERSION: '"test"' },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    pool: 'threads',
    globalSetup: 'test/run/whole-run.ts',
    setupFiles: 'test/run/each-file.ts',
    reporters: ['default', './test/run/skipped.ts'],
    // A limit for what hangs, not for what is slow: the machine may have ten other things to do.
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    teardownTimeout: HANGS_MS,
    expect: { poll: { timeout: HANGS_MS, interval: 10 } },
    coverage: {
      include: ['src/**', 'commands/**'],
      exclude: ['src/build/**'],
      reportOnFailure: true,
      // Of the rooms that read bytes nobody can vouch for; each by itself, and in per cent of lines.
      thresholds: Object.fromEntries(
        ['dump', 'arch', 'memory', 'symbols', 'types', 'unwind'].map((room) => [
          `src/${room}/**`,
          { lines: 90 },
        ]),
      ),
    },
  },
});
