import { afterAll, describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import { dumpPath } from '../kernel/shared-dumps.ts';
import { needs } from '../run/needs.ts';
import { attacked, attackLists } from './attack-lists.ts';
import { type Answer, judge, run } from './one-page.ts';

const opened = new Map<string, Dump>();
const wholes = new Map<string, Answer>();
const dumpOf = (name: string): Dump => {
  const dump = opened.get(name) ?? openDump([dumpPath(`${name}/vmcore`)]);
  opened.set(name, dump);
  return dump;
};
async function wholeOf(name: string, line: string): Promise<Answer> {
  const key = `${name} ${line}`;
  const known = wholes.get(key) ?? (await run(dumpOf(name), line));
  wholes.set(key, known);
  return known;
}
afterAll(() => {
  for (const dump of opened.values()) dump.close();
});

/** Other values than these are answers of their own: names that are hostile. */
const COUNTS = attackLists.filter(({ name }) => /^D/.test(name));

describe('memory that was changed on purpose', needs(COUNTS.length > 0, 'no attack lists'), () => {
  test.each(COUNTS)(
    '$name: $command gives what is true of the whole answer, and says what is not',
    async ({ name, dump, command, patches }) => {
      const whole = await wholeOf(dump, command);
      const part = await run(attacked(dumpOf(dump), patches), command);
      expect(part.lines.length).toBeLessThan(whole.lines.length + 20);
      const { verdict, line } = judge(whole, part);
      // A descriptor of zeros in every slot is a line without a handler.
      if (name === 'D7-irq-tree-bomb') expect(part.outcome).toBe('failed');
      else expect(['whole', 'said'], line).toContain(verdict);
    },
  );
});
