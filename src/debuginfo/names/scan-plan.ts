import type { Abbreviation } from '../units/abbreviations.ts';
import { AT, FORM, TAG } from '../units/dwarf-format.ts';
import { fixedSize } from '../units/forms.ts';
import type { UnitHeader } from '../units/unit-header.ts';
import { NAME_KIND } from './name-index.ts';

/** Tags whose names are kept. */
const KIND_OF: Readonly<Record<number, number>> = {
  [TAG.structure_type]: NAME_KIND.struct,
  [TAG.class_type]: NAME_KIND.struct,
  [TAG.union_type]: NAME_KIND.union,
  [TAG.enumeration_type]: NAME_KIND.enum,
  [TAG.typedef]: NAME_KIND.typedef,
  [TAG.base_type]: NAME_KIND.base,
  [TAG.subprogram]: NAME_KIND.func,
  [TAG.variable]: NAME_KIND.var,
};

/** How an entry of some shape is passed over, and where its name stands. */
export interface Plan {
  readonly abbreviation: Abbreviation;
  /** Undefined for shapes whose names are not kept: declarations, and tags that are none. */
  readonly kind: number | undefined;
  /** Bytes of all attributes; -1 when that depends on their values. */
  readonly size: number;
  /** Byte of the name and of the sibling, from the first attribute; -1 when that depends on values, or there is none. */
  readonly nameAt: number;
  readonly nameForm: number;
  readonly siblingAt: number;
  readonly siblingForm: number;
  /** Whether it has a name at all. */
  readonly isNamed: boolean;
  /** Byte of DW_AT_specification, whose entry has the name. */
  readonly originAt: number;
  /** Index of DW_AT_location's pair, where it is an expression; and its byte. */
  readonly locationIndex: number;
  readonly locationAt: number;
}

const NAME_FORMS: readonly number[] = [FORM.strp, FORM.string];
/** DWARF 4 has a form of its own for expressions; a length below 128 is written alike in all. */
const EXPRESSION_FORMS: readonly number[] = [FORM.exprloc, FORM.block1, FORM.block];
const SIBLING_FORMS: readonly number[] = [FORM.ref4, FORM.ref2, FORM.ref1];

/** The plan of a shape in units of some widths. */
export function planOf(abbreviation: Abbreviation, header: UnitHeader): Plan {
  const { tag, attributes } = abbreviation;
  const found = {
    nameAt: -1,
    nameForm: 0,
    siblingAt: -1,
    siblingForm: 0,
    originAt: -1,
    locationAt: -1,
    locationIndex: -1,
  };
  let at = 0;
  let isDeclaration = false;
  let isNamed = false;
  for (let i = 0; i < attributes.length; i += 2) {
    const name = attributes[i] as number;
    const form = attributes[i + 1] as number;
    if (name === AT.declaration) isDeclaration = true;
    if (name === AT.location && EXPRESSION_FORMS.includes(form)) found.locationIndex = i;
    if (name === AT.name) isNamed = true;
    if (name === AT.sibling && SIBLING_FORMS.includes(form)) found.siblingForm = form;
    if (at >= 0) {
      if (name === AT.name && NAME_FORMS.includes(form) && header.offsetSize === 4) {
        found.nameAt = at;
        found.nameForm = form;
      } else if (name === AT.sibling && SIBLING_FORMS.includes(form)) {
        found.siblingAt = at;
      } else if (name === AT.specification && form === FORM.ref4) found.originAt = at;
      else if (name === AT.location && EXPRESSION_FORMS.includes(form)) found.locationAt = at;
      const size = fixedSize(form, header);
      at = size < 0 ? -1 : at + size;
    }
  }
  const kind = isDeclaration ? undefined : KIND_OF[tag];
  return { abbreviation, kind, size: at, isNamed, ...found };
}
