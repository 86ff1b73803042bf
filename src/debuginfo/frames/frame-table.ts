import { CorruptError } from '../../base/errors.ts';
import { rangeHolding } from '../../base/sorted.ts';
import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { ElfFile } from '../elf/elf-file.ts';
import type { Section } from '../elf/elf-section.ts';
import { type CallFrame, type FrameProgram, runFrameProgram } from './call-frame.ts';

const MAX_ENTRIES = 1 << 21;
/** The longest entry of a kernel is some hundred bytes. */
const MAX_ENTRY = 1 << 20;
/** DW_EH_PE_*: how .eh_frame writes addresses (LSB Core 5, 10.5.1). */
const PE = {
  absptr: 0x00,
  udata2: 2,
  udata4: 3,
  udata8: 4,
  sdata2: 10,
  sdata4: 11,
  sdata8: 12,
  pcrel: 0x10,
  omit: 0xff,
};

/** What entries of one kind share: DWARF 5, 6.4.1 (CIE). */
interface Common extends Omit<FrameProgram, 'at' | 'start'> {
  readonly encoding: number;
  /** Augmentations of entries have a length. */
  readonly isAugmented: boolean;
}

/** Entries by address, as distances from the first. */
interface Entries {
  readonly base: bigint;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  readonly offsets: Uint32Array;
}

/** The call frame information of a file: .debug_frame, and .eh_frame where that has nothing. */
export class FrameTable {
  readonly #elf: ElfFile;
  readonly #common = new Map<string, Common>();
  #tables: readonly { readonly section: Section; readonly entries: Entries }[] | undefined;

  constructor(elf: ElfFile) {
    this.#elf = elf;
  }

  /** How the function at an address (as linked) is left from there; undefined where nothing says it. Throws CorruptError. */
  at(address: bigint): CallFrame | undefined {
    this.#tables ??= ['.debug_frame', '.eh_frame'].flatMap((name) => {
      const section = this.#elf.section(name);
      return section ? [{ section, entries: this.#readEntries(section) }] : [];
    });
    for (const { section, entries } of this.#tables) {
      const offset = find(entries, address);
      if (offset !== undefined) return this.#run(section, offset, address);
    }
    return undefined;
  }

