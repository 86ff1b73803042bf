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

  it.each([
    ['the text of a kernel log', '[    0.000000] Linux version 6.1.0 (x@y) #1 SMP\n'],
    ['the text of a kernel log', '<6>[12345.678901][  T12] eth0: link is down\n'],
    ['the text of a system log', 'Nov  8 03:49:26 host kernel: eth0: link is down\n'],
    ['a kernel log that pstore kept', 'Panic#2 Part1\n<4>[ 1.000000] x\n'],
    [
      "Debian's stub of a System.map",
      'ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n',
    ],
    ['a web page', '<!DOCTYPE html>\n<title>404</title>\n'],
    ['cpio archive', `070701${'0'.repeat(104)}`],
    ['tar', `sosreport-host/${'\0'.repeat(242)}ustar\0`],
    ['RPM package', '\xed\xab\xee\xdb\x03\0'],
    ['swap area', `${'\0'.repeat(4086)}SWAPSPACE2`],
    ['ISO 9660 image', `${'\0'.repeat(32769)}CD001\x01`],
  ])('%s by its first bytes', (name, start) => {
    const { message, hint } = refusal(Buffer.from(start, 'latin1'));
    expect(message).toContain(`: not a supported file format: ${name}`);
    expect(hint).toBeTruthy();
  });

  it('text that is only like that of a log is not named', () => {
    for (const line of ['[ 1.5] x\n', 'see [    0.000000] above\n', '[    0.0000001] x\n'])
      expect(refusal(Buffer.from(line)).message).toMatch(/format$/);
  });

  it('what is in a gzip file is named with it, where the beginning says so', () => {
    const inside = (bytes: Uint8Array) => refusal(gzipSync(bytes)).hint;
    expect(inside(kdump)).toMatch(/gunzip, and give what comes out/);
    expect(inside(Buffer.from(`070701${'0'.repeat(104)}`))).toMatch(/cpio archive/);
    expect(inside(Buffer.from('hello'))).toBe('unpack it first: gunzip');
    expect(refusal(gzipSync(kdump).subarray(0, 14)).hint).toBe('unpack it first: gunzip');
  });

  it("an object file is a module's, a program with an interpreter no kernel", () => {
    expect(refusal(elf(1)).message).toMatch(/an object file: a kernel module/);
    const program = buildElf({ type: 3, segments: [{ bytes: block(0) }, { type: 3 }] });
    expect(refusal(program).message).toMatch(/an ELF program$/);
  });
});

describe('the core of a process is told from the dump of a kernel', () => {
  const note = (name: string, type: number, desc: Uint8Array) => {
    const head = Buffer.alloc(12 + Math.ceil((name.length + 1) / 4) * 4);
    head.writeUInt32LE(name.length + 1, 0);
    head.writeUInt32LE(desc.length, 4);
    head.writeUInt32LE(type, 8);
    head.write(name, 12);
    return Buffer.concat([head, desc, Buffer.alloc(-desc.length & 3)]);
  };
  const info = (size: number, at: number, command: string) => {
    const bytes = Buffer.alloc(size);
    bytes.write(command, at, 'latin1');
    return note('CORE', 3, bytes);
  };
  const core = (...notes: readonly Uint8Array[]) =>
    buildElf({ segments: [{ type: 4, bytes: Buffer.concat(notes) }, { bytes: block(0) }] });

  it.each([
    [136, 40],
    [124, 28],
    [128, 32],
  ])('by elf_prpsinfo of %i bytes, with its command', (size, at) => {
    expect(refusal(core(info(size, at, 'sleep'))).message).toMatch(/the core of a process: sleep$/);
  });
  it('whose name is shown without what a terminal would obey', () => {
    expect(refusal(core(info(136, 40, 'a\x1b[31m\x9bb'))).message).toMatch(/process: a\?\[31m\?b$/);
  });
  it.each([
    ['the same number of another name: Xen', [note('Xen', 3, Buffer.alloc(136))]],
    ['that of /proc/kcore', [info(136, 40, 'swapper'), note('VMCOREINFO', 0, Buffer.from('X=1'))]],
    ['that of netdump', [info(136, 40, 'swapper'), note('CORE', 4, Buffer.alloc(64))]],
  ])('not by %s', (_, notes) => {
    const dump = openDump([file(core(...notes))]);
    expect(dump.facts.format).toBe('ELF');
    dump.close();
  });
});

describe('a file of whole pages', () => {
  const pages = (count: number, ...written: readonly number[]) => {
    const bytes = Buffer.alloc(count * 4096);
    for (const page of written) bytes.fill(0xa5, page * 4096, page * 4096 + 64);
    return bytes;
  };
  it('may be raw memory', () => {
    expect(refusal(pages(256, 0)).message).toMatch(/perhaps a raw memory image$/);
  });
  it('that begins with zeros may also be the rest of a dump', () => {
    const { message, hint } = refusal(pages(256, 128));
    expect(message).toMatch(/perhaps a raw memory image$/);
    expect(hint).toMatch(/begins with zeros/);
  });
  it('is none when it is small, cut, or has nothing but zeros', () => {
    for (const bytes of [pages(255, 0), pages(257, 0).subarray(1), pages(256)])
      expect(refusal(bytes).message).toMatch(/format$/);
  });
  it('is a disk by its boot sector', () => {
    const bytes = pages(256, 0);
    bytes.set([0x55, 0xaa], 510);
    expect(refusal(bytes).message).toMatch(/disk image$/);
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
