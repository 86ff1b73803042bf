import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { Section } from '../elf/elf-section.ts';
import { FORM } from './dwarf-format.ts';
import type { RawValue, Widths } from './forms.ts';

/** The value of an attribute and the form that it is written in. */
export interface Attribute {
  readonly form: number;
  readonly value: RawValue;
}

/** The sections that values refer to. */
export interface ValueSections {
  /** A section that must be there, since another refers to it. Throws CorruptError. */
  section(name: string): Section;
  cursor(section: Section, offset: number, length: number): ByteCursor;
  /** The NUL-ended string at an offset of a section of strings. */
  string(section: string, offset: number): string;
  /** The file that dwz moved common strings to; undefined when it is not at hand. */
  readonly alternate: { string(section: string, offset: number): string } | undefined;
}

/** A unit, as far as values of its attributes need it. */
export interface UnitValues {
  readonly header: Widths;
  readonly dwarf: ValueSections;
  /** The offset, in its own section, that an index into .debug_str_offsets or .debug_addr stands for. */
  indexed(section: '.debug_str_offsets' | '.debug_addr', index: number): number;
}

/** The text of an attribute; undefined for one that is no string, or lies in a file that is not at hand. */
export function stringOf(unit: UnitValues, { form, value }: Attribute): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return undefined;
  const { dwarf, header } = unit;
  switch (form) {
    case FORM.strp:
      return dwarf.string('.debug_str', value);
    case FORM.line_strp:
      return dwarf.string('.debug_line_str', value);
    case FORM.strx:
    case FORM.strx1:
    case FORM.strx2:
    case FORM.strx3:
    case FORM.strx4:
    case FORM.GNU_str_index: {
      const at = dwarf.cursor(
        dwarf.section('.debug_str_offsets'),
        unit.indexed('.debug_str_offsets', value),
        header.offsetSize,
      );
      return dwarf.string('.debug_str', at.offset(header.offsetSize));
    }
    case FORM.GNU_strp_alt:
    case FORM.strp_sup:
      return dwarf.alternate?.string('.debug_str', value);
    default:
      return undefined;
  }
}

/** The address of an attribute; undefined for one that is none. */
export function addressOf(unit: UnitValues, { form, value }: Attribute): bigint | undefined {
  switch (form) {
    case FORM.addr:
      return typeof value === 'bigint' ? value : undefined;
    case FORM.addrx:
    case FORM.addrx1:
    case FORM.addrx2:
    case FORM.addrx3:
    case FORM.addrx4:
    case FORM.GNU_addr_index:
      return typeof value === 'number' ? indexedAddress(unit, value) : undefined;
    default:
      return undefined;
  }
}

/** Entry `index` of the unit's part of .debug_addr. */
export function indexedAddress(unit: UnitValues, index: number): bigint {
  const { dwarf, header } = unit;
  const offset = unit.indexed('.debug_addr', index);
  return dwarf
    .cursor(dwarf.section('.debug_addr'), offset, header.addressSize)
    .unsigned(header.addressSize);
}
