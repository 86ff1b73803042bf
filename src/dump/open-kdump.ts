import { DumpError } from '../base/errors.ts';
import type { OpenedContainer } from './container.ts';
import { codecOf } from './decompress.ts';
import { KdumpMemory, KdumpPart } from './kdump.ts';
import {
  type Extent,
  type KdumpHeader,
  NEWEST_VERSION,
  parseKdumpHeader,
  STATUS_EXCLUDED_VMEMMAP,
  STATUS_INCOMPLETE,
} from './kdump-header.ts';
import { MAX_NOTES_BYTES, MAX_VMCOREINFO_BYTES, parseNotes, textOf } from './notes.ts';
import { type ByteSource, readBytes } from './source.ts';

/** Opens a kdump-compressed file, or the parts of a split one. @throws DumpError */
export function openKdump(
  files: readonly ByteSource[],
  flattened: boolean,
  found: readonly string[] = [],
): OpenedContainer {
  const warnings = [...found];
  const parts = files.map((file) => new KdumpPart(file, parseKdumpHeader(file)));
  const first = parts[0]!;
  const cut = parts.map((part) => checkPart(part, warnings)).includes(true);
  parts.sort((a, b) => a.start - b.start || a.end - b.end);
  const missing = checkSet(parts, warnings);
  const { header } = first;
  const notes = parseNotes(
    readExtent(first, header.notes, MAX_NOTES_BYTES, 'notes', warnings),
    machineOf(header),
  );
  const vmcoreinfo = readExtent(
    first,
    header.vmcoreinfo,
    MAX_VMCOREINFO_BYTES,
    'VMCOREINFO',
    warnings,
  );
  if ((header.status & STATUS_INCOMPLETE) !== 0) {
    warnings.push('the dump says that it is incomplete: makedumpfile ran out of space');
  }
  return {
    facts: {
      format: formatOf(parts, flattened, missing),
      container: 'kdump',
      flattened,
      dumpLevel: header.dumpLevel,
      incomplete:
        missing || cut || parts.some(({ header }) => (header.status & STATUS_INCOMPLETE) !== 0),
      utsname: header.utsname,
      machine: machineOf(header),
      vmcoreinfo: vmcoreinfo.length > 0 ? textOf(vmcoreinfo) : notes.vmcoreinfo,
      cpus: notes.cpus,
      physBase: header.physBase,
      mappings: [],
      warnings,
      header: headerRows(header),
    },
    memory: new KdumpMemory(parts),
  };
}

function machineOf({ utsname }: KdumpHeader): string | undefined {
  const machine = utsname.machine ?? '';
  if (/^i\d86$/.test(machine)) return 'i386';
  return machine === '' ? undefined : machine;
}

/**
 * Whether the part was cut short; adds a warning.
 * @throws DumpError when it was cut before its first descriptor, so that no page can be read.
 */
function checkPart(part: KdumpPart, warnings: string[]): boolean {
  const { source, header } = part;
  if (part.descOffset > source.size) {
    throw new DumpError(
      `${source.path}: the file ends inside its bitmaps, after ${source.size} of at least ${part.descOffset} bytes`,
      'it was cut short: copy the dump again, and compare the sizes',
    );
  }
  if (header.version > NEWEST_VERSION) {
    warnings.push(`${source.path}: header version ${header.version} is newer than tscrash knows`);
  }
  if (part.dumped.length < header.maxMapnr) {
    warnings.push(
      `${source.path}: the header speaks of ${header.maxMapnr} pages, the bitmaps of ${part.dumped.length}`,
    );
  }
  const cut = part.isCut();
  if (cut) warnings.push(`${source.path}: the file is cut short, after ${source.size} bytes`);
  return cut;
}