  #run(section: Section, offset: number, address: bigint): CallFrame {
    const at = this.#entryAt(section, offset);
    const { common, start } = this.#header(section, at);
    if (common.isAugmented) at.skip(at.uleb());
    return runFrameProgram({ ...common, at, start }, address);
  }

  /** Reads all entries' addresses, once: the entries of a unit stand together, not in order. */
  #readEntries(section: Section): Entries {
    const found: { start: bigint; end: bigint; offset: number }[] = [];
    const whole = this.#elf.cursor(section.read(0, section.size), section.name);
    try {
      while (whole.bytes.length - whole.at >= 4) {
        const offset = whole.at;
        const { length, offsetSize } = whole.unitLength();
        if (length === 0) break;
        const end = whole.at + length;
        if (end > whole.bytes.length) throw whole.corrupt('an entry past the end of the section');
        const isCommonEntry = readsCommon(section, whole, offsetSize);
        whole.at = offset;
        if (!isCommonEntry) {
          const { start, length: size } = this.#header(section, whole);
          // One at 0 is of code that the linker dropped.
          if (size > 0n && start > 0n) found.push({ start, end: start + size, offset });
        }
        if (found.length > MAX_ENTRIES) throw whole.corrupt('more entries than any kernel');
        whole.at = end;
      }
    } catch (error) {
      // The entries before the damage are good.
      if (!(error instanceof CorruptError)) throw error;
    }
    found.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
    const base = found[0]?.start ?? 0n;
    return {
      base,
      starts: Float64Array.from(found, ({ start }) => Number(start - base)),
      ends: Float64Array.from(found, ({ end }) => Number(end - base)),
      offsets: Uint32Array.from(found, ({ offset }) => offset),
    };
  }

  #entryAt(section: Section, offset: number): ByteCursor {
    const head = this.#elf.cursor(
      section.read(offset, Math.min(12, section.size - offset)),
      section.name,
      offset,
    );
    const { length } = head.unitLength();
    if (length > MAX_ENTRY) throw head.corrupt(`an entry of ${length} bytes`);
    return this.#elf.cursor(section.read(offset, head.at + length), section.name, offset);
  }

  /** The start of an entry (FDE); the cursor stands behind its addresses. */
  #header(section: Section, at: ByteCursor): { common: Common; start: bigint; length: bigint } {
    const { offsetSize } = at.unitLength();
    const idAt = at.position;
    const id = at.offset(offsetSize);
    const common = this.#commonAt(section, section.name === '.eh_frame' ? idAt - id : id);
    const start = this.#address(at, common.encoding, section);
    // The length is written as wide as the address, and never counts from anywhere.
    const length = this.#address(at, common.encoding & 0x0f, section);
    return { common, start, length };
  }

  #commonAt(section: Section, offset: number): Common {
    const key = `${section.name}${offset}`;
    let common = this.#common.get(key);
    if (common === undefined) {
      common = this.#readCommon(section, this.#entryAt(section, offset));
      this.#common.set(key, common);
    }
    return common;
  }

  #readCommon(section: Section, at: ByteCursor): Common {
    const { offsetSize } = at.unitLength();
    if (!readsCommon(section, at, offsetSize))
      throw at.corrupt('an entry refers to what describes no others');
    const version = at.u8();
    const augmentation = at.cString();
    if (version >= 4) at.skip(2);
    const codeAlign = at.uleb();
    const dataAlign = at.sleb();
    const returnRegister = version === 1 ? at.u8() : at.uleb();
    let encoding = PE.absptr;
    const isAugmented = augmentation.startsWith('z');
    if (isAugmented) {
      const end = at.uleb() + at.at;
      for (const letter of augmentation.slice(1)) {
        if (letter === 'R') encoding = at.u8();
        else if (letter === 'L') at.skip(1);
        // A personality, which kernels do not have, and anything later: the rest is not needed.
        else if (letter !== 'S') break;
      }
      at.at = end;
    } else if (augmentation !== '') throw at.corrupt(`an augmentation "${augmentation}"`);
    const initial = at.take(at.bytes.length - at.at);
    const { addressSize, little } = this.#elf;
    return {
      codeAlign,
      dataAlign,
      returnRegister,
      initial,
      encoding,
      isAugmented,
      addressSize,
      little,
      section: section.name,
    };
  }

  #address(at: ByteCursor, encoding: number, section: Section): bigint {
    const place = this.#sectionAddress(section) + BigInt(at.position);
    const { addressSize } = this.#elf;
    const value = ((): bigint => {
      switch (encoding & 0x0f) {
        case PE.absptr:
          return at.unsigned(addressSize);
        case PE.udata2:
          return at.unsigned(2);
        case PE.udata4:
          return at.unsigned(4);
        case PE.udata8:
          return at.unsigned(8);
        case PE.sdata2:
          return at.signed(2);
        case PE.sdata4:
          return at.signed(4);
        case PE.sdata8:
          return at.signed(8);
        default:
          throw at.corrupt(`an address in a form of 0x${encoding.toString(16)}`);
      }
    })();
    return BigInt.asUintN(addressSize * 8, (encoding & 0x70) === PE.pcrel ? value + place : value);
  }

  #sectionAddress({ name }: Section): bigint {
    return this.#elf.header(name)?.address ?? 0n;
  }
}

/** Whether an entry describes others (CIE): by its id at the cursor, all ones, or 0 in .eh_frame. */
function readsCommon({ name }: Section, at: ByteCursor, offsetSize: 4 | 8): boolean {
  const id = at.signed(offsetSize);
  return id === (name === '.eh_frame' ? 0n : -1n);
}

function find({ base, starts, ends, offsets }: Entries, address: bigint): number | undefined {
  const place = rangeHolding(starts, ends, Number(address - base));
  return place === undefined ? undefined : offsets[place];
}
