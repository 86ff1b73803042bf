import { constants, gunzipSync } from 'node:zlib';
import { DumpError } from '../base/errors.ts';
import { type ByteSource, readBytes } from './source.ts';

/** A format that tscrash knows but does not read: its name, and what to do. */
export interface Refusal {
  readonly name: string;
  readonly hint: string;
}

/** The error for a file that is known to be no dump. */
export const notSupported = ({ path }: ByteSource, { name, hint }: Refusal): DumpError =>
  new DumpError(`${path}: not a supported file format: ${name}`, hint);

/** One that is known by bytes at an offset. */
interface Magic extends Refusal {
  readonly at: number;
  readonly bytes: readonly number[] | string;
}

/** One that is known by the pattern of its first bytes, as latin-1. */
interface Look extends Refusal {
  readonly look: RegExp;
}

/** Bytes of a packed file that are unpacked to see what is in it. */
const PACKED_BYTES = 8 << 20;

const UNPACK = (tool: string) => `unpack it first: ${tool}`;
const VMWARE = 'convert it with vmss2core, or take the dump inside the guest with kdump';
const MEMORY_ONLY =
  'it is a migration stream, not a dump: use `virsh dump --memory-only` or QEMU `dump-guest-memory`';
const RAW =
  'take the dump with kdump or `virsh dump --memory-only`; raw memory images are not read';
const DISK = 'it is a disk, not memory: mount it, and give the vmcore on it (/var/crash)';
const BOOT = 'leave it out: tscrash needs the dump alone';
const DOWNLOAD = 'get the dump itself';
const LOST_HEAD = 'a dump that begins with zeros was not written to its end, or not copied whole';
const XEN = 'use crash, or take the dump inside the guest with kdump';
const OLD = 'the format is no longer written; crash reads it';

/** Magic numbers from crash 8.0.6 (identify the format), libvirt, LiME and the packers' own specifications. */
const MAGICS: readonly Magic[] = [
  { at: 0, bytes: [0x1f, 0x8b], name: 'gzip', hint: UNPACK('gunzip') },
  {
    at: 0,
    bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0],
    name: 'xz',
    hint: `${UNPACK('unxz')}; a sosreport holds logs, and no memory`,
  },
  { at: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd', hint: UNPACK('unzstd') },
  { at: 0, bytes: 'BZh', name: 'bzip2', hint: UNPACK('bunzip2') },
  { at: 0, bytes: [0x04, 0x22, 0x4d, 0x18], name: 'lz4', hint: UNPACK('unlz4') },
  { at: 0, bytes: 'PK\x03\x04', name: 'zip', hint: UNPACK('unzip') },
  { at: 0, bytes: "7z\xbc\xaf'\x1c", name: '7z', hint: UNPACK('7z x') },
  {
    at: 0,
    bytes: [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a],
    name: 'lzop',
    hint: UNPACK('lzop -d'),
  },
  { at: 0, bytes: [0x5d, 0, 0, 0x80, 0], name: 'lzma', hint: UNPACK('unlzma') },
  { at: 0, bytes: [0x02, 0x21, 0x4c, 0x18], name: 'lz4', hint: UNPACK('unlz4') },
  { at: 257, bytes: 'ustar', name: 'tar', hint: `${UNPACK('tar -x')}, and give the vmcore in it` },
  { at: 0, bytes: [0xed, 0xab, 0xee, 0xdb], name: 'RPM package', hint: UNPACK('rpm2cpio') },
  {
    at: 0,
    bytes: '!<arch>\n',
    name: 'Debian package or archive',
    hint: UNPACK('dpkg -x, or ar x'),
  },
  { at: 0, bytes: '070701', name: 'cpio archive (an initramfs?)', hint: BOOT },
  { at: 0, bytes: '070702', name: 'cpio archive (an initramfs?)', hint: BOOT },
  { at: 0, bytes: '070707', name: 'cpio archive (an initramfs?)', hint: BOOT },
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
    hint: RAW,
  },
  {
    at: 0,
    bytes: 'AVML',
    name: 'AVML',
    hint: RAW,
  },
  {
    at: 0,
    bytes: [0x53, 0xff, 0x00, 0xf0, 0x53, 0xff, 0x00, 0xf0],
    name: 'raw memory image (vmem?)',
    hint: VMWARE,
  },
  { at: 514, bytes: 'HdrS', name: 'kernel boot image (vmlinuz)', hint: BOOT },
  { at: 56, bytes: 'ARM\x64', name: 'kernel boot image (arm64 Image)', hint: BOOT },
  { at: 4, bytes: 'zimg', name: 'kernel boot image (EFI zboot)', hint: BOOT },
  { at: 0, bytes: 'PAGEDU64', name: 'Windows crash dump', hint: 'WinDbg reads it' },
  { at: 0, bytes: 'QFI\xfb', name: 'QEMU disk image (qcow2)', hint: DISK },
  { at: 0, bytes: 'KDMV', name: 'VMware disk image (vmdk)', hint: DISK },
  { at: 0, bytes: '# Disk DescriptorFile', name: 'VMware disk image (vmdk)', hint: DISK },
  { at: 64, bytes: [0x7f, 0x10, 0xda, 0xbe], name: 'VirtualBox disk image (vdi)', hint: DISK },
  { at: 0, bytes: 'vhdxfile', name: 'Hyper-V disk image (vhdx)', hint: DISK },
  { at: 0, bytes: 'conectix', name: 'Hyper-V disk image (vhd)', hint: DISK },
  { at: 32769, bytes: 'CD001', name: 'ISO 9660 image', hint: DISK },
  { at: 0, bytes: 'hsqs', name: 'squashfs image', hint: DISK },
  { at: 0, bytes: 'XFSB', name: 'XFS file system', hint: DISK },
  { at: 512, bytes: 'EFI PART', name: 'disk image (GPT)', hint: DISK },
  { at: 4086, bytes: 'SWAPSPACE2', name: 'swap area', hint: DISK },
];

