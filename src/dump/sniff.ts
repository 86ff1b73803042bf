import { ET_CORE } from './elf-header.ts';
import { type ByteSource, readBytes } from './source.ts';

/** What a file is, by its first bytes. */
export type FileKind =
  | 'kdump'
  | 'diskdump'
  | 'flattened'
  | 'elf-core'
  /** An ELF executable or shared object: a kernel's vmlinux, or not a kernel at all. */
  | 'vmlinux'
  | 'system-map'
  | 'refused'
  | 'unknown';

/** The kind of a file, and its format's name. */
export interface Sniffed {
  readonly kind: FileKind;
  /** For `refused`: the format's name and what to do about it. */
  readonly name?: string;
  readonly hint?: string;
}

/** A format that tscrash knows but does not read: bytes at an offset, its name, and what to do. */
interface Refusal {
  readonly at: number;
  readonly bytes: readonly number[] | string;
  readonly name: string;
  readonly hint: string;
}

const UNPACK = (tool: string) => `unpack it first: ${tool}`;
const VMWARE = 'convert it with vmss2core, or take the dump inside the guest with kdump';
const MEMORY_ONLY =
  'it is a migration stream, not a dump: use `virsh dump --memory-only` or QEMU `dump-guest-memory`';
const XEN = 'use crash, or take the dump inside the guest with kdump';
const OLD = 'the format is no longer written; crash reads it';

/** Magic numbers from crash 8.0.6 (identify the format), libvirt, LiME and the packers' own specifications. */
const REFUSALS: readonly Refusal[] = [
  { at: 0, bytes: [0x1f, 0x8b], name: 'gzip', hint: UNPACK('gunzip') },
  { at: 0, bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], name: 'xz', hint: UNPACK('unxz') },
  { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd', hint: UNPACK('unzstd') },
  { at: 0, bytes: 'BZh', name: 'bzip2', hint: UNPACK('bunzip2') },
  { at: 0, bytes: [0x04, 0x22, 0x4d, 0x18], name: 'lz4', hint: UNPACK('unlz4') },
  { at: 0, bytes: 'PK\x03\x04', name: 'zip', hint: UNPACK('unzip') },
  { at: 257, bytes: 'ustar', name: 'tar', hint: UNPACK('tar -x') },
  { at: 0, bytes: [0xed, 0x23, 0x8f, 0x61, 0x73, 0x01, 0x19, 0xa8], name: 'LKCD', hint: OLD },
  { at: 0, bytes: [0xcd, 0x23, 0x8f, 0x61, 0x73, 0x01, 0x19, 0xa8], name: 'MCLX', hint: OLD },
  {
    at: 0,
    bytes: [0xa8, 0x19, 0x01, 0x73, 0x61, 0x8f, 0x23, 0xfd],
    name: 's390 stand-alone dump',
    hint: 'crash on s390x reads it',
  },
  {
    at: 0,
    bytes: [0x73, 0x61, 0x64, 0x75, 0x6d, 0x70, 0, 0],
    name: 'sadump',
    hint: 'convert it with makedumpfile, or use crash',
  },
  { at: 0, bytes: [0xd0, 0xbe, 0xd0, 0xbe], name: 'VMware suspend state (vmss)', hint: VMWARE },
  { at: 0, bytes: [0xd2, 0xbe, 0xd2, 0xbe], name: 'VMware snapshot (vmsn)', hint: VMWARE },
  { at: 0, bytes: [0xd3, 0xbe, 0xd3, 0xbe], name: 'VMware snapshot (vmsn)', hint: VMWARE },
  { at: 0, bytes: [0xd1, 0xba, 0xd1, 0xba], name: 'VMware snapshot (vmsn)', hint: VMWARE },
  { at: 0, bytes: [0xd2, 0xba, 0xd2, 0xba], name: 'VMware snapshot (vmsn)', hint: VMWARE },
  { at: 0, bytes: [0xed, 0xeb, 0x0f, 0xf0], name: 'Xen core', hint: XEN },
  { at: 0, bytes: [0xee, 0xeb, 0x0f, 0xf0], name: 'Xen core (HVM)', hint: XEN },
  { at: 0, bytes: [0xf0, 0x0f, 0xeb, 0xed], name: 'Xen core', hint: XEN },
  { at: 0, bytes: [0xf0, 0x0f, 0xeb, 0xee], name: 'Xen core (HVM)', hint: XEN },
  { at: 0, bytes: 'LinuxGuestRecord', name: 'Xen saved guest', hint: XEN },
  { at: 0, bytes: 'QEVM', name: 'QEMU savevm', hint: MEMORY_ONLY },
  { at: 0, bytes: 'LibvirtQemudSave', name: 'libvirt save', hint: MEMORY_ONLY },
  { at: 0, bytes: 'LibvirtQemudPart', name: 'unfinished libvirt save', hint: MEMORY_ONLY },
  { at: 0, bytes: 'Libv', name: 'libvirt save', hint: MEMORY_ONLY },
  {
    at: 0,
    bytes: 'EMiL',
    name: 'LiME',
    hint: 'take the dump with kdump; raw memory images are not read',
  },
  {
    at: 0,
    bytes: 'AVML',
    name: 'AVML',
    hint: 'take the dump with kdump; raw memory images are not read',
  },
  {
    at: 0,
    bytes: [0x53, 0xff, 0x00, 0xf0, 0x53, 0xff, 0x00, 0xf0],
    name: 'raw memory image (vmem?)',
    hint: VMWARE,
  },
  {
    at: 514,
    bytes: 'HdrS',
    name: 'kernel boot image (vmlinuz)',
    hint: 'leave it out: tscrash needs the dump alone',
  },
  { at: 0, bytes: 'PAGEDU64', name: 'Windows crash dump', hint: 'WinDbg reads it' },
  { at: 0, bytes: 'QFI\xfb', name: 'QEMU disk image (qcow2)', hint: 'it is a disk, not memory' },
];

