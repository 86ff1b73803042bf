/**
 * Decodes one raw snappy block (google/snappy format_description.txt) from `source[0, sourceEnd)` into
 * `target`. Returns the number of bytes written, or -1 when the block is damaged: it ends early, points
 * before its start, does not fit, or is not as long as it says.
 */
export function decodeSnappy(source: Uint8Array, sourceEnd: number, target: Uint8Array): number {
  const end = Math.min(sourceEnd, source.length);
  let at = 0;
  let expected = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= end || shift > 28) return -1;
    const byte = source[at++]!;
    expected += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (expected > target.length) return -1;

  let out = 0;
  while (at < end) {
    const tag = source[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const bytes = length - 59;
        if (at + bytes > end) return -1;
        length = 0;
        for (let i = 0; i < bytes; i++) length += source[at++]! * 2 ** (8 * i);
      }
      length++;
      if (length > end - at || length > expected - out) return -1;
      for (const stop = at + length; at < stop; ) target[out++] = source[at++]!;
      continue;
    }
    let length: number;
    let distance: number;
    if (kind === 1) {
      if (at >= end) return -1;
      length = 4 + ((tag >> 2) & 7);
      distance = ((tag >> 5) << 8) | source[at++]!;
    } else {
      const bytes = kind === 2 ? 2 : 4;
      if (at + bytes > end) return -1;
      length = (tag >> 2) + 1;
      distance = 0;
      for (let i = 0; i < bytes; i++) distance += source[at++]! * 2 ** (8 * i);
    }
    if (distance === 0 || distance > out || length > expected - out) return -1;
    // Byte by byte: a copy may overlap its own output.
    for (let from = out - distance, stop = out + length; out < stop; )
      target[out++] = target[from++]!;
  }
  return out === expected ? out : -1;
}
