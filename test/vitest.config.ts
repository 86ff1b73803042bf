import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  define: { TSCRASH_VERSION: '"test"' },
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    pool: 'threads',
    // A busy machine is slow; what has to be quick says so itself.
    testTimeout: 60_000,
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
