import type { ByteCursor } from '../elf/byte-cursor.ts';
import { FORM } from './dwarf-format.ts';

/** How wide the numbers of a unit are. */
export interface Widths {
  readonly version: number;
  readonly addressSize: number;
  readonly offsetSize: 4 | 8;
}

/**
 * The value of an attribute as it is written: a number of at most 32 bits, a wider one, bytes, or an inline string. What
 * an offset or an index stands for is told by the form.
 */
export type RawValue = number | bigint | Uint8Array | string;

const MAX_INDIRECT = 8;

/** Reads the value of a form (DWARF 5, 7.5.6). Throws CorruptError for a form that is not known. */
export function readForm(at: ByteCursor, form: number, widths: Widths): RawValue {
  switch (form) {
    case FORM.addr:
      return at.unsigned(widths.addressSize);
    case FORM.data1:
    case FORM.ref1:
    case FORM.flag:
    case FORM.strx1:
    case FORM.addrx1:
      return at.u8();
    case FORM.data2:
    case FORM.ref2:
    case FORM.strx2:
    case FORM.addrx2:
      return at.u16();
    case FORM.strx3:
    case FORM.addrx3:
      return at.u24();
    case FORM.data4:
    case FORM.ref4:
    case FORM.strx4:
    case FORM.addrx4:
    case FORM.ref_sup4:
      return at.u32();
    case FORM.data8:
    case FORM.ref_sig8:
      return at.u64();
    case FORM.ref8:
    case FORM.ref_sup8:
      return at.offset(8);
    case FORM.data16:
      return at.take(16);
    case FORM.sdata:
      return numberOf(at.slebBig());
    case FORM.udata:
      return numberOf(at.ulebBig());
    case FORM.ref_udata:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
    case FORM.GNU_addr_index:
    case FORM.GNU_str_index:
      return at.uleb();
    case FORM.string:
      return at.cString();
    case FORM.strp:
    case FORM.line_strp:
    case FORM.sec_offset:
    case FORM.strp_sup:
    case FORM.GNU_ref_alt:
    case FORM.GNU_strp_alt:
      return at.offset(widths.offsetSize);
    case FORM.ref_addr:
      // DWARF 2 gave it the width of an address.
      return at.offset(widths.version === 2 ? widthOf(widths.addressSize) : widths.offsetSize);
    case FORM.block1:
      return at.take(at.u8());
    case FORM.block2:
      return at.take(at.u16());
    case FORM.block4:
      return at.take(at.u32());
    case FORM.block:
    case FORM.exprloc:
      return at.take(at.uleb());
    case FORM.flag_present:
      return 1;
    case FORM.implicit_const:
      // Its value stands in the abbreviation.
      return 0;
    case FORM.indirect:
      return readIndirect(at, widths).value;
    default:
      throw at.corrupt(`a form 0x${form.toString(16)} that is not known`);
  }
}

/** DW_FORM_indirect: the form itself stands before the value. */
export function readIndirect(at: ByteCursor, widths: Widths): { form: number; value: RawValue } {
  let form: number = FORM.indirect;
  for (let depth = 0; form === FORM.indirect; depth++) {
    if (depth > MAX_INDIRECT) throw at.corrupt('a form without end');
    form = at.uleb();
  }
  return { form, value: readForm(at, form, widths) };
}

/** Moves past the value of a form, without making anything of it. */
export function skipForm(at: ByteCursor, form: number, widths: Widths): void {
  const size = fixedSize(form, widths);
  if (size >= 0) at.at += size;
  else readForm(at, form, widths);
}

const FIXED = new Int8Array(0x40).fill(-1);
for (const [form, size] of [
  [FORM.data1, 1],
  [FORM.ref1, 1],
  [FORM.flag, 1],
  [FORM.strx1, 1],
  [FORM.addrx1, 1],
  [FORM.data2, 2],
  [FORM.ref2, 2],
  [FORM.strx2, 2],
  [FORM.addrx2, 2],
  [FORM.strx3, 3],
  [FORM.addrx3, 3],
  [FORM.data4, 4],
  [FORM.ref4, 4],
  [FORM.strx4, 4],
  [FORM.addrx4, 4],
  [FORM.ref_sup4, 4],
  [FORM.data8, 8],
  [FORM.ref8, 8],
  [FORM.ref_sig8, 8],
  [FORM.ref_sup8, 8],
  [FORM.data16, 16],
  [FORM.flag_present, 0],
  [FORM.implicit_const, 0],
] as const)
  FIXED[form] = size;

/** Bytes of a value whose size does not depend on it; -1 for all others. */
export function fixedSize(form: number, { version, addressSize, offsetSize }: Widths): number {
  switch (form) {
    case FORM.addr:
      return addressSize;
    case FORM.strp:
    case FORM.line_strp:
    case FORM.sec_offset:
    case FORM.strp_sup:
    case FORM.GNU_ref_alt:
    case FORM.GNU_strp_alt:
      return offsetSize;
    case FORM.ref_addr:
      return version === 2 ? addressSize : offsetSize;
    default:
      return form < FIXED.length ? (FIXED[form] as number) : -1;
  }
}

const numberOf = (value: bigint): number | bigint =>
  value >= -0x8000_0000n && value <= 0xffff_ffffn ? Number(value) : value;
const widthOf = (size: number): 4 | 8 => (size === 8 ? 8 : 4);
