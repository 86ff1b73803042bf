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

/** Lists whose answer is another one, which the tests of names and of exports have. */
const OTHERS = /^B/;
/**
 * A list of free objects ends in a word of zeros, and nothing else says how long it is: on a page that was cleared it ends
 * too early, and that cannot be told.
 */
const CANNOT_BE_TOLD = 'A11-kmem-s-count';
const COUNTS = attackLists.filter(({ name }) => !OTHERS.test(name) && name !== CANNOT_BE_TOLD);
/** What the answer has in place of what cannot be read, in words of its own. */
const INSTEAD: Readonly<Record<string, RegExp>> = {
  'A8-kmem-i-shared': /^ +SHARED /,
  'A9-mod-exit': /^\S+( +\(\S+\))?( {2}of the log's .*)?$/,
};

describe('memory that was changed on purpose', needs(COUNTS.length > 0, 'no attack lists'), () => {
  test.each(COUNTS)(
    '$name: $command gives what is true of the whole answer, and says what is not',
    async ({ name, dump, command, patches }) => {
      const whole = await wholeOf(dump, command);
      const part = await run(attacked(dumpOf(dump), patches), command);
      expect(part.lines.length).toBeLessThan(whole.lines.length + 20);
      const own = INSTEAD[name];
      const rows = part.lines.filter((each) => !own?.test(each));
      const { verdict, line } = judge(whole, { ...part, lines: rows });
      // A descriptor of zeros in every slot is a line without a handler.
      if (name === 'D7-irq-tree-bomb') expect(part.outcome).toBe('failed');
      else expect(['whole', 'said'], line).toContain(verdict);
    },
  );
});
