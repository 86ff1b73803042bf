import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKdump } from '../../dumps/build/kdump.ts';
import { DumpError } from '../../src/base/errors.ts';
import { openDump } from '../../src/dump/open.ts';
import { sniff } from '../../src/dump/sniff.ts';
import { openSource } from '../../src/dump/source.ts';
import { scratch } from '../run/scratch.ts';
import { block, file } from './builders.ts';

const kdump = buildKdump({ maxMapnr: 8, blocks: new Map([[1, block(1)]]) });
const elf = (type: number) => buildElf({ type, segments: [{ bytes: block(0) }] });
const map = Array.from(
  { length: 300 },
  (_, i) => `ffffffff810${i.toString(16).padStart(5, '0')} T symbol_${i}\n`,
);

function refusal(bytes: Uint8Array): DumpError {
  try {
    openDump([file(bytes)]);
  } catch (error) {
    if (error instanceof DumpError) return error;
    throw error;
  }
  throw new Error('it opened');
}

describe('files are told apart by content', () => {
  it.each([
    ['kdump', kdump],
    ['flattened', flatten(recordsOf(kdump))],
    ['elf-core', elf(4)],
    ['vmlinux', elf(2)],
    ['system-map', Buffer.from(map.join(''))],
    ['unknown', Buffer.from('hello\n')],
    ['refused', gzipSync(kdump)],
  ] as const)('%s', (kind, bytes) => {
    expect(sniff(openSource(file(bytes))).kind).toBe(kind);
  });
});

describe('what is not a dump is refused', () => {
  const magic = (...bytes: number[]) => Buffer.concat([Buffer.from(bytes), Buffer.alloc(5000)]);
  const text = (value: string) => Buffer.concat([Buffer.from(value, 'latin1'), Buffer.alloc(5000)]);
  it.each([
    ['gzip', gzipSync(kdump)],
    ['xz', magic(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)],
    ['zstd', magic(0x28, 0xb5, 0x2f, 0xfd)],
    ['bzip2', text('BZh91AY&SY')],
    ['LKCD', magic(0xed, 0x23, 0x8f, 0x61, 0x73, 0x01, 0x19, 0xa8)],
    ['s390 stand-alone dump', magic(0xa8, 0x19, 0x01, 0x73, 0x61, 0x8f, 0x23, 0xfd)],
    ['sadump', text('sadump\0\0')],
    ['VMware snapshot (vmsn)', magic(0xd2, 0xbe, 0xd2, 0xbe)],
    ['VMware suspend state (vmss)', magic(0xd0, 0xbe, 0xd0, 0xbe)],
    ['Xen core', magic(0xed, 0xeb, 0x0f, 0xf0)],
    ['QEMU savevm', text('QEVM')],
    ['libvirt save', text('LibvirtQemudSave')],
    ['LiME', text('EMiL')],
  ])('%s by name, with what to do', (name, bytes) => {
    const error = refusal(bytes);
    expect(error.message).toMatch(/: not a supported file format: /);
    expect(error.message.endsWith(name)).toBe(true);
    expect(error.hint).toBeTruthy();
  });

  it('an ELF executable, a System.map and plain text say what they are', () => {
    expect(refusal(elf(2)).hint).toMatch(/vmlinux/);
    expect(refusal(Buffer.from(map.join(''))).hint).toMatch(/System.map/);
    expect(refusal(Buffer.from('hello\x1b[31m\n')).hint).toBe(
      'it begins with 68 65 6c 6c 6f 1b 5b 33 31 6d 0a  |hello.[31m.|',
    );
    expect(refusal(Buffer.alloc(9000)).hint).toMatch(/zeros/);
  });

  it("paths that do not open are refused in crash's words", () => {
    const folder = scratch();
    expect(() => openDump([join(folder, 'none')])).toThrow(
      `${join(folder, 'none')}: No such file or directory`,
    );
    expect(() => openDump([folder])).toThrow(`${folder}: not a supported file format`);
    expect(refusal(Buffer.alloc(0)).message).toMatch(/: not a supported file format$/);
    expect(() => openDump(['/dev/null'])).toThrow('/dev/null: not a supported file format');
  });
});

describe('raw reads of the file', () => {
  it('readFile gives the bytes at an offset, short at the end', () => {
    const dump = openDump([file(kdump)]);
    expect(Buffer.from(dump.readFile(0, 8)).toString()).toBe('KDUMP   ');
    expect(dump.readFile(kdump.length - 3, 100)).toHaveLength(3);
    expect(dump.readFile(kdump.length + 3, 100)).toHaveLength(0);
    dump.close();
    dump.close();
  });
});
