import { countBefore } from '../../base/sorted.ts';
import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { LineHeader } from './line-header.ts';

/** Opcodes of line programs: DWARF 5, 6.2.5.2 and 6.2.5.3. */
const LNS = {
  extended: 0,
  copy: 1,
  advance_pc: 2,
  advance_line: 3,
  set_file: 4,
  negate_stmt: 6,
  const_add_pc: 8,
  fixed_advance_pc: 9,
} as const;
const LNE = { end_sequence: 1, set_address: 2, define_file: 3 } as const;

/** One row: where a line begins. Addresses are as linked. */
export interface LineRow {
  readonly address: bigint;
  /** Index in the header's files. */
  readonly file: number;
  /** 0 for code without a line. */
  readonly line: number;
  readonly isStmt: boolean;
}

/** Rows without a gap between their addresses. */
interface Sequence {
  readonly start: number;
  readonly end: number;
  /** Indexes of rows; the row that ends the sequence is `last`, and is not a line. */
  readonly first: number;
  readonly last: number;
}

const PAST_53_BITS = 2 ** 52;

/**
 * The line table of one unit: the rows that its program makes, by address. Addresses are kept as distances from the first
 * address of the program, so that 64 bits fit numbers.
 */
export class LineTable {
  readonly header: LineHeader;
  readonly #base: bigint;
  readonly #addresses: Float64Array;
  readonly #files: Uint32Array;
  readonly #lines: Uint32Array;
  readonly #stmt: Uint8Array;
  readonly #sequences: readonly Sequence[];

  /** Runs the program from the cursor, which stands behind the header, to the end of its bytes. */
  constructor(header: LineHeader, at: ByteCursor) {
    this.header = header;
    const rows = runProgram(header, at);
    this.#base = rows.base;
    this.#addresses = Float64Array.from(rows.addresses);
    this.#files = Uint32Array.from(rows.files);
    this.#lines = Uint32Array.from(rows.lines);
    this.#stmt = Uint8Array.from(rows.stmt);
    this.#sequences = rows.sequences.sort((a, b) => a.start - b.start);
  }

