import type { ByteCursor } from '../elf/byte-cursor.ts';
import { FORM } from '../units/dwarf-format.ts';
import { readForm, type Widths } from '../units/forms.ts';

const MAX_ENTRIES = 1 << 20;
const MAX_FORMATS = 64;
/** DW_LNCT_path, DW_LNCT_directory_index. */
const PATH = 1;
const DIRECTORY = 2;

/** A source file as a line table names it. */
export interface LineFile {
  readonly name: string;
  /** Index in {@link LineHeader.directories}. */
  readonly directory: number;
}

/** What stands before a line program: DWARF 5, 6.2.4. */
export interface LineHeader {
  readonly version: number;
  readonly addressSize: number;
  /** Offset of the first opcode, in the cursor's bytes. */
  readonly start: number;
  readonly minInstruction: number;
  readonly maxOperations: number;
  readonly defaultIsStmt: boolean;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  /** Operands of each standard opcode. */
  readonly operands: Uint8Array;
  /** Directory 0 is the unit's own in every version. */
  readonly directories: readonly string[];
  /** By their number in the program: version 5 counts from 0, older ones from 1. */
  readonly files: readonly (LineFile | undefined)[];
}

/** Strings of a line header that lie elsewhere. */
export type StringAt = (section: string, offset: number) => string;

/** Reads the header that begins behind the length of a line table. `widths` are of its unit; version 5 has its own. */
export function readLineHeader(at: ByteCursor, widths: Widths, stringAt: StringAt): LineHeader {
  const version = at.u16();
  if (version < 2 || version > 5) throw at.corrupt(`a line table of version ${version}`);
  let { addressSize } = widths;
  if (version >= 5) {
    addressSize = at.u8();
    at.skip(1);
  }
  const length = at.offset(widths.offsetSize);
  const start = at.at + length;
  if (start > at.bytes.length) throw at.corrupt('a line table that ends within its header');
  const minInstruction = at.u8();
  const maxOperations = version >= 4 ? at.u8() : 1;
  const defaultIsStmt = at.u8() !== 0;
  const lineBase = at.i8();
  const lineRange = at.u8();
  const opcodeBase = at.u8();
  if (lineRange === 0 || opcodeBase === 0) throw at.corrupt('a line table that divides by zero');
  const operands = at.take(opcodeBase - 1);
  const names =
    version >= 5 ? readEntries(at, { ...widths, version, addressSize }, stringAt) : readOld(at);
  return {
    version,
    addressSize,
    start,
    minInstruction,
    maxOperations: Math.max(1, maxOperations),
    defaultIsStmt,
    lineBase,
    lineRange,
    opcodeBase,
    operands,
    ...names,
  };
}

function readOld(at: ByteCursor): Pick<LineHeader, 'directories' | 'files'> {
  const directories = [''];
  for (let name = at.cString(); name !== ''; name = at.cString()) directories.push(name);
  const files: (LineFile | undefined)[] = [undefined];
  for (let name = at.cString(); name !== ''; name = at.cString()) {
    files.push({ name, directory: at.uleb() });
    at.uleb();
    at.uleb();
  }
  return { directories, files };
}

function readEntries(
  at: ByteCursor,
  widths: Widths,
  stringAt: StringAt,
): Pick<LineHeader, 'directories' | 'files'> {
  const directories = readTable(at, widths, stringAt).map(({ name }) => name);
  return { directories, files: readTable(at, widths, stringAt) };
}

/** A table whose columns are declared before it. */
function readTable(at: ByteCursor, widths: Widths, stringAt: StringAt): LineFile[] {
  const formats: [content: number, form: number][] = [];
  const columns = at.u8();
  if (columns > MAX_FORMATS) throw at.corrupt(`a table of ${columns} columns`);
  for (let i = 0; i < columns; i++) formats.push([at.uleb(), at.uleb()]);
  const count = at.uleb();
  // A row takes a byte or more, unless it has no columns.
  if (count > MAX_ENTRIES || (count > 0 && columns === 0) || count > at.bytes.length)
    throw at.corrupt(`a table of ${count} rows`);
  const rows: LineFile[] = [];
  for (let i = 0; i < count; i++) {
    let name = '';
    let directory = 0;
    for (const [content, form] of formats) {
      const value = readForm(at, form, widths);
      if (content === PATH) {
        if (typeof value === 'string') name = value;
        else if (typeof value === 'number' && form in STRINGS)
          name = stringAt(STRINGS[form] as string, value);
      } else if (content === DIRECTORY && typeof value === 'number') directory = value;
    }
    rows.push({ name, directory });
  }
  return rows;
}

const STRINGS: Readonly<Record<number, string>> = {
  [FORM.strp]: '.debug_str',
  [FORM.line_strp]: '.debug_line_str',
};
