import { DumpError } from '../base/errors.ts';
import { type ByteSource, readBytes, u64, viewOf } from './source.ts';

/** A program header, as numbers: file offsets and physical addresses beyond 2^53 do not occur in a usable dump. */
export interface ElfSegment {
  readonly type: number;
  readonly offset: number;
  readonly virtual: bigint;
  readonly physical: number;
  readonly fileSize: number;
  readonly memorySize: number;
}

/** A parsed ELF header. */
export interface ElfHeader {
  readonly bits: 32 | 64;
  readonly type: number;
  /** e_machine by the kernel's name, or `e_machine N`. */
  readonly machine: string;
  readonly segments: readonly ElfSegment[];
  /** Number of program headers that the file claims. */
  readonly segmentCount: number;
}

export const ET_CORE = 4;
export const PT_LOAD = 1;
export const PT_NOTE = 4;
/** e_phnum when the real count is in sh_info of section 0 (gABI, "extended numbering"). */
const PN_XNUM = 0xffff;
/** makedumpfile -E writes one segment per hole, hundreds of thousands at most. */
const MAX_SEGMENTS = 1 << 20;

const MACHINES: Readonly<Record<number, string>> = {
  3: 'i386',
  8: 'mips',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv64',
  258: 'loongarch64',
};

/** Offsets of the fields of ELF32 and ELF64 (System V gABI, Elf32_Ehdr, Elf64_Ehdr and following). */
interface ElfLayout {
  readonly headerSize: number;
  readonly phoff: number;
  readonly shoff: number;
  readonly phentsize: number;
  readonly phdrSize: number;
  /** offset, vaddr, paddr, filesz, memsz of a program header. */
  readonly phdr: readonly [number, number, number, number, number];
  readonly shInfo: number;
}
const ELF64: ElfLayout = {
  headerSize: 64,
  phoff: 32,
  shoff: 40,
  phentsize: 54,
  phdrSize: 56,
  phdr: [8, 16, 24, 32, 40],
  shInfo: 44,
};
const ELF32: ElfLayout = {
  headerSize: 52,
  phoff: 28,
  shoff: 32,
  phentsize: 42,
  phdrSize: 32,
  phdr: [4, 8, 12, 16, 20],
  shInfo: 28,
};

/**
 * Reads the ELF header and program headers, of these no more than `most`; e_ehsize is not trusted (QEMU 7.2 writes 8).
 * @throws DumpError for big-endian files and for headers that are cut or make no sense.
 */
export function parseElfHeader(source: ByteSource, most = MAX_SEGMENTS): ElfHeader {
  const bytes = readBytes(source, 0, ELF64.headerSize);
  const bits = bytes[4] === 2 ? 64 : bytes[4] === 1 ? 32 : undefined;
  if (bits === undefined || (bytes[5] !== 1 && bytes[5] !== 2)) {
    throw damaged(source, bytes.length < 6 ? 'it is cut' : 'neither 32-bit nor 64-bit');
  }
  if (bytes[5] === 2) {
    throw new DumpError(
      `${source.path}: a big-endian ELF file, which tscrash does not read`,
      'crash built for the machine it came from reads it',
    );
  }
  const layout = bits === 64 ? ELF64 : ELF32;
  if (bytes.length < layout.headerSize) throw damaged(source, 'it is cut');
  const view = viewOf(bytes);
  const long = (from: DataView, at: number) =>
    bits === 64 ? u64(from, at) : from.getUint32(at, true);
  const type = view.getUint16(16, true);
  const count = countSegments(
    source,
    layout,
    view.getUint16(layout.phentsize + 2, true),
    long(view, layout.shoff),
  );
  const stride = view.getUint16(layout.phentsize, true);
  if (count > 0 && stride < layout.phdrSize) throw damaged(source, `e_phentsize is ${stride}`);
  const table = readBytes(source, long(view, layout.phoff), Math.min(count, most) * stride);
  const rows = viewOf(table);
  const segments: ElfSegment[] = [];
  for (let at = 0; at + layout.phdrSize <= table.length; at += stride) {
    const [offset, virtual, physical, fileSize, memorySize] = layout.phdr;
    segments.push({
      type: rows.getUint32(at, true),
      offset: long(rows, at + offset),
      virtual:
        bits === 64
          ? rows.getBigUint64(at + virtual, true)
          : BigInt(rows.getUint32(at + virtual, true)),
      physical: long(rows, at + physical),
      fileSize: long(rows, at + fileSize),
      memorySize: long(rows, at + memorySize),
    });
  }
  const machine = view.getUint16(18, true);
  return {
    bits,
    type,
    machine: MACHINES[machine] ?? `e_machine ${machine}`,
    segments,
    segmentCount: count,
  };
}

function countSegments(
  source: ByteSource,
  layout: ElfLayout,
  count: number,
  shoff: number,
): number {
  if (count !== PN_XNUM || shoff === 0) return count;
  const section = readBytes(source, shoff, layout.shInfo + 4);
  if (section.length < layout.shInfo + 4) return count;
  return viewOf(section).getUint32(layout.shInfo, true) || count;
}

const damaged = (source: ByteSource, why: string) =>
  new DumpError(
    `${source.path}: damaged ELF header: ${why}`,
    'copy the dump again, and compare the sizes',
  );
