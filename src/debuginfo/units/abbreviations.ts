import type { ByteCursor } from '../elf/byte-cursor.ts';
import { AT, FORM } from './dwarf-format.ts';

/** The largest code of the files of this world is some hundred. */
const MAX_ABBREVIATIONS = 1 << 16;
const MAX_ATTRIBUTES = 1 << 12;

/** The shape of an entry: DWARF 5, 7.5.3. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Pairs of an attribute's name and form. */
  readonly attributes: readonly number[];
  /** The values of DW_FORM_implicit_const by attribute; undefined when there is none. */
  readonly constants: ReadonlyMap<number, number> | undefined;
  /** The index in {@link attributes} of DW_AT_sibling's pair; -1 when it has none. */
  readonly sibling: number;
}

/** The shapes of a unit's entries by their code. */
export type Abbreviations = readonly (Abbreviation | undefined)[];

/** One table of .debug_abbrev, from where the cursor stands up to its end mark. */
export function readAbbreviations(at: ByteCursor): Abbreviations {
  const table: (Abbreviation | undefined)[] = [];
  for (let code = at.uleb(); code !== 0; code = at.uleb()) {
    if (code > MAX_ABBREVIATIONS) throw at.corrupt(`an abbreviation of number ${code}`);
    const tag = at.uleb();
    const hasChildren = at.u8() !== 0;
    const attributes: number[] = [];
    let constants: Map<number, number> | undefined;
    let sibling = -1;
    for (;;) {
      const name = at.uleb();
      const form = at.uleb();
      if (name === 0 && form === 0) break;
      if (attributes.length > MAX_ATTRIBUTES) throw at.corrupt('an abbreviation without end');
      if (form === FORM.implicit_const) {
        constants ??= new Map();
        constants.set(name, at.sleb());
      }
      if (name === AT.sibling) sibling = attributes.length;
      attributes.push(name, form);
    }
    table[code] = { tag, hasChildren, attributes, constants, sibling };
  }
  return table;
}