/** Whether parts are missing; adds a warning for them. @throws DumpError when the files do not belong together. */
function checkSet(parts: readonly KdumpPart[], warnings: string[]): boolean {
  const first = parts[0]!;
  const stranger = parts.length > 1 && parts.find((part) => !belongTogether(part, first));
  if (stranger) {
    throw new DumpError(
      `${stranger.source.path}: not a supported file format`,
      'several dumps were given, and they are not the parts of one split dump',
    );
  }
  let missing = false;
  let covered = 0;
  for (const part of [...parts, undefined]) {
    const start = part?.start ?? first.dumped.length;
    if (start > covered) {
      missing = true;
      const frames = `${covered.toString(16)}-${(start - 1).toString(16)}`;
      warnings.push(`a part of the split dump is missing: page frames ${frames}`);
    }
    covered = Math.max(covered, part?.end ?? 0);
  }
  return missing;
}

/** Parts of one set repeat its headers and bitmaps. */
function belongTogether(part: KdumpPart, other: KdumpPart): boolean {
  return (
    part.header.split !== undefined &&
    other.header.split !== undefined &&
    part.header.blockSize === other.header.blockSize &&
    part.header.timestamp === other.header.timestamp &&
    part.dumped.length === other.dumped.length &&
    part.descOffset === other.descOffset
  );
}

function formatOf(parts: readonly KdumpPart[], flattened: boolean, missing: boolean): string {
  const { header } = parts[0]!;
  const name = header.signature === 'DISKDUMP' ? 'diskdump' : 'kdump';
  const codec = codecOf(header.status)?.name ?? 'raw';
  const plain = `${flattened ? 'flattened ' : ''}${name} v${header.version}`;
  if (header.split === undefined) return `${plain} (${codec})`;
  return `split ${plain} (${codec}), ${parts.length} part${parts.length === 1 ? '' : 's'}${missing ? ' of more' : ''}`;
}

function readExtent(
  part: KdumpPart,
  extent: Extent | undefined,
  limit: number,
  what: string,
  warnings: string[],
): Uint8Array {
  if (extent === undefined) return new Uint8Array(0);
  if (extent.size > limit) {
    warnings.push(`${part.source.path}: ${what} of ${extent.size} bytes cannot be right, ignored`);
    return new Uint8Array(0);
  }
  const bytes = readBytes(part.source, extent.offset, extent.size);
  if (bytes.length < extent.size)
    warnings.push(`${part.source.path}: the file ends inside its ${what}`);
  return bytes;
}

function headerRows(header: KdumpHeader): (readonly [string, string])[] {
  const { utsname, split } = header;
  const rows: (readonly [string, string])[] = [
    ['signature', header.signature],
    ['header_version', String(header.version)],
    ...Object.entries(utsname).map(([name, value]) => [`utsname.${name}`, value] as const),
    ['timestamp', String(header.timestamp)],
    ['status', `${header.status.toString(16)} (${statusText(header.status)})`],
    ['block_size', String(header.blockSize)],
    ['sub_hdr_size', String(header.subHeaderBlocks)],
    ['bitmap_blocks', String(header.bitmapBlocks)],
    ['max_mapnr', String(header.maxMapnr)],
    ['total_ram_blocks', String(header.totalRamBlocks)],
    ['device_blocks', String(header.deviceBlocks)],
    ['written_blocks', String(header.writtenBlocks)],
    ['current_cpu', String(header.currentCpu)],
    ['nr_cpus', String(header.nrCpus)],
  ];
  if (header.physBase !== undefined) rows.push(['phys_base', header.physBase.toString(16)]);
  if (header.dumpLevel !== undefined) rows.push(['dump_level', String(header.dumpLevel)]);
  if (split !== undefined)
    rows.push(['start_pfn', String(split.start)], ['end_pfn', String(split.end)]);
  for (const name of ['vmcoreinfo', 'notes', 'eraseinfo'] as const) {
    const extent = header[name];
    if (extent !== undefined)
      rows.push([`offset_${name}`, String(extent.offset)], [`size_${name}`, String(extent.size)]);
  }
  return rows;
}

function statusText(status: number): string {
  const names = [codecOf(status)?.name ?? 'raw'];
  if ((status & STATUS_INCOMPLETE) !== 0) names.push('incomplete');
  if ((status & STATUS_EXCLUDED_VMEMMAP) !== 0) names.push('unused vmemmap excluded');
  return names.join(', ');
}