/** What is text says in its first lines what it is of. */
const LOOKS: readonly Look[] = [
  {
    look: /^[0-9a-f]{8,16} \w The real System\.map is in the \S+ package\n/,
    name: "Debian's stub of a System.map",
    hint: 'leave it out, or give that of the package linux-image-RELEASE-dbg (/usr/lib/debug/boot)',
  },
  {
    look: /^(Panic|Oops|Emergency|Shutdown)#\d+ Part\d+\n/,
    name: 'a kernel log that pstore kept',
    hint: 'read it as it is: pstore keeps the log alone, no memory',
  },
  {
    look: /^(\S.*\n){0,3}?(<\d{1,3}>)?\[ {0,4}\d{1,10}\.\d{6}\](\[ *[TC]\d+\])? /,
    name: 'the text of a kernel log (vmcore-dmesg.txt?)',
    hint: 'read it as it is; the dump is the vmcore beside it',
  },
  {
    look: /^(\w{3} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+ kernel: /,
    name: 'the text of a system log',
    hint: 'read it as it is; the dump is a vmcore (/var/crash)',
  },
  {
    look: /^version https:\/\/git-lfs\.github\.com\//,
    name: 'a pointer of Git LFS',
    hint: `${DOWNLOAD}: git lfs pull`,
  },
  {
    look: /^\s*<(!doctype html|html)/i,
    name: 'a web page',
    hint: `${DOWNLOAD}: the download failed`,
  },
  {
    look: /^MemTotal:/,
    name: 'the text of /proc/meminfo',
    hint: 'read it as it is; the dump is a vmcore (/var/crash)',
  },
];

/** What a file is that is no dump; undefined for what is not known either. `head`: its first bytes. */
export function refusalOf(source: ByteSource, head: Uint8Array): Refusal | undefined {
  const magic = MAGICS.find(({ at, bytes }) =>
    at + bytes.length <= head.length
      ? matches(head, at, bytes)
      : matches(readBytes(source, at, bytes.length), 0, bytes),
  );
  if (magic?.name === 'gzip') return { name: magic.name, hint: magic.hint + packed(head) };
  if (magic) return magic;
  const text = Buffer.from(head).toString('latin1');
  return LOOKS.find(({ look }) => look.test(text)) ?? rawMemory(source, head);
}

/** Bytes that are asked for at an offset. */
export function matches(head: Uint8Array, at: number, bytes: readonly number[] | string): boolean {
  if (head.length < at + bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) {
    const want = typeof bytes === 'string' ? bytes.charCodeAt(i) : bytes[i];
    if (head[at + i] !== want) return false;
  }
  return true;
}

/** What is inside, where the beginning of it says so. */
function packed(head: Uint8Array): string {
  let inner: Uint8Array;
  try {
    // The end of the stream is missing: what can be unpacked of it is enough.
    inner = gunzipSync(head, {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: PACKED_BYTES,
    });
  } catch {
    // What is damaged is no dump either, and its own tool says more.
    return '';
  }
  if (
    ['KDUMP   ', 'DISKDUMP', 'makedumpfile\0', '\x7fELF'].some((magic) => matches(inner, 0, magic))
  )
    return ', and give what comes out of it';
  const what = MAGICS.find(({ at, bytes }) => matches(inner, at, bytes));
  return what === undefined ? '' : `; in it is: ${what.name}`;
}

/** From this size on a file of whole pages may be a copy of memory. */
const LEAST_MEMORY = 1 << 20;
const PAGE = 4096;
/** Pages that are looked at, to tell a copy of memory from a file that nobody wrote to. */
const PROBES = 64;

/** Whole pages, and not only zeros: the memory of a machine as it is, or a disk. */
function rawMemory(source: ByteSource, head: Uint8Array): Refusal | undefined {
  const { size } = source;
  if (size < LEAST_MEMORY || size % PAGE !== 0) return undefined;
  const isBlank = head.every((byte) => byte === 0);
  const isDisk = head[510] === 0x55 && head[511] === 0xaa;
  if (isDisk) return { name: 'disk image', hint: DISK };
  const pages = size / PAGE;
  for (let probe = 0; probe < PROBES; probe++) {
    const at = Math.floor((pages * probe) / PROBES) * PAGE;
    if (readBytes(source, at, PAGE).some((byte) => byte !== 0))
      return { name: 'perhaps a raw memory image', hint: isBlank ? `${RAW}; ${LOST_HEAD}` : RAW };
  }
  return undefined;
}
