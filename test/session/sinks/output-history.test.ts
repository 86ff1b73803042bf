import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LineOutput, OutputHistory } from '../../../src/session/sinks/output-history.ts';

function block(
  texts: readonly string[],
  blocks = new OutputHistory({ limit: 1 << 30 }),
): LineOutput {
  blocks.begin(1, 'bt');
  for (const text of texts) blocks.append(text);
  blocks.end('ok');
  const found = blocks.find(1);
  if (!found) throw new Error('no block');
  return found;
}

describe('an output block', () => {
  test('has the lines that were printed, however they came', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom('', 'é', '日本', 'x'.repeat(70_000)),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 30 }),
        fc.integer({ min: 1, max: 40_000 }),
        (raw, cut) => {
          const lines = raw.map((text) => text.replace(/[\n\ud800-\udfff]/g, ''));
          const all = lines.map((text) => `${text}\n`).join('');
          const parts: string[] = [];
          for (let at = 0; at < all.length; at += cut) parts.push(all.slice(at, at + cut));
          if (all === '') return;
          const made = block(parts);
          expect(made.count).toBe(lines.length);
          expect([...made.lines()]).toEqual(lines);
          expect(made.bytes).toBe(Buffer.byteLength(all));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('is read by the line while the command still runs; an incomplete line does not count', () => {
    const blocks = new OutputHistory({ limit: 1 << 30 });
    blocks.begin(1, 'search');
    blocks.append('one\ntw');
    const { current } = blocks;
    expect([current?.count, current?.line(0), current?.line(1)]).toEqual([1, 'one', undefined]);
    blocks.append('o\nthree');
    expect([current?.count, current?.line(1)]).toEqual([2, 'two']);
    blocks.end('ok');
    expect([current?.count, current?.line(2), current?.ended]).toEqual([3, 'three', true]);
  });

  test('of a million lines answers for any line, with a thin index', () => {
    const blocks = new OutputHistory({ limit: 1 << 30 });
    blocks.begin(1, 'kmem -p');
    for (let i = 0; i < 1000; i++) {
      blocks.append(Array.from({ length: 1000 }, (_, j) => `line ${i * 1000 + j}\n`).join(''));
    }
    blocks.end('ok');
    const made = blocks.find(1);
    expect(made?.count).toBe(1_000_000);
    for (const index of [0, 1, 999_999, 500_000, 65_536, 123_457]) {
      expect(made?.line(index)).toBe(`line ${index}`);
    }
    expect(made?.line(1_000_000)).toBeUndefined();
  });

  test('that is larger than the spool loses its beginning, and says so', () => {
    const blocks = new OutputHistory({ limit: 4 << 20 });
    const text = (i: number) => `${String(i).padStart(99)}\n`;
    blocks.begin(1, 'kmem -p');
    for (let i = 0; i < 100_000; i += 500) {
      blocks.append(Array.from({ length: 500 }, (_, j) => text(i + j)).join(''));
    }
    blocks.end('ok');
    const made = blocks.find(1);
    expect(made?.count).toBe(100_000);
    expect(made?.first).toBeGreaterThan(50_000);
    expect(made?.line(0)).toBeUndefined();
    const first = made?.first ?? 0;
    expect(made?.line(first)).toBe(text(first).trimEnd());
    expect(made?.line(99_999)).toBe(text(99_999).trimEnd());
    blocks.begin(2, 'ps');
    for (let i = 0; i < 100; i++) blocks.append(text(i).repeat(1000));
    blocks.end('ok');
    expect(blocks.find(1)).toBeUndefined();
    expect(blocks.isForgotten(1)).toBe(true);
    expect(blocks.list().map(({ number }) => number)).toEqual([2]);
  });

  test('is undefined when nothing was printed, or nothing is running', () => {
    const blocks = new OutputHistory({ limit: 1 << 20 });
    blocks.append('the banner\n');
    blocks.begin(1, 'set scroll off');
    blocks.append('');
    blocks.end('ok');
    expect(blocks.find(1)).toBeUndefined();
    expect(blocks.isForgotten(1)).toBe(false);
    expect(blocks.list()).toEqual([]);
  });

  test('of a line with no end is read to a bound', () => {
    const made = block(['x'.repeat(17 << 20)]);
    expect(made.count).toBe(1);
    expect(made.line(0)?.length).toBe(16 << 20);
  });
});

describe('a hundred megabytes of output', () => {
  test('cost a few of memory', () => {
    const blocks = new OutputHistory({ limit: 1 << 30 });
    const text = `${'ffff888100000000:  0000000000000000 ffffffff81000000'}\n`.repeat(1000);
    blocks.begin(1, 'rd');
    blocks.append(text);
    const before = process.memoryUsage();
    const count = Math.ceil((100 << 20) / text.length);
    for (let i = 0; i < count; i++) blocks.append(text);
    blocks.end('ok');
    const after = process.memoryUsage();
    expect(blocks.find(1)?.bytes).toBeGreaterThan(100 << 20);
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4 << 20);
    blocks.close();
  });
});
