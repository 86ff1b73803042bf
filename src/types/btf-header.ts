import { CorruptError } from '../base/errors.ts';
import type { BtfBlob } from './btf-blob.ts';
import { BTF_HEADER_BYTES, BTF_MAGIC, type BtfHeader } from './btf-format.ts';

/** Reads and checks struct btf_header (include/uapi/linux/btf.h). Throws CorruptError. */
export function parseBtfHeader(blob: BtfBlob): BtfHeader {
  const { bytes } = blob;
  if (bytes.length < BTF_HEADER_BYTES) throw new CorruptError(`BTF: only ${bytes.length} bytes`);
  blob.need(0, BTF_HEADER_BYTES + 8);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint16(0, true);
  if (magic === 0x9feb) throw new CorruptError('BTF: big-endian, which is not supported');
  if (magic !== BTF_MAGIC) throw new CorruptError(`BTF: bad magic ${magic.toString(16)}`);
  const version = view.getUint8(2);
  if (version !== 1) throw new CorruptError(`BTF: version ${version} is unknown`);
  const headerBytes = view.getUint32(4, true);
  if (headerBytes < BTF_HEADER_BYTES || headerBytes > bytes.length) {
    throw new CorruptError(`BTF: header of ${headerBytes} bytes`);
  }
  const section = (field: number, name: string): [number, number] => {
    const start = headerBytes + view.getUint32(field, true);
    const length = view.getUint32(field + 4, true);
    if (start + length > bytes.length) {
      throw new CorruptError(`BTF: the ${name} section ends beyond byte ${bytes.length}`);
    }
    return [start, length];
  };
  const [typeStart, typeBytes] = section(8, 'type');
  const [stringStart, stringBytes] = section(16, 'string');
  const [layoutStart, layoutBytes] = headerBytes >= 32 ? section(24, 'layout') : [0, 0];
  return { typeStart, typeBytes, stringStart, stringBytes, layoutStart, layoutBytes };
}
