import type { ElfFile } from '../elf/elf-file.ts';
import type { Section } from '../elf/elf-section.ts';
import { UT } from './dwarf-format.ts';
import type { Widths } from './forms.ts';

/** The longest header: DWARF 5, type unit, 64-bit form. */
const LONGEST = 40;

/** What stands before the entries of a unit (DWARF 5, 7.5.1; 2 to 4 the same without a kind). */
export interface UnitHeader extends Widths {
  readonly section: Section;
  /** Offset in the section of the header itself. */
  readonly offset: number;
  /** Offset of the first entry. */
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** DW_UT_*. */
  readonly kind: number;
  readonly abbreviations: number;
  /** Of a type unit: its signature, and the entry that it stands for. */
  readonly signature: bigint | undefined;
  readonly typeOffset: number;
}

/** Reads a unit's header. Throws CorruptError for a version or a length that cannot be. */
export function readUnitHeader(elf: ElfFile, section: Section, offset: number): UnitHeader {
  const bytes = section.peek(offset, Math.min(LONGEST, section.size - offset));
  const at = elf.cursor(bytes, section.name, offset);
  const { length, offsetSize } = at.unitLength();
  const end = at.position + length;
  if (end > section.size) throw at.corrupt(`a unit of ${length} bytes, past the section's end`);
  const version = at.u16();
  if (version < 2 || version > 5) throw at.corrupt(`a unit of DWARF version ${version}`);
  const isTypes = section.name.endsWith('debug_types');
  let kind: number = isTypes ? UT.type : UT.compile;
  let abbreviations: number;
  let addressSize: number;
  if (version >= 5) {
    kind = at.u8();
    addressSize = at.u8();
    abbreviations = at.offset(offsetSize);
  } else {
    abbreviations = at.offset(offsetSize);
    addressSize = at.u8();
  }
  if (addressSize !== 4 && addressSize !== 8) throw at.corrupt(`addresses of ${addressSize} bytes`);
  let signature: bigint | undefined;
  let typeOffset = 0;
  if (kind === UT.type || kind === UT.split_type) {
    signature = at.u64();
    typeOffset = at.offset(offsetSize);
  } else if (kind === UT.skeleton || kind === UT.split_compile) signature = at.u64();
  const start = at.position;
  if (start > end) throw at.corrupt('a unit that is shorter than its header');
  return {
    section,
    offset,
    start,
    end,
    version,
    addressSize,
    offsetSize,
    kind,
    abbreviations,
    signature,
    typeOffset,
  };
}
