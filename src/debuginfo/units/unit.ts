import { CorruptError } from '../../base/errors.ts';
import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { Abbreviation, Abbreviations } from './abbreviations.ts';
import {
  type Attribute,
  addressOf,
  stringOf,
  type UnitValues,
  type ValueSections,
} from './attribute-values.ts';
import { AT, FORM } from './dwarf-format.ts';
import { readForm, readIndirect, skipForm } from './forms.ts';
import type { UnitHeader } from './unit-header.ts';

/** First bytes of a unit that are read for its own attributes. */
const HEAD = 512;
const MAX_DEPTH = 512;

/** What a unit needs of its file. */
export interface UnitHost extends ValueSections {
  abbreviations(offset: number): Abbreviations;
  /** The entry at an offset of .debug_info, which may lie in another unit than `near`. */
  dieAt(offset: number, near: Unit): Die;
  /** Offset of the entry that a type unit's signature stands for. */
  signedType(signature: bigint): number | undefined;
}

/** A unit of DWARF: its entries, and what its strings, addresses and references mean. */
export class Unit implements UnitValues {
  readonly dwarf: UnitHost;
  readonly header: UnitHeader;
  readonly #abbreviations: Abbreviations;
  #cursor: ByteCursor | undefined;
  #root: Die | undefined;

  constructor(dwarf: UnitHost, header: UnitHeader) {
    this.dwarf = dwarf;
    this.header = header;
    this.#abbreviations = dwarf.abbreviations(header.abbreviations);
  }

  /** The entry of the unit itself. */
  get root(): Die {
    this.#root ??= this.#readRoot();
    return this.#root;
  }
  /** DW_AT_name: the source file. */
  get name(): string {
    return this.root.name ?? '';
  }
  /** DW_AT_comp_dir; empty when there is none. */
  get directory(): string {
    return this.root.string(AT.comp_dir) ?? '';
  }
  /** DW_AT_low_pc, which range lists count from; 0 when there is none. */
  get lowPc(): bigint {
    return this.root.address(AT.low_pc) ?? 0n;
  }

  /** The entry at an offset of the section. Undefined for the mark that ends a list of entries. */
  dieAt(offset: number): Die | undefined {
    const { start, end } = this.header;
    if (offset < start || offset >= end) {
      throw new CorruptError(
        `${this.header.section.name}+0x${offset.toString(16)}: not an entry of its unit`,
      );
    }
    this.#cursor ??= this.dwarf.cursor(this.header.section, start, end - start);
    return this.#dieIn(this.#cursor, offset - start);
  }

  /** The cursor over the unit's entries, moved to an offset of the section. */
  cursorAt(offset: number): ByteCursor {
    const { start, end } = this.header;
    const head = this.#root?.head;
    const cursor =
      this.#cursor ??
      (offset === start && head ? head : undefined) ??
      this.dwarf.cursor(this.header.section, start, end - start);
    if (cursor !== head) this.#cursor = cursor;
    cursor.at = offset - start;
    return cursor;
  }

  /** The offset, in its own section, that an index into .debug_str_offsets or .debug_addr stands for. */
  indexed(section: '.debug_str_offsets' | '.debug_addr', index: number): number {
    const isString = section === '.debug_str_offsets';
    const base = this.root.number(isString ? AT.str_offsets_base : AT.addr_base);
    const width = isString ? this.header.offsetSize : this.header.addressSize;
    const old = isString ? 0 : (this.root.number(AT.GNU_addr_base) ?? 0);
    return (base ?? old) + index * width;
  }

  #readRoot(): Die {
    const { section, start, end } = this.header;
    const whole = end - start;
    for (let most = Math.min(HEAD, whole); ; most = whole) {
      try {
        const head = this.dwarf.cursor(section, start, most);
        const root = this.#dieIn(head, 0, head);
        if (root === undefined) throw head.corrupt('a unit without an entry');
        // A root that does not end within the first bytes throws here.
        if (root.end > end) throw head.corrupt('an entry past the end of its unit');
        return root;
      } catch (error) {
        if (!(error instanceof CorruptError) || most === whole) throw error;
      }
    }
  }

  #dieIn(cursor: ByteCursor, index: number, head?: ByteCursor): Die | undefined {
    cursor.at = index;
    const offset = cursor.position;
    const code = cursor.uleb();
    if (code === 0) return undefined;
    const abbreviation = this.#abbreviations[code];
    if (abbreviation === undefined) throw cursor.corrupt(`there is no abbreviation ${code}`);
    return new Die(this, offset, cursor.position, abbreviation, head);
  }
}

/** A debugging information entry. Its attributes are read when they are asked for. */
export class Die {
  readonly unit: Unit;
  /** Offset in the section. */
  readonly offset: number;
  readonly abbreviation: Abbreviation;
  /** For a unit's own entry: its first bytes. */
  readonly head: ByteCursor | undefined;
  readonly #start: number;
  #end: number | undefined;