const PROBE_BYTES = 4096;

/** What a source is, by its first bytes and never by its name. */
export function sniff(source: ByteSource): Sniffed {
  const head = readBytes(source, 0, PROBE_BYTES);
  if (matches(head, 0, 'KDUMP   ')) return { kind: 'kdump' };
  if (matches(head, 0, 'DISKDUMP')) return { kind: 'diskdump' };
  if (matches(head, 0, 'makedumpfile\0')) return { kind: 'flattened' };
  if (matches(head, 0, '\x7fELF')) return sniffElf(head);
  const refusal = REFUSALS.find(({ at, bytes }) => matches(head, at, bytes));
  if (refusal !== undefined) return { kind: 'refused', name: refusal.name, hint: refusal.hint };
  return { kind: isSystemMap(head) ? 'system-map' : 'unknown' };
}

function sniffElf(head: Uint8Array): Sniffed {
  const bigEndian = head[5] === 2;
  const type = bigEndian
    ? (head[16] ?? 0) * 256 + (head[17] ?? 0)
    : (head[16] ?? 0) + (head[17] ?? 0) * 256;
  return { kind: type === ET_CORE ? 'elf-core' : 'vmlinux' };
}

/** Lines of `address type name`, as nm and /proc/kallsyms write them; crash asks for as much. */
function isSystemMap(head: Uint8Array): boolean {
  const lines = Buffer.from(head).toString('latin1').split('\n').slice(0, -1);
  return (
    lines.length > 0 &&
    lines.every((line) => /^[0-9a-f]{8,16} [a-zA-Z?] \S+(\t\[\S+\])?$/.test(line))
  );
}

function matches(head: Uint8Array, at: number, bytes: readonly number[] | string): boolean {
  if (head.length < at + bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    const want = typeof bytes === 'string' ? bytes.charCodeAt(i) : bytes[i];
    if (head[at + i] !== want) return false;
  }
  return true;
}
