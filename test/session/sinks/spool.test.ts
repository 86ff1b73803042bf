import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Spool } from '../../../src/session/sinks/spool.ts';
import { needs } from '../../run/needs.ts';
import { scratch } from '../../run/scratch.ts';

const folder = scratch('spool');
const open: Spool[] = [];
function spool(limit = 1 << 30, folders: readonly string[] = [folder]): Spool {
  const made = new Spool({ limit, folders });
  open.push(made);
  return made;
}
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** The files without a name that this process has open in the folder. */
const unnamed = (): string[] =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });

describe('the spool', () => {
  test('gives back what was put in, from any place', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 300_000 }),
        (sizes, where, length) => {
          const kept = spool();
          const parts = sizes.map((size, i) => Buffer.alloc(size, `part ${i} of this text`));
          for (const part of parts) kept.append(part);
          const all = Buffer.concat(parts);
          const place = Math.floor(where * all.length);
          expect(kept.end).toBe(all.length);
          expect(all.subarray(place, place + length).equals(kept.read(place, length))).toBe(true);
          kept.close();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('makes no file for a little, and one without a name for more', () => {
    const kept = spool();
    kept.append(Buffer.from('a few words'));
    expect(unnamed()).toEqual([]);
    kept.append(Buffer.alloc(1 << 20, 'x'));
    expect(readdirSync(folder)).toEqual([]);
    expect(unnamed()).toHaveLength(1);
    expect(unnamed()[0]).toMatch(/ \(deleted\)$/);
    expect(kept.read(0, 5).toString()).toBe('a few');
    kept.close();
    expect(unnamed()).toEqual([]);
  });

  test(
    'lets nobody else read the file',
    needs(
      readFileSync('/proc/self/status', 'utf8').includes('Umask'),
      'this kernel does not tell the umask',
    ),
    () => {
      const kept = spool();
      kept.append(Buffer.alloc(1 << 20, 'x'));
      const modes = readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
        } catch {
          return false;
        }
      });
      expect(modes).toHaveLength(1);
      const { statSync } = process.getBuiltinModule('node:fs');
      expect(statSync(`/proc/self/fd/${modes[0]}`).mode & 0o777).toBe(0o600);
    },
  );

  test('forgets the oldest above its limit, and gives their disk space back', () => {
    const kept = spool(8 << 20);
    for (let i = 0; i < 30; i++) kept.append(Buffer.alloc(1 << 20, String(i % 10)));
    expect(kept.end).toBe(30 << 20);
    expect(kept.end - kept.begin).toBeLessThanOrEqual(8 << 20);
    expect(kept.end - kept.begin).toBeGreaterThan(6 << 20);
    expect(unnamed().length).toBeLessThanOrEqual(8);
    expect(() => kept.read(0, 1)).toThrow(RangeError);
    expect(kept.read(kept.end - 1, 1).toString()).toBe('9');
  });

  test('keeps a little in memory where no file can be made', () => {
    const kept = spool(1 << 30, ['/nonexistent']);
    for (let i = 0; i < 40; i++) kept.append(Buffer.alloc(1 << 20, String(i % 10)));
    expect(kept.cramped).toBe(true);
    expect(kept.end - kept.begin).toBeLessThanOrEqual(16 << 20);
    expect(kept.read(kept.end - 3, 9).toString()).toBe('999');
  });
});

test('the folder is left empty', () => {
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
