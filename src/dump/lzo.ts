/**
 * Decodes one LZO1X stream (Linux Documentation/staging/lzo.rst, without the run-length extension, which
 * dumps do not use) from `source[0, sourceEnd)` into `target`. Returns the number of bytes written, or -1
 * when the stream is damaged: it ends early, points before its start, or does not fit.
 */
export function decodeLzo1x(source: Uint8Array, sourceEnd: number, target: Uint8Array): number {
  const end = Math.min(sourceEnd, source.length);
  const room = target.length;
  let at = 0;
  let out = 0;
  // Number of literals that the last instruction copied; 4 stands for "four or more".
  let state = 0;

  const first = end > 0 ? source[0]! : 0;
  if (first >= 18) {
    const literals = first - 17;
    at = 1;
    if (at + literals > end || literals > room) return -1;
    for (let i = 0; i < literals; i++) target[out++] = source[at++]!;
    state = Math.min(literals, 4);
  }

  while (at < end) {
    const op = source[at++]!;
    let length: number;
    let distance: number;
    let literals: number;

    if (op >= 64) {
      if (at >= end) return -1;
      length = (op >> 5) + 1;
      distance = (source[at++]! << 3) + ((op >> 2) & 7) + 1;
      literals = op & 3;
    } else if (op >= 16) {
      const mask = op >= 32 ? 31 : 7;
      length = op & mask;
      if (length === 0) {
        while (at < end && source[at] === 0) {
          length += 255;
          at++;
        }
        if (at >= end) return -1;
        length += mask + source[at++]!;
      }
      length += 2;
      if (at + 2 > end) return -1;
      const word = source[at]! | (source[at + 1]! << 8);
      at += 2;
      literals = word & 3;
      if (op >= 32) {
        distance = (word >> 2) + 1;
      } else {
        distance = 16384 + ((op & 8) << 11) + (word >> 2);
        if (distance === 16384) return out; // the end marker
      }
    } else if (state === 0) {
      let run = op;
      if (run === 0) {
        while (at < end && source[at] === 0) {
          run += 255;
          at++;
        }
        if (at >= end) return -1;
        run += 15 + source[at++]!;
      }
      run += 3;
      if (run > end - at || run > room - out) return -1;
      for (const stop = at + run; at < stop; ) target[out++] = source[at++]!;
      state = 4;
      continue;
    } else {
      if (at >= end) return -1;
      const near = state !== 4;
      length = near ? 2 : 3;
      distance = (source[at++]! << 2) + (op >> 2) + (near ? 1 : 2049);
      literals = op & 3;
    }

    if (distance > out || length + literals > room - out || literals > end - at) return -1;
    // Byte by byte: a match may overlap its own output.
    for (let from = out - distance, stop = out + length; out < stop; )
      target[out++] = target[from++]!;
    for (let i = 0; i < literals; i++) target[out++] = source[at++]!;
    state = literals;
  }
  return -1; // no end marker
}
