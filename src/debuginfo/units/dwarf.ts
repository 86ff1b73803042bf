import { cString } from '../../base/bytes.ts';
import { CorruptError } from '../../base/errors.ts';
import { Lru } from '../../base/lru.ts';
import { countBefore } from '../../base/sorted.ts';
import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { ElfFile } from '../elf/elf-file.ts';
import type { Section } from '../elf/elf-section.ts';
import { type Abbreviations, readAbbreviations } from './abbreviations.ts';
import { type Die, Unit, type UnitHost } from './unit.ts';
import { readUnitHeader, type UnitHeader } from './unit-header.ts';

/** Abbreviation tables that are kept: one unit has one, of 2.4 kB on average. */
const TABLES = 256;
/** First bytes of a table that are tried; the table's length stands nowhere. */
const TABLE_BYTES = 8192;
/** Units whose entries are kept: 75 kB on average, and of a few megabytes at most. */
const UNITS = 96;
const STRING_BYTES = 128;
const MAX_STRING = 1 << 20;
/** A kernel with every driver built in has some 30,000. */
const MAX_UNITS = 1 << 20;

/**
 * The DWARF sections of one file, and what all units share: abbreviations, strings, and the list of units. Everything
 * is read when it is asked for.
 */
export class Dwarf implements UnitHost {
  readonly elf: ElfFile;
  readonly #tables = new Lru<number, Abbreviations>(TABLES);
  readonly #units = new Lru<number, Unit>(UNITS);
  #headers: readonly UnitHeader[] | undefined;
  #signatures: ReadonlyMap<bigint, number> | undefined;
  readonly alternate: UnitHost['alternate'];

  constructor(elf: ElfFile, alternate?: UnitHost['alternate']) {
    this.elf = elf;
    this.alternate = alternate;
  }

  /** The section of entries; undefined when the file has no debugging data. */
  get info(): Section | undefined {
    return this.elf.section('.debug_info');
  }

  /** A section that must be there, since another refers to it. Throws CorruptError. */
  section(name: string): Section {
    const section = this.elf.section(name);
    if (section === undefined) throw new CorruptError(`${this.elf.path}: it has no ${name}`);
    return section;
  }

  /** A cursor over a range of a section. */
  cursor(section: Section, offset: number, length: number): ByteCursor {
    return this.elf.cursor(section.read(offset, length), section.name, offset);
  }

  /** A cursor from an offset to the end of the section; no more than `most` bytes are read. */
  cursorFrom(section: Section, offset: number, most: number): ByteCursor {
    const room = section.size - offset;
    if (!(room > 0))
      throw new CorruptError(`${section.name}: there is no offset 0x${offset.toString(16)}`);
    return this.cursor(section, offset, Math.min(room, most));
  }

  /** The table of abbreviations at an offset of .debug_abbrev. */
  abbreviations(offset: number): Abbreviations {
    let table = this.#tables.get(offset);
    if (table === undefined) {
      const section = this.section('.debug_abbrev');
      table = growing(section.size - offset, TABLE_BYTES, (most) =>
        readAbbreviations(this.cursorFrom(section, offset, most)),
      );
      this.#tables.set(offset, table);
    }
    return table;
  }

  /** The NUL-ended string at an offset of a section of strings, as latin-1. */
  string(sectionName: string, offset: number): string {
    const section = this.section(sectionName);
    return growing(Math.min(section.size - offset, MAX_STRING), STRING_BYTES, (most) => {
      const { bytes } = this.cursorFrom(section, offset, most);
      if (bytes.indexOf(0) < 0)
        throw new CorruptError(`${sectionName}+0x${offset.toString(16)}: a string without end`);
      return cString(bytes);
    });
  }

  /** The headers of all units of .debug_info by their offset, read at the first call. A damaged one ends the list. */
  get unitHeaders(): readonly UnitHeader[] {
    this.#headers ??= this.#readHeaders();
    return this.#headers;
  }

  /** The header of the unit that holds an offset of .debug_info. Throws CorruptError. */
  headerAround(offset: number): UnitHeader {
    const all = this.unitHeaders;
    const passed = countBefore(all.length, (i) => (all[i] as UnitHeader).offset <= offset);
    const found = all[passed - 1];
    if (found === undefined || offset >= found.end)
      throw new CorruptError(`.debug_info: no unit holds 0x${offset.toString(16)}`);
    return found;
  }

  /** The unit whose header is at an offset of .debug_info. Throws CorruptError. */
  unitAt(offset: number): Unit {
    let unit = this.#units.get(offset);
    if (unit === undefined) {
      unit = new Unit(this, readUnitHeader(this.elf, this.section('.debug_info'), offset));
      this.#units.set(offset, unit);
    }
    return unit;
  }

  unitAround(offset: number): Unit {
    return this.unitAt(this.headerAround(offset).offset);
  }

  dieAt(offset: number, near?: Unit): Die {
    const isNear = near && offset >= near.header.start && offset < near.header.end;
    const unit = isNear ? near : this.unitAround(offset);
    const die = unit.dieAt(offset);
    if (die === undefined)
      throw new CorruptError(`.debug_info+0x${offset.toString(16)}: there is no entry`);
    return die;
  }

  signedType(signature: bigint): number | undefined {
    if (this.#signatures === undefined) {
      const found = new Map<bigint, number>();
      for (const each of this.unitHeaders) {
        if (each.signature !== undefined && each.typeOffset > 0)
          found.set(each.signature, each.offset + each.typeOffset);
      }
      this.#signatures = found;
    }
    return this.#signatures.get(signature);
  }

  #readHeaders(): readonly UnitHeader[] {
    const headers: UnitHeader[] = [];
    const section = this.info;
    for (let offset = 0; section !== undefined && offset < section.size; ) {
      if (headers.length > MAX_UNITS)
        throw new CorruptError('.debug_info: more units than any kernel');
      const header = readUnitHeader(this.elf, section, offset);
      headers.push(header);
      offset = header.end;
    }
    return headers;
  }
}

/** Tries with few bytes, and with four times as many while what is read ends outside them. */
function growing<T>(room: number, first: number, read: (most: number) => T): T {
  for (let most = first; ; most *= 4) {
    try {
      return read(most);
    } catch (error) {
      if (!(error instanceof CorruptError) || most >= room) throw error;
    }
  }
}
