import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { dumpPath, needsDumps } from '../kernel/shared-dumps.ts';
import { run } from './one-page.ts';

async function answer(name: string, line: string): Promise<readonly string[]> {
  const dump = openDump([dumpPath(`${name}/vmcore`)]);
  const { lines } = await run(dump, line);
  dump.close();
  return lines;
}

describe('entries of page tables', needsDumps, () => {
  test('pte and vtop list the same reserved bits', async () => {
    const reserved = (lines: readonly string[]) => lines.filter((line) => /^RESERVED/.test(line));
    const pte = reserved(await answer('x61-badpte', 'pte 8008800018582163'));
    expect(pte).toEqual(['RESERVED: bits 47, 51 are set: every access to this page faults']);
    expect(reserved(await answer('x61-badpte', 'vtop ffffd2c9803c7000'))).toEqual(pte);
  });

  test('an entry that is not present has no reserved bits', async () => {
    expect((await answer('x61-badpte', 'pte 8008800018582062')).join()).not.toContain('RESERVED');
  });

  test.each([
    ['kd61-null', '3fff000163', 'NOTE: 3fff000000 is outside of RAM'],
    ['kd61-null', 'fee00163', 'NOTE: fee00000 is outside of RAM'],
    ['kd61-null', '30000163', 'NOTE: 30000000 is outside of RAM'],
    ['x612-gpf', '13f600', 'NOTE: offset 1125899906840068 is beyond the end of /dev/vda'],
  ])('of %s: pte %s is remarked', async (dump, entry, remark) => {
    const lines = await answer(dump, `pte ${entry}`);
    expect(lines.filter((line) => line.startsWith(remark))).toHaveLength(1);
  });

  test.each([
    ['kd61-null', 'pte 1'],
    ['kd61-null', 'pte 2ff00163'],
    ['kd61-null', 'vtop init_task'],
    ['x61-hwpoison-1g', 'pte bff00163'],
  ])('of %s: %s is not', async (dump, line) => {
    expect((await answer(dump, line)).join()).not.toContain('NOTE');
  });
});
