import { LIMITS } from './limits.ts';

/**
 * Frames of the protocol: a length of four bytes, the most significant first, and that many bytes of UTF-8 JSON, one object with a
 * type `t`.
 */

/** What came is no frame, or breaks a limit: the connection is closed. */
export class BadFrame extends Error {
  override name = 'BadFrame';
}

const HEAD = 4;

/** The bytes of a frame. */
export function encodeFrame(frame: object): Buffer {
  const text = JSON.stringify(frame);
  const length = Buffer.byteLength(text);
  const bytes = Buffer.allocUnsafe(HEAD + length);
  bytes.writeUInt32BE(length, 0);
  bytes.write(text, HEAD);
  return bytes;
}

/** Cuts a stream of bytes into objects. Nothing is allocated by a length that a peer has sent. */
export class FrameReader {
  /** Longest frame that is taken, in bytes. */
  most: number;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** Bytes that wait for the rest of a frame. */
  get held(): number {
    return this.#size;
  }

  /** The whole frames so far. Throws BadFrame at the first that is none. */
  *push(bytes: Uint8Array): Generator<Record<string, unknown>> {
    this.#parts.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#size += bytes.byteLength;
    while (this.#size >= HEAD) {
      const all = this.#joined();
      const length = all.readUInt32BE(0);
      if (length < 2 || length > this.most) throw new BadFrame(`a frame of ${length} bytes`);
      if (this.#size < HEAD + length) {
        // A copy: the chunk that it came in may be much larger.
        this.#parts = [Buffer.from(all)];
        return;
      }
      const body = all.subarray(HEAD, HEAD + length);
      this.#parts = [all.subarray(HEAD + length)];
      this.#size -= HEAD + length;
      yield parseObject(body);
    }
  }

  #joined(): Buffer {
    const [first] = this.#parts;
    const all = this.#parts.length === 1 && first ? first : Buffer.concat(this.#parts);
    this.#parts = [all];
    return all;
  }
}

/** One object of JSON with a type. Throws BadFrame. */
export function parseObject(body: Uint8Array): Record<string, unknown> {
  checkDepth(body);
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new BadFrame('no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new BadFrame('no object');
  if (!Object.hasOwn(value, 't')) throw new BadFrame('no type');
  return value as Record<string, unknown>;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** JSON.parse takes any depth, and what walks its result does not: brackets are counted in the bytes. */
function checkDepth(body: Uint8Array): void {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (inString) {
      if (byte === BACKSLASH) at++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > LIMITS.depth) throw new BadFrame('nested too deep');
    } else if (byte === 0x5d || byte === 0x7d) depth--;
  }
}
