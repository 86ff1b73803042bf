import { Lru } from '../../base/lru.ts';
import { countBefore } from '../../base/sorted.ts';
import type { Outcome } from './outcome.ts';
import { Spool, type SpoolOptions } from './spool.ts';

/** Bytes between two lines whose places the index of a block records. */
const CHUNK = 64 * 1024;
/** Longest line that is read. */
const MAX_LINE = 16 << 20;
/** Decoded chunks that are held, of all blocks together. */
const DECODED = 8;
/** Blocks that are kept. */
const MAX_BLOCKS = 10_000;

/** Output of a command by line. Lines count from 0. */
export interface Lines {
  /** Lines so far. */
  readonly count: number;
  /** The first line that is still kept. */
  readonly first: number;
  /** Whether the output is complete. */
  readonly ended: boolean;
  /** A line without its newline; undefined when it is not there, or no longer. */
  line(index: number): string | undefined;
}

/** The output of one command line: its place in the spool, and a sparse index of its lines. */
export class LineOutput implements Lines {
  /** The line's number in the list of `h`. */
  readonly number: number;
  /** The command line. */
  readonly command: string;
  outcome: Outcome | undefined;
  /** Whether the command was stopped before its end. */
  stopped = false;
  /** Where lines of errors begin and end, in bytes of this output: two numbers for each run of them. */
  readonly errors: number[] = [];
  readonly #spool: Spool;
  readonly #start: number;
  readonly #cache: Lru<string, Chunk>;
  #end: number;
  #newlines = 0;
  /** Lines that begin a chunk, and their places. */
  readonly #marks: number[] = [0];
  readonly #places: number[];
  #endsInNewline = true;
  /** The whole lines of the chunk that was read last. */
  #recent: (Omit<Chunk, 'end'> & { readonly from: number; readonly to: number }) | undefined;

  constructor(
    facts: { readonly number: number; readonly command: string },
    spool: Spool,
    cache: Lru<string, Chunk>,
  ) {
    this.number = facts.number;
    this.command = facts.command;
    this.#spool = spool;
    this.#start = spool.end;
    this.#end = spool.end;
    this.#places = [spool.end];
    this.#cache = cache;
  }

  get bytes(): number {
    return this.#end - this.#start;
  }
  get ended(): boolean {
    return this.outcome !== undefined;
  }
  get count(): number {
    return this.#newlines + (this.ended && !this.#endsInNewline ? 1 : 0);
  }
  get first(): number {
    return this.#marks[this.#firstMark()] ?? this.count;
  }
  /** Whether any of it is still kept. */
  get kept(): boolean {
    return this.bytes === 0 || this.#end > this.#spool.begin;
  }

