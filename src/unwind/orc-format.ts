import type { OrcEntry, OrcRegister } from './types.ts';

/**
 * How this kernel writes a `struct orc_entry` (arch/x86/include/asm/orc_types.h). Six bytes in all releases:
 * two 16-bit offsets, two 4-bit register codes, and a byte of bit fields that has changed three times.
 */
export interface OrcFormat {
  readonly registers: readonly OrcRegister[];
  readonly types: readonly OrcEntry['type'][];
  /** Mask of the `end` bit in the last byte; 0 where END_OF_STACK is a type, or where nothing says it. */
  readonly endBit: number;
}

/** sizeof(struct orc_entry). */
export const ORC_ENTRY_SIZE = 6;

/** Registers by number since 7.1 (1735858caa4b, objtool/x86: Reorder ORC register numbering). */
const REGISTERS_7_1: readonly OrcRegister[] = [
  'undefined',
  'ax',
  'dx',
  'sp',
  'bp',
  'di',
  'r10',
  'r13',
  'prev-sp',
  'sp-indirect',
  'bp-indirect',
];
/** Registers by number since 4.14 (ee9f8fce9964, x86/unwind: Add the ORC unwinder). */
const REGISTERS_4_14: readonly OrcRegister[] = [
  'undefined',
  'prev-sp',
  'dx',
  'di',
  'bp',
  'sp',
  'r10',
  'r13',
  'bp-indirect',
  'sp-indirect',
];

/**
 * Types since 6.4 (fb799447ae29, x86,objtool: Split UNWIND_HINT_EMPTY in two): the end of a stack and "undefined"
 * became types of their own.
 */
const TYPES_6_4 = ['undefined', 'end-of-stack', 'call', 'regs', 'regs-partial'] as const;
const TYPES_4_14 = ['call', 'regs', 'regs-partial'] as const;

/** What tells one format from another. */
export interface OrcEvidence {
  /** The bit-field members of `struct orc_entry` by name, with their first bit; undefined without types. */
  readonly fields: ReadonlyMap<string, { readonly bit: number; readonly size: number }> | undefined;
  /** The bytes of `orc_fp_entry` (arch/x86/kernel/unwind_orc.c): CALL, CFA = BP + 16, BP at CFA - 16. */
  readonly framePointerEntry: Uint8Array | undefined;
}

const CFA_BIT = 32;

/**
 * The format, by the shape of the structure and by the kernel's own example of an entry, not by its release:
 * RHEL 9.6 (5.14.0-517.el9) has 6.4's shape.
 */
export function chooseOrcFormat({ fields, framePointerEntry }: OrcEvidence): OrcFormat {
  const example = framePointerEntry && exampleCodes(framePointerEntry);
  const type = fields?.get('type');
  const wide = type
    ? type.size >= 3
    : example !== undefined && example.type === TYPES_6_4.indexOf('call');
  const registers =
    example?.bpReg === REGISTERS_7_1.indexOf('prev-sp') ? REGISTERS_7_1 : REGISTERS_4_14;
  if (wide) return { registers, types: TYPES_6_4, endBit: 0 };
  // `end` came behind type with 4.19 (d31a580266ee, x86/unwind/orc: Detect the end of the stack), `signal` before it
  // with 6.3 (ffb1b4a41016, x86/unwind/orc: Add 'signal' field to ORC metadata).
  const end = fields?.get('end');
  const endBit = end ? 1 << (end.bit - CFA_BIT - 8) : 0;
  return { registers, types: TYPES_4_14, endBit };
}

/** The codes in `orc_fp_entry`; undefined when it is not what every kernel has there. */
function exampleCodes(bytes: Uint8Array): { bpReg: number; type: number } | undefined {
  if (bytes.length < ORC_ENTRY_SIZE) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getInt16(0, true) !== 16 || view.getInt16(2, true) !== -16) return undefined;
  return { bpReg: view.getUint8(4) >> 4, type: view.getUint8(5) & 7 };
}

/** One entry, `offset` bytes into `view`. */
export function decodeOrcEntry(view: DataView, offset: number, format: OrcFormat): OrcEntry {
  const codes = view.getUint8(offset + 4);
  const flags = view.getUint8(offset + 5);
  const spReg = format.registers[codes & 15] ?? 'unknown';
  const typeMask = format.types === TYPES_6_4 ? 7 : 3;
  let type: OrcEntry['type'] = format.types[flags & typeMask] ?? 'undefined';
  if (format.types === TYPES_4_14 && spReg === 'undefined') {
    // Before 4.19 there was no end bit: an unknown SP was the end.
    const ends = format.endBit === 0 || (flags & format.endBit) !== 0;
    type = ends ? 'end-of-stack' : 'undefined';
  }
  return {
    spOffset: view.getInt16(offset, true),
    bpOffset: view.getInt16(offset + 2, true),
    spReg,
    bpReg: format.registers[codes >> 4] ?? 'unknown',
    type,
  };
}
