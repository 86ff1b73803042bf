import type { Reporter, TestModule } from 'vitest/node';
import './needs.ts';

/** Says at the end of a run how many tests were skipped, and why. */
export default class Skipped implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const note = result.state === 'skipped' ? result.note : undefined;
        const why =
          test.meta().skipped ?? note ?? `no reason is given in ${module.relativeModuleId}`;
        counts.set(why, (counts.get(why) ?? 0) + 1);
      }
    }
    for (const [why, count] of [...counts].sort(([, a], [, b]) => b - a))
      console.log(` ${count} ${count === 1 ? 'test' : 'tests'} skipped: ${why}`);
  }
}
