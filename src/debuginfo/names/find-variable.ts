import { CorruptError } from '../../base/errors.ts';
import type { Dwarf } from '../units/dwarf.ts';
import { AT, TAG } from '../units/dwarf-format.ts';
import type { Die } from '../units/unit.ts';

/** Bytes of .debug_info that are searched at a time. */
const WINDOW = 1 << 22;
const DW_OP_ADDR = 3;
const MAX_HITS = 64;
const MAX_DEPTH = 128;

/**
 * The entries of the variables at an address (as linked): the one whose location is DW_OP_addr of it. The bytes of that
 * location are searched for in all of .debug_info, which takes a tenth of a second and needs no index; a hit counts when
 * the walk of its unit confirms it. Variables inside functions are found too. A weak variable has several.
 */
export function* findVariablesAt(
  dwarf: Dwarf,
  address: bigint,
  checkpoint?: () => void,
): Generator<Die> {
  const { addressSize, little } = dwarf.elf;
  const location = new Uint8Array(1 + addressSize);
  location[0] = DW_OP_ADDR;
  const view = new DataView(location.buffer);
  if (addressSize === 8) view.setBigUint64(1, address, little);
  else view.setUint32(1, Number(address & 0xffffffffn), little);
  let hits = 0;
  for (const offset of occurrences(dwarf, location, checkpoint)) {
    const die = entryOver(dwarf, offset);
    if (die?.tag === TAG.variable && isLocation(die, location)) yield die;
    if (++hits > MAX_HITS) return;
  }
}

/** Whether a variable's own entry says how large it is: not an array without a length. */
export function isComplete(die: Die): boolean {
  let type = die.reference(AT.type) ?? die.reference(AT.specification)?.reference(AT.type);
  for (let depth = 0; depth < MAX_DEPTH && type?.tag === TAG.const_type; depth++)
    type = type.reference(AT.type);
  if (type?.tag !== TAG.array_type) return true;
  for (const child of type.children())
    if (child.has(AT.upper_bound) || child.has(AT.count)) return true;
  return false;
}

/** Offsets of .debug_info where some bytes stand. */
function* occurrences(dwarf: Dwarf, bytes: Uint8Array, checkpoint?: () => void): Generator<number> {
  const section = dwarf.info;
  const size = section?.size ?? 0;
  for (let start = 0; start < size; start += WINDOW) {
    checkpoint?.();
    const length = Math.min(WINDOW + bytes.length - 1, size - start);
    const window = Buffer.from(section?.read(start, length) ?? []);
    for (let at = window.indexOf(bytes); at >= 0; at = window.indexOf(bytes, at + 1))
      yield start + at;
  }
}

/** The innermost entry whose attributes reach over an offset. */
function entryOver(dwarf: Dwarf, offset: number): Die | undefined {
  try {
    let scope: Die | undefined = dwarf.unitAround(offset).root;
    for (let depth = 0; scope !== undefined && depth < MAX_DEPTH; depth++) {
      if (offset < scope.end) return scope;
      let inner: Die | undefined;
      for (const child of scope.children()) {
        if (child.offset > offset) break;
        inner = child;
      }
      scope = inner;
    }
  } catch (error) {
    // What is found in a damaged unit is no variable.
    if (!(error instanceof CorruptError)) throw error;
  }
  return undefined;
}

const isLocation = (die: Die, location: Uint8Array): boolean => {
  const value = die.attribute(AT.location)?.value;
  return value instanceof Uint8Array && Buffer.compare(value, location) === 0;
};
