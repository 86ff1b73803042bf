import { afterAll, describe, expect, test } from 'vitest';
import { openDump } from '../../../src/dump/open.ts';
import { openTarget } from '../../../src/kernel/open/open.ts';
import { insideOf } from '../../../src/session/help/inside.ts';
import { bundled, run, without } from '../../field/one-page.ts';

const dump = openDump([bundled('null-pointer')]);
const target = openTarget(dump);
afterAll(() => dump.close());

const fact = (option: string, name: string): string | undefined =>
  insideOf(target, option)
    ?.map((line) => line.trim())
    .find((line) => line.startsWith(`${name}: `))
    ?.slice(name.length + 2);

describe('help of what is known inside', () => {
  test.each([
    ['-m', 'page_offset', 'ffff898b80000000'],
    ['-m', 'stacksize', '16384'],
    ['-m', 'bits', '64'],
    ['-t', 'panic_task', 'ffff898b97254180'],
    ['-t', 'running_tasks', '80'],
    ['-v', 'numnodes', '1'],
    ['-v', 'max_mapnr', '196567'],
  ])('%s has %s', (option, name, value) => expect(fact(option, name)).toBe(value));

  test('-r has the registers of each CPU in the dump file', () => {
    const lines = insideOf(target, '-r') ?? [];
    expect(lines.filter((line) => line.startsWith('CPU '))).toEqual([
      'CPU 0 (prstatus):',
      'CPU 1 (prstatus):',
    ]);
    expect(lines.join('\n')).toContain('IP: ffffffffc0345005');
  });

  test('a fact that cannot be read is (unknown), and a loss', async () => {
    const pfn = target.pfnOf(target.kernel.translate(target.symbol('high_memory'))!);
    const { lines, outcome } = await run(without(dump, pfn), 'help -v');
    expect(lines).toContain('  high_memory: (unknown)');
    expect(outcome).toBe('failed');
  });

  test('another option is none', () => expect(insideOf(target, '-z')).toBeUndefined());
});
