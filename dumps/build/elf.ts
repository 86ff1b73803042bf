export interface SegmentSpec {
  readonly type?: number;
  readonly physical?: number;
  readonly virtual?: bigint;
  readonly bytes?: Uint8Array;
  readonly memorySize?: number;
}

export interface ElfSpec {
  readonly bits?: 32 | 64;
  readonly bigEndian?: boolean;
  readonly machine?: number;
  readonly type?: number;
  readonly segments: readonly SegmentSpec[];
  /** Write PN_XNUM and the count in section 0. */
  readonly extendedCount?: boolean;
  /** As QEMU 7.2: e_ehsize 8, and section headers before the program headers. */
  readonly likeQemu?: boolean;
}

/** An ELF core with its segments' bytes one after another. */
export function buildElf(spec: ElfSpec): Buffer {
  const { bits = 64, segments } = spec;
  const wide = bits === 64;
  const sectionSize = wide ? 64 : 40;
  const headerSize = wide ? 64 : 52;
  const stride = wide ? 56 : 32;
  const sections = spec.extendedCount || spec.likeQemu ? sectionSize : 0;
  const phoff = headerSize + sections;
  const header = Buffer.alloc(phoff + stride * segments.length);
  const long = (value: number | bigint, at: number) =>
    wide ? header.writeBigUInt64LE(BigInt(value), at) : header.writeUInt32LE(Number(value), at);
  header.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, spec.bigEndian ? 2 : 1, 1]);
  const type = spec.type ?? 4;
  if (spec.bigEndian) header.writeUInt16BE(type, 16);
  else header.writeUInt16LE(type, 16);
  header.writeUInt16LE(spec.machine ?? (wide ? 62 : 3), 18);
  // EV_CURRENT
  header.writeUInt32LE(1, 20);
  long(phoff, wide ? 32 : 28);
  long(sections > 0 ? headerSize : 0, wide ? 40 : 32);
  const sizes = wide ? 52 : 40;
  header.writeUInt16LE(spec.likeQemu ? 8 : headerSize, sizes);
  header.writeUInt16LE(stride, sizes + 2);
  header.writeUInt16LE(spec.extendedCount ? 0xffff : segments.length, sizes + 4);
  if (spec.extendedCount) header.writeUInt32LE(segments.length, headerSize + (wide ? 44 : 28));
  let at = header.length;
  for (const [i, segment] of segments.entries()) {
    const { bytes = new Uint8Array(0), virtual = 0n, physical = 0 } = segment;
    const row = phoff + i * stride;
    header.writeUInt32LE(segment.type ?? 1, row);
    const values = [at, virtual, physical, bytes.length, segment.memorySize ?? bytes.length];
    for (const [k, value] of values.entries()) long(value, row + (wide ? 8 + 8 * k : 4 + 4 * k));
    at += bytes.length;
  }
  return Buffer.concat([header, ...segments.map(({ bytes }) => bytes ?? new Uint8Array(0))]);
}
