/** A makedumpfile -F stream of records in the order given; `end` false leaves out the end mark. */
export function flatten(records: readonly (readonly [number, Uint8Array])[], end = true): Buffer {
  const header = Buffer.alloc(4096);
  header.write('makedumpfile');
  header.writeBigInt64BE(1n, 16);
  header.writeBigInt64BE(1n, 24);
  const parts: Uint8Array[] = [header];
  const record = (offset: number, size: number) => {
    const head = Buffer.alloc(16);
    head.writeBigInt64BE(BigInt(offset), 0);
    head.writeBigInt64BE(BigInt(size), 8);
    parts.push(head);
  };
  for (const [offset, bytes] of records) {
    record(offset, bytes.length);
    parts.push(bytes);
  }
  if (end) record(-1, -1);
  return Buffer.concat(parts);
}

/** Cuts bytes into records of a size, in order. */
export function recordsOf(bytes: Uint8Array, size = 1000): [number, Uint8Array][] {
  const records: [number, Uint8Array][] = [];
  for (let at = 0; at < bytes.length; at += size) records.push([at, bytes.subarray(at, at + size)]);
  return records;
}
