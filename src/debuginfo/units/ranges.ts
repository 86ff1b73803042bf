import type { ByteCursor } from '../elf/byte-cursor.ts';
import { indexedAddress } from './attribute-values.ts';
import { AT, FORM } from './dwarf-format.ts';
import type { Die, Unit } from './unit.ts';

/** Addresses [start, end) as linked. */
export interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

/** First bytes of a list that are read; the list of a unit of a kernel is some hundred bytes. */
const LIST_BYTES = 1 << 12;
const MAX_LIST = 1 << 22;
const MAX_RANGES = 1 << 18;

/** DW_RLE_*: DWARF 5, 7.25. */
const RLE = {
  end_of_list: 0,
  base_addressx: 1,
  startx_endx: 2,
  startx_length: 3,
  offset_pair: 4,
  base_address: 5,
  start_end: 6,
  start_length: 7,
} as const;

/** The addresses of an entry: DW_AT_ranges, or DW_AT_low_pc and DW_AT_high_pc; none where it has no code. */
export function rangesOf(die: Die): readonly Range[] {
  const list = die.attribute(AT.ranges);
  if (list !== undefined && typeof list.value === 'number')
    return readRanges(die.unit, list.value, list.form);
  const start = die.address(AT.low_pc);
  const high = die.attribute(AT.high_pc);
  if (start === undefined || high === undefined) return [];
  const end = die.address(AT.high_pc) ?? start + lengthOf(high.value);
  return end > start ? [{ start, end }] : [];
}

/** Whether an entry's code holds an address. */
export const holds = (die: Die, address: bigint): boolean =>
  rangesOf(die).some(({ start, end }) => address >= start && address < end);

const lengthOf = (value: unknown): bigint =>
  typeof value === 'bigint' ? value : typeof value === 'number' ? BigInt(value) : 0n;

function readRanges(unit: Unit, value: number, form: number): readonly Range[] {
  const isNew = unit.header.version >= 5;
  const section = unit.dwarf.section(isNew ? '.debug_rnglists' : '.debug_ranges');
  const offset = isNew && form === FORM.rnglistx ? listAt(unit, value) : value;
  for (let most = LIST_BYTES; ; most *= 8) {
    const room = section.size - offset;
    const at = unit.dwarf.cursor(section, offset, Math.min(room, most));
    try {
      return isNew ? readNew(unit, at) : readOld(unit, at);
    } catch (error) {
      if (most >= room || most >= MAX_LIST || !at.isCut(error)) throw error;
    }
  }
}

/** Entry `index` of the offsets before the unit's range lists (DW_FORM_rnglistx). */
function listAt(unit: Unit, index: number): number {
  const { dwarf, header } = unit;
  const base = unit.root.number(AT.rnglists_base) ?? (header.offsetSize === 8 ? 20 : 12);
  const section = dwarf.section('.debug_rnglists');
  const at = dwarf.cursor(section, base + index * header.offsetSize, header.offsetSize);
  return base + at.offset(header.offsetSize);
}

/** .debug_ranges, DWARF 2 to 4: pairs, of which one with an end of 0 ends the list. */
function readOld(unit: Unit, at: ByteCursor): readonly Range[] {
  const ranges: Range[] = [];
  const { addressSize } = unit.header;
  const mark = addressSize === 8 ? 0xffffffffffffffffn : 0xffffffffn;
  let base = unit.lowPc;
  for (;;) {
    const start = at.unsigned(addressSize);
    const end = at.unsigned(addressSize);
    if (start === 0n && end === 0n) return ranges;
    if (start === mark) base = end;
    else push(ranges, base + start, base + end, at);
  }
}

function readNew(unit: Unit, at: ByteCursor): readonly Range[] {
  const ranges: Range[] = [];
  const { addressSize } = unit.header;
  const address = (): bigint => at.unsigned(addressSize);
  const indexed = (): bigint => indexedAddress(unit, at.uleb());
  let base = unit.lowPc;
  for (;;) {
    const kind = at.u8();
    switch (kind) {
      case RLE.end_of_list:
        return ranges;
      case RLE.base_addressx:
        base = indexed();
        break;
      case RLE.base_address:
        base = address();
        break;
      case RLE.startx_endx: {
        const start = indexed();
        push(ranges, start, indexed(), at);
        break;
      }
      case RLE.startx_length: {
        const start = indexed();
        push(ranges, start, start + at.ulebBig(), at);
        break;
      }
      case RLE.offset_pair: {
        const start = base + at.ulebBig();
        push(ranges, start, base + at.ulebBig(), at);
        break;
      }
      case RLE.start_end: {
        const start = address();
        push(ranges, start, address(), at);
        break;
      }
      case RLE.start_length: {
        const start = address();
        push(ranges, start, start + at.ulebBig(), at);
        break;
      }
      default:
        throw at.corrupt(`a range of kind ${kind}, which is not known`);
    }
  }
}

function push(ranges: Range[], start: bigint, end: bigint, at: ByteCursor): void {
  if (ranges.length > MAX_RANGES) throw at.corrupt('a list of ranges without end');
  if (end > start) ranges.push({ start, end });
}
