import { ExtentMap, Extents } from './extents.ts';
import { type ByteSource, viewOf } from './source.ts';

/** struct makedumpfile_header (makedumpfile.h): char signature[16]; s64 type, version; then zeros to 4096. */
const HEADER_SIZE = 4096;
/** struct makedumpfile_data_header: s64 offset, s64 buf_size, big-endian; the data follow. */
const RECORD_HEADER = 16;
/** Bytes read around a record header; as cheap as the 16 bytes themselves. */
const WINDOW = 4096;
/**
 * makedumpfile and QEMU write records of 4 KiB to 64 KiB; a stream of tiny records is damaged, and would cost memory.
 */
const CRUMBS_AFTER = 1 << 20;
const CRUMB = 512;
const MAX_EMPTY = 4096;

/** A flattened stream seen as the file that makedumpfile -R would make of it, without writing that file. */
export class FlattenedSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  /** What is irregular about the stream; undefined when it ends with its end mark. */
  readonly warning: string | undefined;
  readonly #file: ByteSource;
  readonly #map: ExtentMap;

  /** Visits each record's header, not its data. Records may be in any order; where they overlap the later wins. */
  constructor(file: ByteSource) {
    const { extents, warning } = scan(file);
    this.path = file.path;
    this.#file = file;
    this.#map = new ExtentMap(extents, 'last');
    this.size = this.#map.end;
    this.warning = warning;
  }

  /**
   * Gaps between records are zeros in a complete stream, as in a sparse file; in a truncated stream their bytes are
   * unknown.
   */
  read(offset: number, target: Uint8Array): number {
    const map = this.#map;
    const wanted = Math.max(0, Math.min(target.length, this.size - offset));
    let done = 0;
    for (let index = map.firstEndingAfter(offset); done < wanted; index++) {
      const at = offset + done;
      const gap = Math.min(map.startOf(index) - at, wanted - done);
      if (gap > 0) {
        if (this.warning !== undefined) return done;
        target.fill(0, done, done + gap);
        done += gap;
        if (done === wanted) break;
      }
      const from = offset + done - map.startOf(index);
      const length = Math.min(map.endOf(index) - (offset + done), wanted - done);
      const got = this.#file.read(map.offsetOf(index) + from, target.subarray(done, done + length));
      done += got;
      if (got < length) return done;
    }
    return done;
  }

  close(): void {
    this.#file.close();
  }
}

function scan(file: ByteSource): { extents: Extents; warning: string | undefined } {
  const extents = new Extents();
  const stop = (at: number, why: string) => ({
    extents,
    warning: `${file.path} (flat format): truncated/incomplete: ${why} at byte ${at}`,
  });
  const window = new Uint8Array(WINDOW);
  const view = viewOf(window);
  let windowAt = 0;
  let windowEnd = 0;
  let empty = 0;
  for (let at = HEADER_SIZE; ; ) {
    if (at + RECORD_HEADER > windowEnd) {
      windowAt = at;
      windowEnd = at + file.read(at, window);
      if (at + RECORD_HEADER > windowEnd) return stop(at, 'no end mark');
    }
    const offset = s64(view, at - windowAt);
    const size = s64(view, at - windowAt + 8);
    if (offset === -1) return { extents, warning: undefined };
    if (offset < 0 || size < 0 || offset + size > Number.MAX_SAFE_INTEGER) {
      return stop(at, 'damaged record');
    }
    at += RECORD_HEADER;
    const available = Math.min(size, file.size - at);
    if (available > 0) extents.push(offset, offset + available, at);
    else if (++empty > MAX_EMPTY) return stop(at, 'empty records');
    at += size;
    if (available < size) return stop(file.size, 'cut record');
    if (extents.length > CRUMBS_AFTER && at / extents.length < CRUMB)
      return stop(at, 'damaged records');
  }
}

/** A big-endian s64 as a number; inexact beyond 2^53, where nothing is accepted anyway. */
const s64 = (view: DataView, at: number): number =>
  view.getInt32(at, false) * 0x1_0000_0000 + view.getUint32(at + 4, false);