  /**
   * The row of an address: of the rows with the highest address at or below it in the sequence that covers it, the last
   * that begins a statement, else the last. Undefined where no sequence covers the address, or it has no line.
   */
  rowAt(address: bigint): LineRow | undefined {
    const index = this.#indexAt(address);
    if (index === undefined || this.#lines[index] === 0) return undefined;
    return this.#row(index);
  }

  /** The addresses [start, end) around an address that have the row of {@link rowAt}. */
  extent(address: bigint): { start: bigint; end: bigint } | undefined {
    const index = this.#indexAt(address);
    if (index === undefined) return undefined;
    const start = this.#addresses[index] as number;
    let next = index + 1;
    while (next < this.#addresses.length && this.#addresses[next] === start) next++;
    return {
      start: this.#base + BigInt(start),
      end: this.#base + BigInt(this.#addresses[next] ?? start),
    };
  }

  /** Every row that is a line, in the order of addresses within each sequence. */
  *rows(): Generator<LineRow & { readonly isEnd: boolean }> {
    for (const { first, last } of this.#sequences) {
      for (let index = first; index <= last; index++)
        yield { ...this.#row(index), isEnd: index === last };
    }
  }

  #row(index: number): LineRow {
    return {
      address: this.#base + BigInt(this.#addresses[index] as number),
      file: this.#files[index] as number,
      line: this.#lines[index] as number,
      isStmt: this.#stmt[index] === 1,
    };
  }

  #indexAt(address: bigint): number | undefined {
    const wanted = Number(address - this.#base);
    if (!(Math.abs(wanted) < PAST_53_BITS)) return undefined;
    const sequence = this.#sequenceAt(wanted);
    if (sequence === undefined) return undefined;
    const { first, last: end } = sequence;
    const addresses = this.#addresses;
    const passed = countBefore(end - first, (i) => (addresses[first + i] as number) <= wanted);
    if (passed === 0) return undefined;
    const last = first + passed - 1;
    const at = this.#addresses[last];
    for (let index = last; index >= sequence.first && this.#addresses[index] === at; index--)
      if (this.#stmt[index] === 1) return index;
    return last;
  }

  /** Sequences do not overlap, but for those of code that the linker dropped: of several the last to begin is taken. */
  #sequenceAt(wanted: number): Sequence | undefined {
    const passed = countBefore(
      this.#sequences.length,
      (i) => (this.#sequences[i] as Sequence).start <= wanted,
    );
    const found = this.#sequences[passed - 1];
    return found !== undefined && wanted < found.end ? found : undefined;
  }
}

interface Rows {
  readonly base: bigint;
  readonly addresses: readonly number[];
  readonly files: readonly number[];
  readonly lines: readonly number[];
  readonly stmt: readonly number[];
  readonly sequences: Sequence[];
}

/** The rows of a program. Each opcode makes at most one, so that their number is bounded by its bytes. */
function runProgram(header: LineHeader, at: ByteCursor): Rows {
  const { minInstruction, maxOperations, opcodeBase, lineBase, lineRange, operands } = header;
  const addresses: number[] = [];
  const files: number[] = [];
  const lines: number[] = [];
  const stmt: number[] = [];
  const sequences: Sequence[] = [];
  let base: bigint | undefined;
  let first = 0;
  let address = 0;
  let operation = 0;
  let file = 1;
  let line = 1;
  let isStmt = header.defaultIsStmt;

  const push = (): void => {
    addresses.push(address);
    files.push(file);
    lines.push(Math.max(line, 0));
    stmt.push(isStmt ? 1 : 0);
  };
  const advance = (by: number): void => {
    if (maxOperations === 1) address += minInstruction * by;
    else {
      const total = operation + by;
      address += minInstruction * Math.floor(total / maxOperations);
      operation = total % maxOperations;
    }
  };
  const endSequence = (): void => {
    push();
    const last = addresses.length - 1;
    const start = addresses[first] as number;
    if (address > start) sequences.push({ start, end: address, first, last });
    first = last + 1;
    address = 0;
    operation = 0;
    file = 1;
    line = 1;
    isStmt = header.defaultIsStmt;
  };
  const extended = (): void => {
    const length = at.uleb();
    if (length === 0) return;
    const end = at.at + length;
    if (end > at.bytes.length) throw at.corrupt('a line program that ends within an opcode');
    const opcode = at.u8();
    if (opcode === LNE.end_sequence) endSequence();
    else if (opcode === LNE.set_address) {
      const value = at.unsigned(length - 1);
      if (base === undefined || (base === 0n && value > 2n ** 52n)) {
        // Code that the linker dropped stands at 0: it is not the image that distances count from.
        if (base !== undefined) {
          addresses.fill(-PAST_53_BITS);
          sequences.length = 0;
        }
        base = value;
      }
      const distance = value - base;
      // One that no number holds is not of this image: its rows are never found.
      address = distance > -(2n ** 52n) && distance < 2n ** 52n ? Number(distance) : -PAST_53_BITS;
      operation = 0;
    }
    // DW_LNE_define_file was never written for kernels; what is not known is passed over.
    at.at = end;
  };

  while (!at.isAtEnd) {
    const opcode = at.u8();
    if (opcode >= opcodeBase) {
      const adjusted = opcode - opcodeBase;
      advance(Math.floor(adjusted / lineRange));
      line += lineBase + (adjusted % lineRange);
      push();
      continue;
    }
    switch (opcode) {
      case LNS.extended:
        extended();
        break;
      case LNS.copy:
        push();
        break;
      case LNS.advance_pc:
        advance(at.uleb());
        break;
      case LNS.advance_line:
        line += at.sleb();
        break;
      case LNS.set_file:
        file = at.uleb();
        break;
      case LNS.negate_stmt:
        isStmt = !isStmt;
        break;
      case LNS.const_add_pc:
        advance(Math.floor((255 - opcodeBase) / lineRange));
        break;
      case LNS.fixed_advance_pc:
        address += at.u16();
        operation = 0;
        break;
      default:
        // set_column, set_isa, the marks, and opcodes of later versions: their operands are passed over.
        for (let i = operands[opcode - 1] ?? 0; i > 0; i--) at.uleb();
    }
  }
  return { base: base ?? 0n, addresses, files, lines, stmt, sequences };
}
