import { CorruptError } from '../../base/errors.ts';
import { byStart } from '../../base/sorted.ts';
import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { Dwarf } from '../units/dwarf.ts';
import { FORM, TAG } from '../units/dwarf-format.ts';
import { skipForm } from '../units/forms.ts';
import type { UnitHeader } from '../units/unit-header.ts';
import { hashOf, NAME_KIND, type NameArrays } from './name-index.ts';
import { type Plan, planOf } from './scan-plan.ts';

/** So many that a hash and an index fit one number; a kernel with every driver has some 300,000. */
const MAX_NAMES = 1 << 21;
/** Longest inline name that is told apart by one number. */
const PACKED = 5;
const DW_OP_ADDR = 3;

/**
 * Goes over the top-level entries of every unit once and keeps the first definition of each name and kind, and every
 * enumerator. Equal strings of .debug_str have one offset, so that most names are told apart without being read.
 * Units that are damaged are left out, and told to `onDamage`.
 */
export function scanNames(
  dwarf: Dwarf,
  { checkpoint, onDamage }: { checkpoint?: () => void; onDamage?: (error: CorruptError) => void },
): NameArrays {
  const scan = new NameScan(dwarf);
  for (const header of dwarf.unitHeaders) {
    checkpoint?.();
    try {
      scan.unit(header);
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      onDamage?.(error);
    }
  }
  return scan.sorted();
}

