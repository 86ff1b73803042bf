import { deflateSync } from 'node:zlib';
import { ByteWriter } from './byte-writer.ts';

/** A section of an ELF file that is made up. */
export interface SectionSpec {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** SHT_*; SHT_PROGBITS by default. */
  readonly type?: number;
  readonly flags?: number;
  readonly address?: bigint;
  readonly link?: number;
  readonly info?: number;
  readonly entrySize?: number;
  /** For SHT_NOBITS. */
  readonly size?: number;
}

/** How the file is written. */
export interface ElfForm {
  readonly is64?: boolean;
  readonly little?: boolean;
  /** ET_EXEC by default. */
  readonly type?: number;
  readonly machine?: number;
  /** Of sections whose names begin with `.debug_`. */
  readonly compress?: 'zlib' | 'zstd' | 'zdebug';
  readonly buildId?: string;
}

const SHT_PROGBITS = 1;
const SHT_NOTE = 7;
const SHF_COMPRESSED = 0x800;

/** An ELF file of these sections; a null section is put before them, and names and notes behind. */
export function writeElf(sections: readonly SectionSpec[], form: ElfForm = {}): Uint8Array {
  const { is64 = true, little = true, type = 2, machine = 62, buildId } = form;
  const word = is64 ? 8 : 4;
  const all: SectionSpec[] = [{ name: '', type: 0 }, ...sections.map((each) => packed(each, form))];
  if (buildId !== undefined) {
    const id = Buffer.from(buildId, 'hex');
    const note = new ByteWriter(little).u32(4).u32(id.length).u32(3).text('GNU').raw(id).align(4);
    all.push({ name: '.note.gnu.build-id', type: SHT_NOTE, bytes: note.bytes });
  }
  all.push({ name: '.shstrtab', type: 3 });
  const names = new ByteWriter(little);
  const places = all.map(({ name }) => {
    const at = names.length;
    names.text(name);
    return at;
  });
  all[all.length - 1] = { name: '.shstrtab', type: 3, bytes: names.bytes };

  const out = new ByteWriter(little);
  out.raw([0x7f, 0x45, 0x4c, 0x46, is64 ? 2 : 1, little ? 1 : 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  out.u16(type).u16(machine).u32(1).number(0, word).number(0, word);
  const headersAt = out.length;
  out.number(0, word).u32(0);
  out
    .u16(is64 ? 64 : 52)
    .u16(0)
    .u16(0);
  out
    .u16(is64 ? 64 : 40)
    .u16(all.length)
    .u16(all.length - 1);
  const offsets = all.map(({ bytes }) => {
    out.align(8);
    const at = out.length;
    out.raw(bytes ?? []);
    return at;
  });
  out.align(8);
  out.patch(headersAt, out.length, word);
  all.forEach((section, i) => {
    const { bytes, flags = 0, address = 0n, link = 0, info = 0, entrySize = 0 } = section;
    out.u32(places[i] as number).u32(section.type ?? SHT_PROGBITS);
    out.number(flags, word).number(address, word);
    out.number(offsets[i] as number, word).number(section.size ?? bytes?.length ?? 0, word);
    out.u32(link).u32(info).number(1, word).number(entrySize, word);
  });
  return out.bytes;
}

function packed(section: SectionSpec, { is64 = true, little = true, compress }: ElfForm) {
  const { name, bytes } = section;
  if (compress === undefined || bytes === undefined || !name.startsWith('.debug_')) return section;
  if (compress === 'zdebug') {
    const head = new ByteWriter(false).raw(Buffer.from('ZLIB')).u64(bytes.length);
    return {
      ...section,
      name: `.z${name.slice(1)}`,
      bytes: head.raw(deflateSync(bytes)).bytes,
    };
  }
  const head = new ByteWriter(little).u32(compress === 'zlib' ? 1 : 2);
  if (is64) head.u32(0);
  head.number(bytes.length, is64 ? 8 : 4).number(1, is64 ? 8 : 4);
  const body = compress === 'zlib' ? deflateSync(bytes) : rawZstd(bytes);
  return { ...section, flags: (section.flags ?? 0) | SHF_COMPRESSED, bytes: head.raw(body).bytes };
}

/** A zstd frame of raw blocks (RFC 8878): node has no encoder before 22.15. */
function rawZstd(bytes: Uint8Array): Uint8Array {
  const out = new ByteWriter().u32(0xfd2fb528).u8(0xa0).u32(bytes.length);
  const most = 1 << 17;
  for (let at = 0; at < bytes.length || at === 0; at += most) {
    const block = bytes.subarray(at, at + most);
    const isLast = at + most >= bytes.length;
    out.number((block.length << 3) | (isLast ? 1 : 0), 3).raw(block);
  }
  return out.bytes;
}
