import type { InstructionLengths } from '../../../arch/types.ts';

/** What is wrong with some code. Places are distances from its start. */
export type Fault =
  /** Bytes that are no instruction; `at`: the byte that makes them none. */
  | { readonly kind: 'illegal'; readonly start: number; readonly at: number }
  /** A jump or call between two instructions' starts. */
  | { readonly kind: 'branch'; readonly start: number; readonly target: number };

/** Padding between functions, an instruction of one byte each. */
const INT3 = 0xcc;
const NOP = 0x90;
/** Faults of one range that are looked into: code that was overwritten as a whole has one every few bytes. */
const MOST_FAULTS = 4096;

/** A sweep over code: where instructions start, and what is none. */
export class Sweep {
  readonly bytes: Uint8Array;
  /** Instructions that were met. */
  count = 0;
  readonly #lengths: InstructionLengths;
  readonly #starts: Uint8Array;
  #branches = new Int32Array(1 << 12);
  #branchCount = 0;

  constructor(bytes: Uint8Array, lengths: InstructionLengths) {
    this.bytes = bytes;
    this.#lengths = lengths;
    this.#starts = new Uint8Array((bytes.length >> 3) + 1);
  }

  isStart(at: number): boolean {
    return ((this.#starts[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  /** Reads one run of code from its start; after bytes that are no instruction it goes on where `resume` says. */
  *run(from: number, to: number, resume: (at: number) => number): Generator<Fault> {
    const { bytes } = this;
    const lengths = this.#lengths;
    const starts = this.#starts;
    let faults = 0;
    for (let at = from; at < to; ) {
      starts[at >> 3] = (starts[at >> 3] as number) | (1 << (at & 7));
      const byte = bytes[at];
      this.count++;
      if (byte === INT3 || byte === NOP) {
        at++;
        continue;
      }
      const length = lengths.decode(bytes, at, to);
      if (length > 0) {
        if (lengths.branch !== undefined) this.#keep(at, at + length + lengths.branch);
        at += length;
        continue;
      }
      if (length < 0) return;
      yield { kind: 'illegal', start: at, at: lengths.badAt };
      if (++faults > MOST_FAULTS) return;
      at = Math.max(at + 1, resume(at));
    }
  }

  #keep(start: number, target: number): void {
    if (target < 0 || target >= this.bytes.length) return;
    if (this.#branchCount + 2 > this.#branches.length) {
      const larger = new Int32Array(this.#branches.length * 2);
      larger.set(this.#branches);
      this.#branches = larger;
    }
    this.#branches[this.#branchCount++] = start;
    this.#branches[this.#branchCount++] = target;
  }

  /** Branches that lead between the starts of instructions, after all runs. `isKnown`: whether a place was read. */
  *strayBranches(isKnown: (at: number) => boolean): Generator<Fault> {
    let faults = 0;
    for (let i = 0; i < this.#branchCount; i += 2) {
      const [start = 0, target = 0] = [this.#branches[i], this.#branches[i + 1]];
      if (this.isStart(target) || !isKnown(target)) continue;
      yield { kind: 'branch', start, target };
      if (++faults > MOST_FAULTS) return;
    }
  }

  /** Whether a function reads as instructions from its start to its end, and where it does not. */
  check(from: number, to: number): { readonly start: number; readonly at: number } | undefined {
    for (let at = from; at < to; ) {
      const length = this.#lengths.decode(this.bytes, at, to);
      if (length === 0) return { start: at, at: this.#lengths.badAt };
      if (length < 0) return { start: at, at };
      at += length;
    }
    return undefined;
  }
}