class NameScan {
  readonly #dwarf: Dwarf;
  /** Kinds seen (one bit each) of the name at each offset of .debug_str, and of the names that stand in the entries. */
  readonly #seen: Uint8Array;
  readonly #seenShort = new Set<number>();
  readonly #seenInline = new Set<string>();
  readonly #hashes: number[] = [];
  readonly #entries: number[] = [];
  readonly #kinds: number[] = [];
  readonly #variables: { readonly address: bigint; readonly entry: number }[] = [];
  readonly #plans = new Map<number, (Plan | undefined)[]>();
  readonly #strings: Uint8Array;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
    const strings = dwarf.elf.section('.debug_str');
    this.#strings = strings?.read(0, strings.size) ?? new Uint8Array(0);
    this.#seen = new Uint8Array(this.#strings.length);
  }

  unit(header: UnitHeader): void {
    const { section, start, end } = header;
    const at = this.#dwarf.cursor(section, start, end - start);
    const plans = this.#plansOf(header);
    // The unit's own entry, whose children are the top level.
    const root = this.#planAt(at, plans);
    if (root === undefined || !root.abbreviation.hasChildren) return;
    this.#skipAttributes(at, root, header);
    while (!at.isAtEnd) {
      const entry = at.position;
      const plan = this.#planAt(at, plans);
      if (plan === undefined) return;
      const first = at.at;
      if (plan.kind !== undefined) this.#keep(at, { plan, header, entry, plans });
      at.at = first;
      this.#next(at, plan, { header, plans });
    }
  }

  sorted(): NameArrays {
    // Numbers sort fast: the hash above, the index below.
    const keys = Float64Array.from(this.#hashes, (hash, i) => hash * MAX_NAMES + i).sort();
    const indexes = Uint32Array.from(keys, (key) => key % MAX_NAMES);
    const variables = this.#variables.sort(byStart(({ address }) => address));
    return {
      hashes: Uint32Array.from(keys, (key) => Math.floor(key / MAX_NAMES)),
      entries: Uint32Array.from(indexes, (i) => this.#entries[i] as number),
      kinds: Uint8Array.from(indexes, (i) => this.#kinds[i] as number),
      addresses: BigUint64Array.from(variables, ({ address }) => address),
      variables: Uint32Array.from(variables, ({ entry }) => entry),
    };
  }

  #planAt(at: ByteCursor, plans: (Plan | undefined)[]): Plan | undefined {
    const code = at.uleb();
    if (code === 0) return undefined;
    const plan = plans[code];
    if (plan === undefined) throw at.corrupt(`there is no abbreviation ${code}`);
    return plan;
  }

  /** Moves from the first attribute of an entry behind all that is below it. */
  #next(
    at: ByteCursor,
    plan: Plan,
    { header, plans }: { header: UnitHeader; plans: (Plan | undefined)[] },
  ): void {
    const first = at.at;
    if (plan.abbreviation.hasChildren && plan.siblingForm !== 0) {
      if (plan.siblingAt >= 0) at.at = first + plan.siblingAt;
      else this.#skipAttributes(at, plan, header, plan.abbreviation.sibling);
      const value =
        plan.siblingForm === FORM.ref4
          ? at.u32()
          : plan.siblingForm === FORM.ref2
            ? at.u16()
            : at.u8();
      const next = header.offset + value - header.start;
      if (next > first && next <= at.bytes.length) {
        at.at = next;
        return;
      }
      at.at = first;
    }
    this.#skipAttributes(at, plan, header);
    if (!plan.abbreviation.hasChildren) return;
    for (let depth = 1; depth > 0 && !at.isAtEnd; ) {
      const child = this.#planAt(at, plans);
      if (child === undefined) {
        depth--;
        continue;
      }
      if (child.siblingForm !== 0 || !child.abbreviation.hasChildren)
        this.#next(at, child, { header, plans });
      else {
        this.#skipAttributes(at, child, header);
        depth++;
      }
    }
  }

  /** Passes over the attributes of an entry, or over those before one of them. */
  #skipAttributes(
    at: ByteCursor,
    { size, abbreviation }: Plan,
    header: UnitHeader,
    before?: number,
  ): void {
    if (size >= 0 && before === undefined) {
      at.skip(size);
      return;
    }
    const { attributes } = abbreviation;
    const end = before ?? attributes.length;
    for (let i = 0; i < end; i += 2) skipForm(at, attributes[i + 1] as number, header);
  }

  /** Keeps the name of an entry; the cursor stands at its first attribute. */
  #keep(
    at: ByteCursor,
    place: { plan: Plan; header: UnitHeader; entry: number; plans: (Plan | undefined)[] },
  ): void {
    const { plan } = place;
    const kind = plan.kind as number;
    const first = at.at;
    const isNew = this.#keepName(at, place);
    if (kind === NAME_KIND.var && plan.locationIndex >= 0) {
      at.at = first;
      if (plan.locationAt >= 0) at.at += plan.locationAt;
      else this.#skipAttributes(at, plan, place.header, plan.locationIndex);
      this.#addLocation(at, place.entry, place.header.addressSize);
    }
    if (kind !== NAME_KIND.enum || !plan.abbreviation.hasChildren) return;
    // A named enumeration that was seen has no new names; one without a name is known by its first enumerator.
    if (plan.isNamed && !isNew) return;
    at.at = first;
    this.#skipAttributes(at, plan, place.header);
    for (let count = 0; !at.isAtEnd; count++) {
      const position = at.position;
      const child = this.#planAt(at, place.plans);
      if (child === undefined) return;
      const start = at.at;
      if (child.abbreviation.tag === TAG.enumerator && child.isNamed) {
        const isKept = this.#addEnumerator(at, child, { ...place, position });
        if (!isKept && count === 0 && !plan.isNamed) return;
      }
      at.at = start;
      this.#next(at, child, place);
    }
  }

  #addEnumerator(
    at: ByteCursor,
    { nameAt, nameForm }: Plan,
    { header, entry, position }: { header: UnitHeader; entry: number; position: number },
  ): boolean {
    if (nameAt >= 0) {
      at.at += nameAt;
      return this.#addName(at, nameForm, NAME_KIND.enumerator, entry);
    }
    const name = this.#dwarf.unitAt(header.offset).dieAt(position)?.name;
    return name !== undefined && this.#addText(name, NAME_KIND.enumerator, entry);
  }

  /** Keeps the address of a variable whose location is just that. */
  #addLocation(at: ByteCursor, entry: number, addressSize: number): void {
    if (at.uleb() !== 1 + addressSize || at.u8() !== DW_OP_ADDR) return;
    this.#variables.push({ address: at.unsigned(addressSize), entry });
  }

  #keepName(
    at: ByteCursor,
    {
      plan,
      header,
      entry,
      plans,
    }: { plan: Plan; header: UnitHeader; entry: number; plans: (Plan | undefined)[] },
  ): boolean {
    const first = at.at;
    if (plan.nameAt >= 0) {
      at.at = first + plan.nameAt;
      return this.#addName(at, plan.nameForm, plan.kind as number, entry);
    }
    if (plan.isNamed) {
      // Its place depends on values, or its form leads to other sections (clang's DW_FORM_strx).
      const name = this.#dwarf.unitAt(header.offset).dieAt(entry)?.name;
      return name !== undefined && this.#addText(name, plan.kind as number, entry);
    }
    if (plan.originAt < 0) return false;
    at.at = first + plan.originAt;
    const origin = header.offset + at.u32() - header.start;
    if (origin < 0 || origin >= at.bytes.length) return false;
    at.at = origin;
    const declared = this.#planAt(at, plans);
    if (declared === undefined || declared.nameAt < 0) return false;
    at.skip(declared.nameAt);
    return this.#addName(at, declared.nameForm, plan.kind as number, entry);
  }

  /** Adds the name at the cursor, unless it was seen; whether it is new. */
  #addName(at: ByteCursor, form: number, kind: number, entry: number): boolean {
    if (form !== FORM.strp) return this.#addInline(at, kind, entry);
    const start = at.u32();
    if (start >= this.#strings.length) throw at.corrupt('a name outside .debug_str');
    const seen = this.#seen[start] as number;
    if ((seen & (1 << kind)) !== 0) return false;
    this.#seen[start] = seen | (1 << kind);
    const end = this.#strings.indexOf(0, start);
    if (end < 0) throw at.corrupt('a name outside .debug_str');
    return this.#add(hashOf(this.#strings, start, end), kind, entry);
  }

  /** Names that are shorter than an offset stand in the entries, and are in every unit: `u8`, `rq`. */
  #addInline(at: ByteCursor, kind: number, entry: number): boolean {
    const { bytes } = at;
    const start = at.at;
    let packed = 0;
    for (let length = 0; length <= PACKED; length++) {
      const byte = bytes[start + length];
      if (byte === undefined) break;
      if (byte !== 0) {
        packed = packed * 256 + byte;
        continue;
      }
      const key = packed * 8 + kind;
      if (this.#seenShort.has(key)) return false;
      this.#seenShort.add(key);
      return this.#add(hashOf(bytes, start, start + length), kind, entry);
    }
    return this.#addText(at.cString(), kind, entry);
  }

  #addText(name: string, kind: number, entry: number): boolean {
    const key = `${kind}${name}`;
    if (this.#seenInline.has(key)) return false;
    this.#seenInline.add(key);
    const bytes = Buffer.from(name, 'latin1');
    return this.#add(hashOf(bytes, 0, bytes.length), kind, entry);
  }

  #add(hash: number, kind: number, entry: number): true {
    if (this.#hashes.length >= MAX_NAMES)
      throw new CorruptError('.debug_info: more names than any kernel');
    this.#hashes.push(hash);
    this.#entries.push(entry);
    this.#kinds.push(kind);
    return true;
  }

  #plansOf(header: UnitHeader): (Plan | undefined)[] {
    // The widths of a file's units are nearly always the same; the table is by the offset of the abbreviations.
    const key =
      header.abbreviations * 64 +
      header.addressSize * 4 +
      header.offsetSize / 4 +
      (header.version === 2 ? 2 : 0);
    let plans = this.#plans.get(key);
    if (plans === undefined) {
      plans = this.#dwarf
        .abbreviations(header.abbreviations)
        .map((each) => each && planOf(each, header));
      if (this.#plans.size > 64) this.#plans.clear();
      this.#plans.set(key, plans);
    }
    return plans;
  }
}
