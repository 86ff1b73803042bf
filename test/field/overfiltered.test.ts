import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { leftOutSentence, leftOutSlabs } from '../../src/kernel/mm/slab/left-out.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { DUMPS, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import { needs } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

const packed = fileURLToPath(
  new URL('../../../shared/field/overfiltered.kdump.br', import.meta.url),
);

describe('slab pages that the filter left out', () => {
  const needsOverfiltered = needs(existsSync(packed), 'no overfiltered dump beside the checkout');
  test(
    'are found by a sample in a dump of a makedumpfile older than its kernel',
    needsOverfiltered,
    () => {
      const path = join(scratch(), 'vmcore');
      writeFileSync(path, brotliDecompressSync(readFileSync(packed)));
      const dump = openDump([path]);
      const found = leftOutSlabs(openTarget(dump));
      dump.close();
      expect(found?.missing).toBeGreaterThan(0);
      expect(found?.sampled).toBeGreaterThan(found!.missing);
    },
  );

  test.each(DUMPS)('are none in %s', needsDumps, (name) => {
    expect(leftOutSlabs(sharedTarget(name))).toBeUndefined();
  });

  test('are told as a share, of at least a hundredth', () => {
    expect(leftOutSentence({ sampled: 200, missing: 50 })).toMatch(
      /^about 25% .*\(50 of 200 sampled\)/,
    );
    expect(leftOutSentence({ sampled: 2000, missing: 1 })).toMatch(/^about 1% /);
  });
});