  constructor(
    unit: Unit,
    offset: number,
    start: number,
    abbreviation: Abbreviation,
    head?: ByteCursor,
  ) {
    this.unit = unit;
    this.offset = offset;
    this.#start = start;
    this.abbreviation = abbreviation;
    this.head = head;
  }

  get tag(): number {
    return this.abbreviation.tag;
  }

  /** Offset behind the attributes: of the first child, or of the next entry. */
  get end(): number {
    if (this.#end === undefined) {
      const at = this.#cursor();
      const { attributes } = this.abbreviation;
      for (let i = 1; i < attributes.length; i += 2)
        skipForm(at, attributes[i] as number, this.unit.header);
      if (at.at > at.bytes.length) throw at.corrupt('an entry past the end of its unit');
      this.#end = at.position;
    }
    return this.#end;
  }

  attribute(name: number): Attribute | undefined {
    const { attributes, constants } = this.abbreviation;
    const place = indexOfName(attributes, name);
    if (place < 0) return undefined;
    const at = this.#cursor();
    const { header } = this.unit;
    for (let i = 0; i < place; i += 2) skipForm(at, attributes[i + 1] as number, header);
    const form = attributes[place + 1] as number;
    if (form === FORM.implicit_const) return { form, value: constants?.get(name) ?? 0 };
    if (form === FORM.indirect) return readIndirect(at, header);
    return { form, value: readForm(at, form, header) };
  }

  has(name: number): boolean {
    return indexOfName(this.abbreviation.attributes, name) >= 0;
  }

  get name(): string | undefined {
    return this.string(AT.name);
  }

  string(name: number): string | undefined {
    const found = this.attribute(name);
    return found && stringOf(this.unit, found);
  }

  /** A number that counts or names something; undefined when it is no number of at most 53 bits. */
  number(name: number): number | undefined {
    const value = this.attribute(name)?.value;
    if (typeof value === 'bigint') {
      const number = Number(value);
      return Number.isSafeInteger(number) ? number : undefined;
    }
    return typeof value === 'number' ? value : undefined;
  }

  flag(name: number): boolean {
    return this.number(name) === 1;
  }

  /** An address, by value or by index. */
  address(name: number): bigint | undefined {
    const found = this.attribute(name);
    return found && addressOf(this.unit, found);
  }

  /** The entry that an attribute refers to, in this unit or another one of the file. Throws CorruptError. */
  reference(name: number): Die | undefined {
    const offset = this.referenceOffset(name);
    return offset === undefined ? undefined : this.unit.dwarf.dieAt(offset, this.unit);
  }

  /** As {@link reference}: the entry's offset in .debug_info. */
  referenceOffset(name: number): number | undefined {
    const found = this.attribute(name);
    if (found === undefined) return undefined;
    const { form, value } = found;
    if (form === FORM.ref_sig8)
      return typeof value === 'bigint' ? this.unit.dwarf.signedType(value) : undefined;
    if (typeof value !== 'number') return undefined;
    return form === FORM.ref_addr ? value : this.unit.header.offset + value;
  }

  /** The entries below this one, not theirs. */
  *children(): Generator<Die> {
    if (!this.abbreviation.hasChildren) return;
    const { unit } = this;
    const last = unit.header.end;
    for (let offset = this.end; offset < last; ) {
      const child = unit.dieAt(offset);
      if (child === undefined) return;
      yield child;
      offset = child.next();
    }
  }

  /** Offset of the entry after this one and all below it. */
  next(): number {
    if (!this.abbreviation.hasChildren) return this.end;
    const { sibling } = this.abbreviation;
    if (sibling >= 0) {
      const offset = this.referenceOffset(AT.sibling);
      // One that goes backwards would never end.
      if (offset !== undefined && offset > this.offset && offset <= this.unit.header.end)
        return offset;
    }
    const { end } = this.unit.header;
    let offset = this.end;
    for (let depth = 1; offset < end; ) {
      const die = this.unit.dieAt(offset);
      if (die === undefined) {
        offset++;
        if (--depth === 0) return offset;
        continue;
      }
      const isSkipped = die.abbreviation.sibling >= 0;
      offset = isSkipped ? die.next() : die.end;
      if (!isSkipped && die.abbreviation.hasChildren && ++depth > MAX_DEPTH)
        throw new CorruptError(`.debug_info+0x${die.offset.toString(16)}: entries without end`);
    }
    return end;
  }

  #cursor(): ByteCursor {
    if (this.head) {
      this.head.at = this.#start - this.unit.header.start;
      return this.head;
    }
    return this.unit.cursorAt(this.#start);
  }
}

/** Index of an attribute's pair; -1 when the entry does not have it. */
function indexOfName(attributes: readonly number[], name: number): number {
  for (let i = 0; i < attributes.length; i += 2) if (attributes[i] === name) return i;
  return -1;
}
