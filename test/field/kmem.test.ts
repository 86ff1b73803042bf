import { describe, expect, test } from 'vitest';
import { slabPrinters } from '../../commands/kmem/slab-text.ts';
import type { SlabRecord } from '../../commands/kmem/slabs.ts';
import { openDump } from '../../src/dump/open.ts';
import { dumpPath, needsDumps } from '../kernel/shared-dumps.ts';
import { run } from './one-page.ts';

async function answer(line: string): Promise<string> {
  const dump = openDump([dumpPath('kd61-null/vmcore')]);
  const { lines } = await run(dump, line);
  dump.close();
  return lines.join('\n');
}

describe('kmem of an address', needsDumps, () => {
  // The last object of its slab: 8328 bytes, of a type of 9728.
  const task = 0xffff898b824f4180n;
  const at = (offset: number) => answer(`kmem ${(task + BigInt(offset)).toString(16)}`);

  test('names the task whose object it is, to its last byte', async () => {
    expect(await at(0x10)).toContain('PID: 156');
    expect(await at(8327)).toContain('PID: 156');
  });
  test('names no task behind the end of the object, where the type would reach', async () => {
    expect(await at(8328)).not.toContain('PID:');
    expect(await at(9727)).not.toContain('PID:');
  });
});

describe('a slab with red zones', () => {
  const start = 0xffff888000010000n;
  const lines = (address: bigint | undefined, redzone: boolean): string[] => {
    const said: string[] = [];
    const record = {
      kind: 'slab',
      slab: {
        address: start,
        memory: start,
        node: 0,
        total: 1,
        allocated: 1,
        free: 0,
        objects: [{ start, free: false, held: undefined }],
        problems: [],
      },
      address,
      objectSize: 256,
      redLeftPad: 64,
    } as unknown as Extract<SlabRecord, { kind: 'slab' }>;
    const out = { line: (text = '') => said.push(text), write() {}, gap() {} };
    const layout = { mode: 's', settings: { redzone }, isAddressed: true, isNamed: false };
    slabPrinters(layout as never).slab?.(record as never, out as never);
    return said.filter((line) => line.includes('['));
  };
  test('an address lists its object, which begins behind the zone', () => {
    expect(lines(start + 200n, true).at(-1)).toBe('  [ffff888000010040]');
  });
  test('a list of all lists slots, and objects after "set redzone off"', () => {
    expect(lines(undefined, true).at(-1)).toBe('  [ffff888000010000]');
    expect(lines(undefined, false).at(-1)).toBe('  [ffff888000010040]');
  });
});
