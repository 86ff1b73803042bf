/** Little-endian reads out of a byte array: all supported kernels are little-endian. */

/** A DataView of exactly these bytes. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Bytes up to the first NUL (or all of them) as latin1, one character a byte. */
export function cString(bytes: Uint8Array, start = 0): string {
  let end = start;
  while (end < bytes.length && bytes[end] !== 0) end++;
  return latin1(bytes.subarray(start, end));
}

/** Every byte as the character of that code. */
export const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** An unsigned little-endian integer of 1, 2, 4 or 8 bytes. */
export function unsigned(view: DataView, offset: number, size: number): bigint {
  switch (size) {
    case 1:
      return BigInt(view.getUint8(offset));
    case 2:
      return BigInt(view.getUint16(offset, true));
    case 4:
      return BigInt(view.getUint32(offset, true));
    default:
      return view.getBigUint64(offset, true);
  }
}
