import { DumpError } from '../base/errors.ts';
import { type ByteSource, cString, readBytes, u64, viewOf } from './source.ts';

/**
 * disk_dump_header and kdump_sub_header of makedumpfile (diskdump_mod.h, 1.7.x), which QEMU's
 * dump-guest-memory writes too. Offsets of blocks count from the start of the file in `blockSize` units.
 */
export interface KdumpHeader {
  readonly signature: 'KDUMP' | 'DISKDUMP';
  readonly version: number;
  readonly utsname: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly status: number;
  readonly blockSize: number;
  readonly subHeaderBlocks: number;
  readonly bitmapBlocks: number;
  /** Number of blocks in the bitmaps: max_mapnr_64 since version 6 (makedumpfile 1.5.7), else 32 bits. */
  readonly maxMapnr: number;
  readonly totalRamBlocks: number;
  readonly deviceBlocks: number;
  readonly writtenBlocks: number;
  readonly currentCpu: number;
  readonly nrCpus: number;
  readonly wordSize: 4 | 8;
  readonly physBase: bigint | undefined;
  readonly dumpLevel: number | undefined;
  /** The blocks that this part of a split set describes; undefined when the file is not split. */
  readonly split: { readonly start: number; readonly end: number } | undefined;
  readonly vmcoreinfo: Extent | undefined;
  readonly notes: Extent | undefined;
  readonly eraseinfo: Extent | undefined;
}

/** Bytes of the file. */
export interface Extent {
  readonly offset: number;
  readonly size: number;
}

/** Status bits besides the codecs: makedumpfile ran out of space, or left out unused vmemmap. */
export const STATUS_INCOMPLETE = 0x8;
export const STATUS_EXCLUDED_VMEMMAP = 0x10;

const UTSNAME = ['sysname', 'nodename', 'release', 'version', 'machine', 'domainname'] as const;
const UTSNAME_FIELD = 65;
const HEADER_SIZE = 464;
const SUB_HEADER_SIZE = 104;
const MAX_BLOCK_SIZE = 1 << 20;
/** The newest version of disk_dump_header that is read. */
export const NEWEST_VERSION = 6;

/** Offset of `status`: struct timeval before it is two longs, aligned. */
const STATUS_OFFSET = { 8: 424, 4: 412 } as const;

/**
 * Reads both headers.
 * @throws DumpError when the file ends inside them or they cannot be those of a dump.
 */
export function parseKdumpHeader(source: ByteSource): KdumpHeader {
  const bytes = readBytes(source, 0, HEADER_SIZE);
  if (bytes.length < HEADER_SIZE) throw cut(source, 'header');
  const view = viewOf(bytes);
  const wordSize = wordSizeOf(bytes, view);
  if (wordSize === undefined) throw implausible(source, view);

  const at = STATUS_OFFSET[wordSize];
  const field = (index: number) => view.getUint32(at + index * 4, true);
  const blockSize = field(1);
  const version = view.getInt32(8, true);
  const subBytes = readBytes(source, blockSize, SUB_HEADER_SIZE);
  if (subBytes.length < SUB_HEADER_SIZE) throw cut(source, 'sub-header');
  const utsname = parseUtsname(bytes);
  const signature = cString(bytes, 0, 8) === 'DISKDUMP' ? 'DISKDUMP' : 'KDUMP';
  const mapnr = field(4);
  const sub =
    signature === 'KDUMP'
      ? parseSubHeader(viewOf(subBytes), version, mapnr, wordSize, utsname)
      : NO_SUB;
  return {
    signature,
    version,
    utsname,
    timestamp: wordSize === 8 ? u64(view, 408) : view.getUint32(404, true),
    status: field(0),
    blockSize,
    subHeaderBlocks: field(2),
    bitmapBlocks: field(3),
    totalRamBlocks: field(5),
    deviceBlocks: field(6),
    writtenBlocks: field(7),
    currentCpu: field(8),
    nrCpus: field(9),
    wordSize,
    ...sub,
    maxMapnr: sub.maxMapnr ?? mapnr,
  };
}

function parseUtsname(bytes: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    UTSNAME.map((name, i) => [name, cString(bytes, 12 + i * UTSNAME_FIELD, UTSNAME_FIELD)]),
  );
}

/** The writer's word size: the one whose block size, sub-header and bitmap counts fit each other. */
function wordSizeOf(bytes: Uint8Array, view: DataView): 4 | 8 | undefined {
  const fits = ([8, 4] as const).filter((size) => plausible(view, STATUS_OFFSET[size]));
  if (fits.length < 2) return fits[0];
  const machine = cString(bytes, 12 + 4 * UTSNAME_FIELD, UTSNAME_FIELD);
  return /^i\d86$|^arm/.test(machine) ? 4 : 8;
}

function plausible(view: DataView, at: number): boolean {
  const blockSize = view.getUint32(at + 4, true);
  const subHeaderBlocks = view.getUint32(at + 8, true);
  const bitmapBlocks = view.getUint32(at + 12, true);
  return (
    blockSize >= 512 &&
    blockSize <= MAX_BLOCK_SIZE &&
    (blockSize & (blockSize - 1)) === 0 &&
    subHeaderBlocks >= 1 &&
    subHeaderBlocks <= 0x10000 &&
    bitmapBlocks >= 1
  );
}

