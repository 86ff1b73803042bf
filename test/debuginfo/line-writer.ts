import { FORM } from '../../src/debuginfo/units/dwarf-format.ts';
import { ByteWriter } from './byte-writer.ts';

/** A row of a line table; `end` ends a sequence at its address. */
export interface RowSpec {
  readonly address: bigint;
  readonly file?: number;
  readonly line?: number;
  readonly isStmt?: boolean;
  readonly end?: boolean;
}
/** A line table and how it is written. Files and directories are numbered as the version numbers them. */
export interface LineSpec {
  readonly version: 2 | 3 | 4 | 5;
  readonly directories: readonly string[];
  readonly files: readonly (readonly [name: string, directory: number])[];
  readonly rows: readonly RowSpec[];
  readonly offsetSize?: 4 | 8;
  readonly addressSize?: 4 | 8;
  readonly little?: boolean;
  /** Writes steps as special opcodes where they fit. */
  readonly special?: boolean;
}

const LINE_BASE = -3;
const LINE_RANGE = 12;
const OPCODE_BASE = 13;

/** The table of one unit in .debug_line. */
export function writeLines(spec: LineSpec): Uint8Array {
  const { version, offsetSize = 4, addressSize = 8, little = true } = spec;
  const out = new ByteWriter(little);
  if (offsetSize === 8) out.u32(0xffffffff);
  const lengthAt = out.length;
  out.number(0, offsetSize).u16(version);
  if (version >= 5) out.u8(addressSize).u8(0);
  const headerAt = out.length;
  out.number(0, offsetSize).u8(1);
  if (version >= 4) out.u8(1);
  out
    .u8(1)
    .u8(LINE_BASE & 0xff)
    .u8(LINE_RANGE)
    .u8(OPCODE_BASE);
  out.raw([0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]);
  if (version >= 5) {
    // One column of names; then names, directories and the MD5 that gcc writes.
    out.u8(1).uleb(1).uleb(FORM.string).uleb(spec.directories.length);
    for (const name of spec.directories) out.text(name);
    out.u8(3).uleb(1).uleb(FORM.string).uleb(2).uleb(FORM.udata).uleb(5).uleb(FORM.data16);
    out.uleb(spec.files.length);
    for (const [name, directory] of spec.files)
      out.text(name).uleb(directory).raw(new Uint8Array(16));
  } else {
    for (const name of spec.directories.slice(1)) out.text(name);
    out.u8(0);
    for (const [name, directory] of spec.files.slice(1))
      out.text(name).uleb(directory).uleb(0).uleb(0);
    out.u8(0);
  }
  out.patch(headerAt, out.length - headerAt - offsetSize, offsetSize);
  writeProgram(out, spec, addressSize);
  out.patch(lengthAt, out.length - lengthAt - offsetSize, offsetSize);
  return out.bytes;
}

function writeProgram(out: ByteWriter, { rows, special }: LineSpec, addressSize: 4 | 8): void {
  const start = { address: undefined as bigint | undefined, file: 1, line: 1, isStmt: true };
  let state = { ...start };
  for (const row of rows) {
    const { file = state.file, line = state.line, isStmt = state.isStmt, end } = row;
    if (file !== state.file) out.u8(4).uleb(file);
    if (isStmt !== state.isStmt) out.u8(6);
    const step = state.address === undefined ? undefined : Number(row.address - state.address);
    if (step === undefined) {
      out
        .u8(0)
        .uleb(1 + addressSize)
        .u8(2)
        .number(row.address, addressSize);
    }
    const lines = line - state.line;
    const opcode = lines - LINE_BASE + LINE_RANGE * (step ?? 0) + OPCODE_BASE;
    const fits =
      special && !end && lines >= LINE_BASE && lines < LINE_BASE + LINE_RANGE && opcode < 256;
    if (fits) out.u8(opcode);
    else {
      if (step) out.u8(2).uleb(step);
      if (lines !== 0) out.u8(3).sleb(lines);
      if (end) out.u8(0).uleb(1).u8(1);
      else out.u8(1);
    }
    state = end ? { ...start } : { address: row.address, file, line, isStmt };
  }
}
