import { FORM } from '../../src/debuginfo/units/dwarf-format.ts';
import { ByteWriter } from './byte-writer.ts';
import type { SectionSpec } from './elf-writer.ts';

/** The entry with a label, in whatever unit it is. */
export interface Reference {
  readonly to: string;
}
/** A value of an attribute: its form decides how it is written. */
export type AttributeValue = number | bigint | string | Uint8Array | Reference;

/** An entry of a unit: `[AT.name, FORM.string, 'task_struct']` for each attribute. */
export interface EntrySpec {
  readonly tag: number;
  readonly attributes?: readonly (readonly [name: number, form: number, value: AttributeValue])[];
  readonly children?: readonly EntrySpec[];
  readonly label?: string;
}

/** A unit and how it is written. */
export interface UnitSpec {
  readonly root: EntrySpec;
  readonly version: 2 | 3 | 4 | 5;
  readonly offsetSize?: 4 | 8;
  /** DW_UT_*, version 5. */
  readonly kind?: number;
  readonly signature?: bigint;
  /** Of a type unit: the label of its type. */
  readonly type?: string;
}

/** A place in a section where an address stands, for relocations. */
export interface AddressPlace {
  readonly section: string;
  readonly at: number;
  readonly value: bigint;
}

/** Writes .debug_info, .debug_abbrev, .debug_str and .debug_line_str of units. */
export class DwarfWriter {
  readonly #little: boolean;
  readonly #addressSize: 4 | 8;
  readonly info: ByteWriter;
  readonly #abbreviations: ByteWriter;
  readonly #strings = new Map<string, ByteWriter>();
  readonly #labels = new Map<string, { offset: number; unit: number }>();
  readonly #fixups: { at: number; form: number; unit: number; to: string; size: number }[] = [];
  readonly addresses: AddressPlace[] = [];

  constructor({ little = true, addressSize = 8 }: { little?: boolean; addressSize?: 4 | 8 } = {}) {
    this.#little = little;
    this.#addressSize = addressSize;
    this.info = new ByteWriter(little);
    this.#abbreviations = new ByteWriter(little);
  }

  /** Offset in .debug_info of an entry with a label. */
  offsetOf(label: string): number {
    const found = this.#labels.get(label);
    if (!found) throw new Error(`no entry is called ${label}`);
    return found.offset;
  }

  unit({ root, version, offsetSize = 4, kind = 1, signature, type }: UnitSpec): this {
    const { info } = this;
    const start = info.length;
    const table = this.#abbreviations.length;
    if (offsetSize === 8) info.u32(0xffffffff);
    const lengthAt = info.length;
    info.number(0, offsetSize).u16(version);
    if (version >= 5) info.u8(kind).u8(this.#addressSize).number(table, offsetSize);
    else info.number(table, offsetSize).u8(this.#addressSize);
    let typeAt = -1;
    if (signature !== undefined) {
      info.u64(signature);
      typeAt = info.length;
      info.number(0, offsetSize);
    }
    const codes = { next: 1, version, offsetSize, unit: start };
    this.#entry(root, codes);
    this.#abbreviations.u8(0);
    info.patch(lengthAt, info.length - lengthAt - offsetSize, offsetSize);
    if (type !== undefined) info.patch(typeAt, this.offsetOf(type) - start, offsetSize);
    return this;
  }

  /** The sections, references filled in. */
  sections(): SectionSpec[] {
    for (const { at, form, unit, to, size } of this.#fixups) {
      const target = this.offsetOf(to);
      this.info.patch(at, form === FORM.ref_addr ? target : target - unit, size);
    }
    const strings = [...this.#strings].map(([name, { bytes }]) => ({ name, bytes }));
    return [
      { name: '.debug_info', bytes: this.info.bytes },
      { name: '.debug_abbrev', bytes: this.#abbreviations.bytes },
      ...strings,
    ];
  }

  string(section: string, text: string): number {
    let writer = this.#strings.get(section);
    if (!writer) {
      writer = new ByteWriter(this.#little).u8(0);
      this.#strings.set(section, writer);
    }
    const at = writer.length;
    writer.text(text);
    return at;
  }

  #entry(
    { tag, attributes = [], children, label }: EntrySpec,
    codes: { next: number; version: number; offsetSize: 4 | 8; unit: number },
  ): void {
    if (label !== undefined)
      this.#labels.set(label, { offset: this.info.length, unit: codes.unit });
    const code = codes.next++;
    this.info.uleb(code);
    this.#abbreviations
      .uleb(code)
      .uleb(tag)
      .u8(children ? 1 : 0);
    for (const [name, form, value] of attributes) {
      this.#abbreviations.uleb(name).uleb(form);
      if (form === FORM.implicit_const) this.#abbreviations.sleb(value as number);
      else this.#value(form, value, codes);
    }
    this.#abbreviations.u8(0).u8(0);
    if (!children) return;
    for (const child of children) this.#entry(child, codes);
    this.info.u8(0);
  }

  #value(
    form: number,
    value: AttributeValue,
    { version, offsetSize, unit }: { version: number; offsetSize: 4 | 8; unit: number },
  ): void {
    const { info } = this;
    const size = SIZES[form];
    if (typeof value === 'object' && 'to' in value) {
      const width =
        form === FORM.ref_addr ? (version === 2 ? this.#addressSize : offsetSize) : (size ?? 4);
      this.#fixups.push({ at: info.length, form, unit, to: value.to, size: width });
      info.number(0, width);
    } else if (form === FORM.addr) {
      this.addresses.push({
        section: '.debug_info',
        at: info.length,
        value: BigInt(value as bigint),
      });
      info.number(value as bigint, this.#addressSize);
    } else if (form === FORM.string) info.text(value as string);
    else if (form === FORM.strp || form === FORM.line_strp)
      info.number(
        this.string(form === FORM.strp ? '.debug_str' : '.debug_line_str', value as string),
        offsetSize,
      );
    else if (form === FORM.sec_offset) info.number(value as number, offsetSize);
    else if (form === FORM.sdata) info.sleb(value as number);
    else if (form === FORM.exprloc || form === FORM.block)
      info.uleb((value as Uint8Array).length).raw(value as Uint8Array);
    else if (form === FORM.block1) info.u8((value as Uint8Array).length).raw(value as Uint8Array);
    else if (form === FORM.flag_present) return;
    else if (form === FORM.data16) info.raw(value as Uint8Array);
    else if (size !== undefined) info.number(value as number, size);
    else info.uleb(value as number);
  }
}

const SIZES: Readonly<Record<number, number>> = {
  [FORM.data1]: 1,
  [FORM.flag]: 1,
  [FORM.ref1]: 1,
  [FORM.strx1]: 1,
  [FORM.addrx1]: 1,
  [FORM.data2]: 2,
  [FORM.ref2]: 2,
  [FORM.data4]: 4,
  [FORM.ref4]: 4,
  [FORM.data8]: 8,
  [FORM.ref8]: 8,
  [FORM.ref_sig8]: 8,
};