type SubHeader = Pick<
  KdumpHeader,
  'physBase' | 'dumpLevel' | 'split' | 'vmcoreinfo' | 'notes' | 'eraseinfo'
> & { readonly maxMapnr: number | undefined };

const NO_SUB: SubHeader = {
  physBase: undefined,
  dumpLevel: undefined,
  split: undefined,
  vmcoreinfo: undefined,
  notes: undefined,
  eraseinfo: undefined,
  maxMapnr: undefined,
};

/** Byte offsets of kdump_sub_header: on 64 bits; on 32 bits where off_t is aligned to 4 (x86), and to 8. */
interface SubLayout {
  readonly dumpLevel: number;
  readonly split: number;
  readonly startPfn: number;
  readonly endPfn: number;
  /** {off_t offset; unsigned long size} of vmcoreinfo (v3), notes (v4) and eraseinfo (v5). */
  readonly extents: readonly [number, number, number];
  /** start_pfn_64, end_pfn_64, max_mapnr_64 (v6) follow each other from here. */
  readonly wide: number;
}
const SUB_64: SubLayout = {
  dumpLevel: 8,
  split: 12,
  startPfn: 16,
  endPfn: 24,
  extents: [32, 48, 64],
  wide: 80,
};
const SUB_32_X86: SubLayout = {
  dumpLevel: 4,
  split: 8,
  startPfn: 12,
  endPfn: 16,
  extents: [20, 32, 44],
  wide: 56,
};
const SUB_32_ALIGNED: SubLayout = {
  dumpLevel: 4,
  split: 8,
  startPfn: 12,
  endPfn: 16,
  extents: [24, 40, 56],
  wide: 72,
};

function parseSubHeader(
  view: DataView,
  version: number,
  mapnr: number,
  wordSize: 4 | 8,
  utsname: Readonly<Record<string, string>>,
): SubHeader {
  const layout = subLayout(view, version, mapnr, wordSize, utsname.machine ?? '');
  const long = (at: number) => (wordSize === 8 ? u64(view, at) : view.getUint32(at, true));
  const extent = (index: 0 | 1 | 2): Extent | undefined => {
    const at = layout.extents[index];
    const offset = u64(view, at);
    const size = long(at + 8);
    return offset > 0 && size > 0 ? { offset, size } : undefined;
  };
  const isSplit = version >= 2 && view.getInt32(layout.split, true) !== 0;
  const wide = version >= 6;
  return {
    physBase: wordSize === 8 ? view.getBigUint64(0, true) : BigInt(view.getUint32(0, true)),
    dumpLevel: version >= 1 ? view.getInt32(layout.dumpLevel, true) : undefined,
    split: isSplit
      ? {
          start: wide ? u64(view, layout.wide) : long(layout.startPfn),
          end: wide ? u64(view, layout.wide + 8) : long(layout.endPfn),
        }
      : undefined,
    vmcoreinfo: version >= 3 ? extent(0) : undefined,
    notes: version >= 4 ? extent(1) : undefined,
    eraseinfo: version >= 5 ? extent(2) : undefined,
    maxMapnr: wide ? u64(view, layout.wide + 16) : undefined,
  };
}

/** Version 6 repeats max_mapnr in 64 bits, which tells the two 32-bit layouts apart; else the machine does. */
function subLayout(
  view: DataView,
  version: number,
  mapnr: number,
  wordSize: 4 | 8,
  machine: string,
): SubLayout {
  if (wordSize === 8) return SUB_64;
  const candidates = /^i\d86$/.test(machine)
    ? [SUB_32_X86, SUB_32_ALIGNED]
    : [SUB_32_ALIGNED, SUB_32_X86];
  const agreeing =
    version >= 6 && candidates.find(({ wide }) => view.getUint32(wide + 16, true) === mapnr);
  return agreeing || candidates[0]!;
}

function cut(source: ByteSource, where: string): DumpError {
  return new DumpError(
    `${source.path}: the file ends inside its ${where}, after ${source.size} bytes`,
    'it was cut short: copy the dump again, and compare the sizes',
  );
}

function implausible(source: ByteSource, view: DataView): DumpError {
  const at = STATUS_OFFSET[8];
  // A version that makes sense as big-endian: the dump comes from ppc64 or s390x.
  const version = view.getInt32(8, false);
  if (version >= 1 && version <= NEWEST_VERSION) {
    return new DumpError(
      `${source.path}: a big-endian kdump, which tscrash does not read`,
      'crash built for the machine it came from reads it',
    );
  }
  return new DumpError(
    `${source.path}: damaged kdump header: block size ${view.getUint32(at + 4, true)}, ` +
      `sub-header blocks ${view.getUint32(at + 8, true)}, bitmap blocks ${view.getUint32(at + 12, true)}`,
    'it says KDUMP but its header makes no sense: copy the dump again',
  );
}
