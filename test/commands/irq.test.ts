import { expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { bundled, run } from '../field/one-page.ts';

test('irq centres its numbers in four columns, as crash does', async () => {
  const dump = openDump([bundled('null-pointer')]);
  const { lines } = await run(dump, 'irq');
  dump.close();
  const row = (irq: number) => lines[irq + 1]?.slice(0, 9);
  expect([row(1), row(16), row(99), row(100)]).toEqual([
    '  1   fff',
    ' 16      ',
    ' 99      ',
    ' 100     ',
  ]);
});
