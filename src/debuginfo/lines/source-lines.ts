import { Lru } from '../../base/lru.ts';
import type { Dwarf } from '../units/dwarf.ts';
import { AT } from '../units/dwarf-format.ts';
import type { Unit } from '../units/unit.ts';
import type { UnitMap } from '../units/unit-map.ts';
import { type LineHeader, readLineHeader } from './line-header.ts';
import { LineTable } from './line-table.ts';

/** Line tables that are kept: 2,200 rows of 17 bytes on average. */
const TABLES = 64;

/** Where a line of source is. */
export interface SourcePlace {
  /** DW_AT_comp_dir of the unit: what a relative file counts from. */
  readonly directory: string;
  /** As the line table has it, with its own directory: `kernel/fork.c`, or an absolute path. */
  readonly file: string;
  readonly line: number;
}

/** Lines of the addresses of one file, by their units' line tables. */
export class SourceLines {
  readonly #dwarf: Dwarf;
  readonly #units: UnitMap;
  readonly #tables = new Lru<number, LineTable>(TABLES);

  constructor(dwarf: Dwarf, units: UnitMap) {
    this.#dwarf = dwarf;
    this.#units = units;
  }

  /** The place of an address, as linked; undefined for code without lines. Throws CorruptError. */
  placeAt(address: bigint): SourcePlace | undefined {
    const unit = this.#units.unitAt(address);
    const table = unit && this.tableOf(unit);
    const row = table?.rowAt(address);
    if (unit === undefined || table === undefined || row === undefined) return undefined;
    const file = fileName(table.header, row.file);
    return file === undefined ? undefined : { directory: unit.directory, file, line: row.line };
  }

  /** The line table of a unit; undefined for a unit without one. */
  tableOf(unit: Unit): LineTable | undefined {
    const offset = unit.root.number(AT.stmt_list);
    if (offset === undefined) return undefined;
    let table = this.#tables.get(offset);
    if (table === undefined) {
      table = this.#read(unit, offset);
      this.#tables.set(offset, table);
    }
    return table;
  }

  #read(unit: Unit, offset: number): LineTable {
    const dwarf = this.#dwarf;
    const section = dwarf.section('.debug_line');
    const head = dwarf.cursor(section, offset, Math.min(12, section.size - offset));
    const { length, offsetSize } = head.unitLength();
    const at = dwarf.cursor(section, offset + head.at, length);
    const widths = { ...unit.header, offsetSize };
    const header = readLineHeader(at, widths, (name, place) => dwarf.string(name, place));
    at.at = header.start;
    return new LineTable(header, at);
  }
}

/** The name of a file of a line table, with its directory where that is not the unit's own. */
export function fileName(header: LineHeader, index: number): string | undefined {
  const file = header.files[index];
  if (file === undefined) return undefined;
  const directory = file.directory === 0 ? '' : (header.directories[file.directory] ?? '');
  return joined(directory, file.name);
}

/** A name in a directory; an absolute name stays. Doubled slashes become one. */
export const joined = (directory: string, name: string): string =>
  (directory === '' || name.startsWith('/') ? name : `${directory}/${name}`).replace(/\/\/+/g, '/');
