/** Bytes read on demand. `read` returns exactly `length` bytes or throws (ReadError). */
export interface BtfSource {
  readonly length: number;
  read(offset: number, length: number): Uint8Array;
  /** For long loops over what was read; throws Interrupted. Absent where work cannot be ended early. */
  checkpoint?(): void;
}

const CHUNK = 1 << 16;

/**
 * A blob filled from its source in chunks of 64 KiB. The four megabytes of a kernel's BTF are compressed pages of a
 * dump; most commands need a tenth of them.
 */
export class BtfBlob {
  /** As long as the blob; only ranges passed to {@link need} are valid. */
  readonly bytes: Uint8Array;
  readonly #source: BtfSource | undefined;
  readonly #present: Uint8Array;

  constructor(content: Uint8Array | BtfSource) {
    if (content instanceof Uint8Array) {
      this.bytes = content;
      this.#present = new Uint8Array(0);
    } else {
      this.bytes = new Uint8Array(content.length);
      this.#source = content;
      this.#present = new Uint8Array(Math.ceil(content.length / CHUNK));
    }
  }

  /** For long loops over the bytes. */
  checkpoint(): void {
    this.#source?.checkpoint?.();
  }

  /** Makes bytes [from, to) valid, as far as the blob reaches. Throws what the source throws. */
  need(from: number, to: number): void {
    if (this.#source === undefined) return;
    const last = Math.min(to, this.bytes.length) - 1;
    for (let chunk = Math.max(0, from) >>> 16; chunk <= last >>> 16 && last >= 0; chunk++) {
      if (this.#present[chunk] === 1) continue;
      const start = chunk * CHUNK;
      const length = Math.min(CHUNK, this.bytes.length - start);
      this.bytes.set(this.#source.read(start, length), start);
      this.#present[chunk] = 1;
    }
  }
}