  append(text: string, isError = false): void {
    if (text === '') return;
    const bytes = encoded(text);
    if (isError) this.#markError(this.bytes, this.bytes + bytes.length);
    for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
      this.#newlines++;
      const place = this.#end + at + 1;
      if (place - (this.#places.at(-1) ?? 0) < CHUNK) continue;
      this.#marks.push(this.#newlines);
      this.#places.push(place);
    }
    this.#spool.append(bytes);
    this.#end += bytes.length;
    this.#endsInNewline = bytes.at(-1) === 10;
  }

  line(index: number): string | undefined {
    if (index < 0 || index >= this.count) return undefined;
    const recent = this.#recent;
    // Readers usually go on to the next line.
    if (recent && index >= recent.from && index < recent.to && recent.start >= this.#spool.begin) {
      return recent.lines[index - recent.from];
    }
    const mark = lastAtMost(this.#marks, index);
    const chunk = this.#chunk(mark);
    if (!chunk) return undefined;
    const { start, lines } = chunk;
    const from = this.#marks[mark] ?? 0;
    this.#recent = { start, from, to: this.#marks[mark + 1] ?? this.count, lines };
    return lines[index - from];
  }

  /**
   * The bytes from an offset on, whole characters of UTF-8 where the offset is the beginning of one; fewer at the end, and
   * undefined where they are not kept any more.
   */
  read(offset: number, length: number): Uint8Array | undefined {
    const place = this.#start + offset;
    if (place < this.#spool.begin) return this.bytes === offset ? new Uint8Array() : undefined;
    const bytes = this.#spool.read(place, Math.min(length, this.#end - place));
    return place + bytes.length < this.#end ? wholeCharacters(bytes) : bytes;
  }
  /** Bytes of the beginning that are not kept any more. */
  get lost(): number {
    return Math.min(this.bytes, Math.max(0, this.#spool.begin - this.#start));
  }

  #markError(from: number, to: number): void {
    if (this.errors.at(-1) === from) this.errors[this.errors.length - 1] = to;
    else this.errors.push(from, to);
  }

  /** The lines that are kept now; undefined for one that is forgotten while they are read. */
  *lines(): Generator<string | undefined> {
    for (let index = this.first; index < this.count; index++) yield this.line(index);
  }

  #firstMark(): number {
    const { begin } = this.#spool;
    if ((this.#places[0] ?? 0) >= begin) return 0;
    return lastAtMost(this.#places, begin - 1) + 1;
  }

  #chunk(mark: number): Chunk | undefined {
    const place = this.#places[mark] ?? 0;
    if (place < this.#spool.begin) return undefined;
    const end = this.#places[mark + 1] ?? this.#end;
    const key = `${this.number} ${mark}`;
    const known = this.#cache.get(key);
    if (known?.end === end && known.start === place) return known;
    const bytes = this.#spool.read(place, Math.min(end - place, MAX_LINE));
    const chunk = { start: place, end, lines: decoded(bytes).split('\n') };
    this.#cache.set(key, chunk);
    return chunk;
  }
}

/** A decoded piece of a block; the last one of a running command grows. */
interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

/** The outputs of a session, by the number of the line that printed them. */
export class OutputHistory {
  readonly #spool: Spool;
  readonly #cache = new Lru<string, Chunk>(DECODED);
  readonly #blocks = new Map<number, LineOutput>();
  #current: LineOutput | undefined;
  /** Told of what was appended to the running command's block. */
  readonly listeners = new Set<(block: LineOutput) => void>();

  constructor(options: SpoolOptions) {
    this.#spool = new Spool(options);
  }

  /** The block of the running command. */
  get current(): LineOutput | undefined {
    return this.#current;
  }

  begin(number: number, command: string): void {
    this.#current = new LineOutput({ number, command }, this.#spool, this.#cache);
  }
  append(text: string, isError = false): void {
    const block = this.#current;
    if (!block || text === '') return;
    if (block.bytes === 0) this.#remember(block);
    block.append(text, isError);
    for (const listener of this.listeners) listener(block);
  }
  end(outcome: Outcome, stopped = false): void {
    if (this.#current) {
      this.#current.outcome = outcome;
      this.#current.stopped ||= stopped;
    }
    this.#current = undefined;
  }

  /** Undefined when the line printed nothing, was never entered, or is forgotten. */
  find(number: number): LineOutput | undefined {
    const block = this.#blocks.get(number);
    return block?.kept ? block : undefined;
  }
  /** Whether the block was kept once. */
  isForgotten(number: number): boolean {
    return this.#blocks.get(number)?.kept === false;
  }
  /** Oldest first, including the running command's. */
  list(): LineOutput[] {
    return [...this.#blocks.values()].filter((block) => block.kept);
  }

  close(): void {
    this.#spool.close();
  }

  #remember(block: LineOutput): void {
    // A line of a script's file has no number to refer to.
    if (block.number === 0) return;
    this.#blocks.set(block.number, block);
    const [oldest] = this.#blocks.keys();
    if (this.#blocks.size > MAX_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest);
  }
}

/** Without the bytes of a character that is cut at the end. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  let start = bytes.length - 1;
  while (start > 0 && start > bytes.length - 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  const first = bytes[start] ?? 0;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  return start + length > bytes.length ? bytes.subarray(0, start) : bytes;
}

const scratch = Buffer.allocUnsafe(4 * CHUNK);

/** The text's bytes, valid until the next call: a gigabyte of output makes no garbage. */
const decoded = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');

function encoded(text: string): Buffer {
  if (text.length * 3 > scratch.length) return Buffer.from(text, 'utf8');
  return scratch.subarray(0, scratch.write(text, 'utf8'));
}

/** The index of the last of ascending numbers that is at most `value`; -1 when none is. */
function lastAtMost(numbers: readonly number[], value: number): number {
  return countBefore(numbers.length, (i) => (numbers[i] ?? 0) <= value) - 1;
}
