import type { LineOutput } from '../session/sinks/output-history.ts';
import { encodeFrame } from './frames.ts';
import { LIMITS } from './limits.ts';
import type { IndexRow, LogFact, LogFrame } from './messages.ts';

/** A piece of an output: where its text is, which is read when it is sent. */
interface Piece {
  readonly t: 'piece';
  readonly n: number;
  readonly at: number;
  readonly a: number;
  readonly block: LineOutput;
  readonly from: number;
  readonly to: number;
}
type Entry = (LogFact & { readonly n: number; readonly at: number }) | Piece;

/** An answer in the log. */
export interface Answer {
  readonly a: number;
  readonly who: string;
  readonly at: number;
  readonly line: string;
  /** Place of its beginning in the log. */
  readonly n: number;
  readonly block: LineOutput | undefined;
  lines: number;
  bytes: number;
  exit: number;
}

/** Encoded frames that are kept for those who read at the same place. */
const KEPT = 16;

/**
 * What is shared, in one order that the host alone makes. Numbers begin at 1 and have no gaps. The text of answers stays where
 * the session keeps it.
 */
export class SharedLog {
  readonly answers: Answer[] = [];
  readonly #entries: Entry[] = [];
  readonly #encoded = new Map<number, Buffer>();
  readonly #now: () => number;
  #logged = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Bytes of the newest answer that are in the log. */
  get logged(): number {
    return this.#logged;
  }
  get last(): number {
    return this.#entries.length;
  }

  add(fact: LogFact, at = this.#now()): void {
    this.#entries.push({ ...fact, n: this.last + 1, at });
  }

  /** Begins an answer whose output is, or will be, in a block. */
  begin(fact: Extract<LogFact, { t: 'begin' }>, block: LineOutput | undefined, at?: number): void {
    this.add(fact, at);
    this.#logged = 0;
    const { a, who, line } = fact;
    const began = this.#entries.at(-1)?.at ?? 0;
    const counts = { lines: 0, bytes: 0, exit: 0 };
    this.answers.push({ a, who, line, at: began, n: this.last, block, ...counts });
  }

  /** Takes what the newest answer's block has more than the log. */
  append(at = this.#now()): void {
    const answer = this.answers.at(-1);
    const block = answer?.block;
    if (!answer || !block) return;
    while (this.#logged < block.bytes) {
      // Text that was dropped before it was ever sent is told of as one piece.
      const bytes = block.read(this.#logged, LIMITS.piece);
      const length = bytes === undefined ? block.lost - this.#logged : bytes.length;
      if (length <= 0) return;
      const to = this.#logged + length;
      const piece = { t: 'piece', a: answer.a, block, from: this.#logged, to } as const;
      this.#entries.push({ ...piece, n: this.last + 1, at });
      this.#logged = to;
    }
  }

  end(fact: Extract<LogFact, { t: 'end' }>, at?: number): void {
    const answer = this.answers.at(-1);
    if (answer?.a === fact.a)
      Object.assign(answer, { lines: fact.lines, bytes: fact.bytes, exit: fact.exit });
    this.add(fact, at);
  }

  /** The frame of a number, encoded. */
  encoded(n: number): Buffer {
    const known = this.#encoded.get(n);
    if (known) return known;
    const bytes = encodeFrame(this.frame(n));
    this.#encoded.set(n, bytes);
    if (this.#encoded.size > KEPT) {
      const [oldest] = this.#encoded.keys();
      if (oldest !== undefined) this.#encoded.delete(oldest);
    }
    return bytes;
  }

  /** The frame of a number. Throws RangeError where there is none. */
  frame(n: number): LogFrame {
    const entry = this.#entries[n - 1];
    if (!entry) throw new RangeError(`no frame ${n}`);
    if (entry.t !== 'piece') return entry;
    const { at, a, block, from, to } = entry;
    const bytes = block.read(from, to - from);
    const head = { t: 'out', n, at, a, o: from } as const;
    if (!bytes) return { ...head, text: '', gone: to - from };
    const text = utf8(bytes);
    const e = errorsIn(block.errors, from, to, bytes);
    return { ...head, text, ...(e.length > 0 ? { e } : {}) };
  }

  /** A piece of an answer for somebody who has only its row: text from a byte on. Undefined where there is no such answer. */
  text(a: number, o: number): { readonly text: string; readonly end: boolean } | undefined {
    const answer = this.answers.find((each) => each.a === a);
    if (!answer) return undefined;
    const { block } = answer;
    const bytes = block?.read(o, LIMITS.piece);
    if (!block || !bytes) return { text: '', end: true };
    return { text: utf8(bytes), end: o + bytes.length >= block.bytes };
  }

  /** Where a newcomer begins who wants the text of so many answers, and the rows of those before. */
  tail(count: number): { readonly first: number; readonly rows: readonly IndexRow[] } {
    const older = this.answers.slice(0, Math.max(0, this.answers.length - count));
    const first = older.length === 0 ? 1 : (this.answers[older.length]?.n ?? this.last + 1);
    return {
      first,
      rows: older.map(({ a, who, at, line, lines, bytes, exit }) => [
        ...([a, who, at, line, lines, bytes, exit] as const),
      ]),
    };
  }
}

const utf8 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

/** Ranges of errors that touch a piece, in characters of its text. */
function errorsIn(
  errors: readonly number[],
  from: number,
  to: number,
  bytes: Uint8Array,
): number[] {
  const ranges: number[] = [];
  for (let at = 0; at < errors.length; at += 2) {
    const begin = Math.max(errors[at] ?? 0, from);
    const end = Math.min(errors[at + 1] ?? 0, to);
    if (begin >= end) continue;
    ranges.push(utf8(bytes.subarray(0, begin - from)).length);
    ranges.push(utf8(bytes.subarray(0, end - from)).length);
  }
  return ranges;
}
