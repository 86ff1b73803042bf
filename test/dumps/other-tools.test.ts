import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import type { Packing } from '../../dumps/build/kdump.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { hugepageMigration } from '../../dumps/incidents/hugepage-migration.ts';
import { pageCacheBug } from '../../dumps/incidents/page-cache-bug.ts';
import { type Needs, needs } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

/**
 * Written dumps before the eyes of those who know them best: crash(8), makedumpfile(8) and readelf(1), where they are
 * installed.
 */
const installed = (tool: string): Needs =>
  needs(
    (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, tool))),
    `${tool} is not installed`,
  );

const folder = scratch('tools');
let files = 0;
function write(bytes: Uint8Array): string {
  const path = join(folder, `dump${files++}`);
  writeFileSync(path, bytes);
  return path;
}
function run(tool: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'latin1' });
  return { status, out: stdout, warnings: stderr };
}

const PACKINGS: readonly Packing[] = ['raw', 'zlib', 'lzo', 'snappy', 'zstd'];
const built = healthy.build();
const { release } = healthy.spec.kernel;

describe('crash --osrelease', installed('crash'), () => {
  test.each(PACKINGS)('finds the release in a kdump packed as %s', (packing) => {
    const { status, out } = run('crash', '--osrelease', write(built.kdump({ packing })));
    expect({ status, out }).toEqual({ status: 0, out: `${release}\n` });
  });

  test('finds it in a part of a split set', () => {
    const split = { start: 0, end: 0x400 };
    expect(run('crash', '--osrelease', write(built.kdump({ split }))).out).toBe(`${release}\n`);
  });

  test('finds it in an ELF core, and in the dump of a machine with RAM far apart', () => {
    expect(run('crash', '--osrelease', write(built.elf())).out).toBe(`${release}\n`);
    const wide = hugepageMigration.build().kdump();
    const { release: other } = hugepageMigration.spec.kernel;
    expect(run('crash', '--osrelease', write(wide)).out).toBe(`${other}\n`);
  });
});

describe('makedumpfile --dump-dmesg', installed('makedumpfile'), () => {
  /** What it makes of the log: with a column for the caller where the kernel has one. */
  function log(bytes: Uint8Array): string[] {
    const out = join(folder, `log${files++}`);
    const { status, warnings } = run('makedumpfile', '--dump-dmesg', '-f', write(bytes), out);
    expect({ status, warnings }).toEqual({ status: 0, warnings: '' });
    return readFileSync(out, 'latin1').trimEnd().split('\n');
  }
  const texts = (lines: readonly string[]): string[] =>
    lines.map((line) => line.replace(/^\[ *\d+\.\d+\] (\[ *[TC]\d+\] )?/, ''));

  test.each([
    ['a kdump', () => built.kdump({ packing: 'raw' })],
    ['a packed kdump', () => built.kdump({ packing: 'zlib' })],
    ['an ELF core', () => built.elf()],
  ])('reads the log out of the ring of %s', (_, bytes) => {
    expect(texts(log(bytes()))).toEqual(built.log.map(({ text }) => text));
  });

  test('reads a log of records from a kernel without a ring', () => {
    const old = hugepageMigration.build();
    expect(texts(log(old.kdump()))).toEqual(old.log.map(({ text }) => text.trimEnd()));
  });
});

describe('makedumpfile -R', installed('makedumpfile'), () => {
  test('makes of a flattened image the file that it was', () => {
    const plain = built.kdump();
    const out = join(folder, 'rearranged');
    const { status } = spawnSync('makedumpfile', ['-R', out], {
      input: flatten(recordsOf(plain, 5000)),
    });
    expect(status).toBe(0);
    expect(Buffer.compare(readFileSync(out), plain)).toBe(0);
  });
});

describe('readelf', installed('readelf'), () => {
  const notesOf = (bytes: Uint8Array) => {
    const { status, out, warnings } = run('readelf', '-nW', write(bytes));
    expect({ status, warnings }).toEqual({ status: 0, warnings: '' });
    return [...out.matchAll(/^ {2}(\w+) +0x([0-9a-f]+)/gm)].map(([, owner, size]) => [
      owner,
      Number.parseInt(size ?? '', 16),
    ]);
  };

  test('finds a register note for each CPU and VMCOREINFO in a written ELF core', () => {
    expect(notesOf(built.elf())).toEqual([
      ['CORE', 336],
      ['CORE', 336],
      ['VMCOREINFO', built.vmcoreinfo.length],
    ]);
  });

  test('finds the notes of a 32-bit one', () => {
    const notes = notesOf(pageCacheBug.build().elf());
    expect(notes.map(([owner]) => owner)).toEqual(['CORE', 'VMCOREINFO']);
    expect(notes[0]).toEqual(['CORE', 144]);
  });

  test('accepts the headers', () => {
    for (const bytes of [built.elf(), pageCacheBug.build().elf()]) {
      const { out, warnings } = run('readelf', '-hlW', write(bytes));
      expect(warnings).toBe('');
      expect(out).toMatch(/Type: +CORE/);
      expect(out).toMatch(/Version: +0x1\n/);
    }
  });
});
