import type { InstructionLengths } from '../types.ts';

/**
 * Lengths of x86-64 instructions in 64-bit mode, and which bytes are none: Intel SDM volume 2, chapter 2 and appendix A. It says
 * nothing of what an instruction does: a disassembler is ten times slower.
 */

/** What follows an opcode, in one letter a kind. */
const Form = {
  none: 0,
  illegal: 1,
  modrm: 2,
  modrmImm8: 3,
  /** Four bytes, two with the operand-size prefix. */
  modrmImm: 4,
  imm8: 5,
  imm16: 6,
  imm: 7,
  /** Eight bytes with REX.W. */
  immFull: 8,
  moffs: 9,
  rel8: 10,
  rel32: 11,
  enter: 12,
  prefix: 13,
  rex: 14,
  twoByte: 15,
  vex2: 16,
  vex3: 17,
  evex: 18,
  /** test, which has an immediate, and others, which have none. */
  group3Byte: 19,
  group3: 20,
  group4: 21,
  group5: 22,
  /** Only /0 exists. */
  onlyZeroImm8: 23,
  onlyZeroImm: 24,
  onlyZero: 25,
  /** The operand must be in memory. */
  memory: 26,
  segmentStore: 27,
  segmentLoad: 28,
  threeByte38: 29,
  threeByte3a: 30,
  bitTest: 31,
  group7: 32,
  /** A group in which /7 does not exist; /6 is of the newest processors. */
  belowSeven: 33,
  /** A control or debug register: mod is taken for 3. */
  register: 34,
} as const;
type Form = (typeof Form)[keyof typeof Form];

type Range = readonly [from: number, to: number, form: Form];

function table(rest: Form, ranges: readonly Range[]): Uint8Array {
  const forms = new Uint8Array(256).fill(rest);
  for (const [from, to, form] of ranges) forms.fill(form, from, to + 1);
  return forms;
}

const arithmetic = (from: number): Range[] => [
  [from, from + 3, Form.modrm],
  [from + 4, from + 4, Form.imm8],
  [from + 5, from + 5, Form.imm],
  [from + 6, from + 7, Form.illegal],
];

const ONE_BYTE = table(Form.none, [
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38].flatMap(arithmetic),
  [0x0f, 0x0f, Form.twoByte],
  [0x26, 0x26, Form.prefix],
  [0x2e, 0x2e, Form.prefix],
  [0x36, 0x36, Form.prefix],
  [0x3e, 0x3e, Form.prefix],
  [0x40, 0x4f, Form.rex],
  [0x60, 0x61, Form.illegal],
  [0x62, 0x62, Form.evex],
  [0x63, 0x63, Form.modrm],
  [0x64, 0x67, Form.prefix],
  [0x68, 0x68, Form.imm],
  [0x69, 0x69, Form.modrmImm],
  [0x6a, 0x6a, Form.imm8],
  [0x6b, 0x6b, Form.modrmImm8],
  [0x70, 0x7f, Form.rel8],
  [0x80, 0x80, Form.modrmImm8],
  [0x81, 0x81, Form.modrmImm],
  [0x82, 0x82, Form.illegal],
  [0x83, 0x83, Form.modrmImm8],
  [0x84, 0x8b, Form.modrm],
  [0x8c, 0x8c, Form.segmentStore],
  [0x8d, 0x8d, Form.memory],
  [0x8e, 0x8e, Form.segmentLoad],
  [0x8f, 0x8f, Form.onlyZero],
  [0x9a, 0x9a, Form.illegal],
  [0xa0, 0xa3, Form.moffs],
  [0xa8, 0xa8, Form.imm8],
  [0xa9, 0xa9, Form.imm],
  [0xb0, 0xb7, Form.imm8],
  [0xb8, 0xbf, Form.immFull],
  [0xc0, 0xc1, Form.modrmImm8],
  [0xc2, 0xc2, Form.imm16],
  [0xc4, 0xc4, Form.vex3],
  [0xc5, 0xc5, Form.vex2],
  [0xc6, 0xc6, Form.onlyZeroImm8],
  [0xc7, 0xc7, Form.onlyZeroImm],
  [0xc8, 0xc8, Form.enter],
  [0xca, 0xca, Form.imm16],
  [0xcd, 0xcd, Form.imm8],
  [0xce, 0xce, Form.illegal],
  [0xd0, 0xd3, Form.modrm],
  [0xd4, 0xd6, Form.illegal],
  [0xd8, 0xdf, Form.modrm],
  [0xe0, 0xe3, Form.rel8],
  [0xe4, 0xe7, Form.imm8],
  [0xe8, 0xe9, Form.rel32],
  [0xea, 0xea, Form.illegal],
  [0xeb, 0xeb, Form.rel8],
  [0xf0, 0xf0, Form.prefix],
  [0xf2, 0xf3, Form.prefix],
  [0xf6, 0xf6, Form.group3Byte],
  [0xf7, 0xf7, Form.group3],
  [0xfe, 0xfe, Form.group4],
  [0xff, 0xff, Form.group5],
]);

const TWO_BYTES = table(Form.modrm, [
  [0x00, 0x00, Form.belowSeven],
  [0x01, 0x01, Form.group7],
  [0x04, 0x04, Form.illegal],
  [0x05, 0x09, Form.none],
  [0x0a, 0x0a, Form.illegal],
  [0x0b, 0x0b, Form.none],
  [0x0c, 0x0c, Form.illegal],
  [0x0e, 0x0f, Form.illegal],
  [0x20, 0x23, Form.register],
  [0x24, 0x27, Form.illegal],
  [0x30, 0x35, Form.none],
  [0x36, 0x36, Form.illegal],
  [0x37, 0x37, Form.none],
  [0x38, 0x38, Form.threeByte38],
  [0x39, 0x39, Form.illegal],
  [0x3a, 0x3a, Form.threeByte3a],
  [0x3b, 0x3f, Form.illegal],
  [0x70, 0x73, Form.modrmImm8],
  [0x77, 0x77, Form.none],
  [0x7a, 0x7b, Form.illegal],
  [0x80, 0x8f, Form.rel32],
  [0xa0, 0xa2, Form.none],
  [0xa4, 0xa4, Form.modrmImm8],
  [0xa6, 0xa7, Form.illegal],
  [0xa8, 0xaa, Form.none],
  [0xac, 0xac, Form.modrmImm8],
  [0xb2, 0xb2, Form.memory],
  [0xb4, 0xb5, Form.memory],
  [0xba, 0xba, Form.bitTest],
  [0xc2, 0xc2, Form.modrmImm8],
  [0xc3, 0xc3, Form.memory],
  [0xc4, 0xc6, Form.modrmImm8],
  [0xc8, 0xcf, Form.none],
  [0xff, 0xff, Form.illegal],
]);

const OPERAND = 0x66;
const LOCK = 0xf0;
const LONGEST = 15;

/** Opcodes that may have a lock: SDM, LOCK. */
const LOCKABLE = table(Form.illegal, [
  ...[0x00, 0x08, 0x10, 0x18, 0x20, 0x28, 0x30].map((at): Range => [at, at + 1, Form.none]),
  [0x80, 0x83, Form.none],
  [0x86, 0x87, Form.none],
  [0xf6, 0xf7, Form.none],
  [0xfe, 0xff, Form.none],
]);
const LOCKABLE_TWO = new Set([0xab, 0xb0, 0xb1, 0xb3, 0xba, 0xbb, 0xc0, 0xc1, 0xc7]);

class Decoder implements InstructionLengths {
  badAt = 0;
  branch: number | undefined;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;

  decode(bytes: Uint8Array, start: number, end: number): number {
    this.#bytes = bytes;
    this.#end = Math.min(end, start + LONGEST);
    this.branch = undefined;
    let at = start;
    let is16 = false;
    let isWide = false;
    let isLocked = false;
    let is32 = false;
    for (;;) {
      if (at >= this.#end) return this.#short(end, start, at);
      const byte = bytes[at] as number;
      const form = ONE_BYTE[byte] as Form;
      if (form === Form.prefix) {
        if (byte === OPERAND) is16 = true;
        else if (byte === LOCK) isLocked = true;
        else if (byte === 0x67) is32 = true;
        isWide = false;
      } else if (form === Form.rex) isWide = (byte & 8) !== 0;
      else break;
      at++;
    }
    this.#at = at + 1;
    const opcode = bytes[at] as number;
    let form = ONE_BYTE[opcode] as Form;
    let isLockable = LOCKABLE[opcode] === Form.none;
    if (form === Form.twoByte) {
      if (this.#at >= this.#end) return this.#short(end, start, this.#at);
      const second = bytes[this.#at++] as number;
      form = TWO_BYTES[second] as Form;
      isLockable = LOCKABLE_TWO.has(second);
      if (form === Form.threeByte38 || form === Form.threeByte3a) {
        this.#at++;
        form = form === Form.threeByte38 ? Form.modrm : Form.modrmImm8;
      }
    } else if (form === Form.vex2 || form === Form.vex3 || form === Form.evex) {
      const vex = this.#vex(form);
      if (vex === Form.illegal) return this.#bad(at + 1);
      form = vex;
    }
    if (form === Form.illegal) return this.#bad(this.#at - 1);
    const immediate = is16 && !isWide ? 2 : 4;
    const modrm = bytes[this.#at] ?? 0;
    if (isLocked && (!isLockable || modrm >= 0xc0)) return this.#bad(at);
    const length = this.#operands(form, immediate, isWide, is32);
    if (length === 0) return 0;
    if (this.#at > this.#end) return this.#short(end, start, this.#at);
    return this.#at - start;
  }

  #short(end: number, start: number, at: number): number {
    return at > end || end - start < LONGEST ? -1 : this.#bad(start);
  }

  #bad(at: number): 0 {
    this.badAt = at;
    return 0;
  }

  /** The form of an instruction of the vector extensions, behind their prefix. */
  #vex(form: Form): Form {
    const bytes = this.#bytes;
    let map = 1;
    if (form === Form.vex3) {
      map = (bytes[this.#at] as number) & 0x1f;
      this.#at += 2;
    } else if (form === Form.evex) {
      map = (bytes[this.#at] as number) & 7;
      // A bit that is always set, in the second byte.
      if (((bytes[this.#at + 1] as number) & 4) === 0) return Form.illegal;
      this.#at += 3;
    } else this.#at++;
    const opcode = bytes[this.#at++] ?? 0;
    if (map === 3) return Form.modrmImm8;
    if (map === 0 || map > 6) return Form.illegal;
    if (map !== 1) return Form.modrm;
    const own = TWO_BYTES[opcode] as Form;
    return own === Form.modrmImm8 || own === Form.none ? own : Form.modrm;
  }

  /** Moves behind the operands; 0 where they are none. */
  #operands(form: Form, immediate: number, isWide: boolean, is32: boolean): number {
    switch (form) {
      case Form.none:
        return 1;
      case Form.imm8:
        return this.#skip(1);
      case Form.imm16:
        return this.#skip(2);
      case Form.imm:
        return this.#skip(immediate);
      case Form.immFull:
        return this.#skip(isWide ? 8 : immediate);
      case Form.moffs:
        return this.#skip(is32 ? 4 : 8);
      case Form.enter:
        return this.#skip(3);
      case Form.rel8:
        this.branch = ((this.#bytes[this.#at] ?? 0) << 24) >> 24;
        return this.#skip(1);
      case Form.rel32:
        this.branch = this.#int32();
        return this.#skip(4);
      case Form.register:
        return this.#skip(1);
      default:
        return this.#withModrm(form, immediate);
    }
  }

  #int32(): number {
    const [bytes, at] = [this.#bytes, this.#at];
    return (
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)
    );
  }

  #skip(count: number): 1 {
    this.#at += count;
    return 1;
  }

  #withModrm(form: Form, immediate: number): number {
    const place = this.#at;
    const modrm = this.#bytes[place] ?? 0;
    const reg = (modrm >> 3) & 7;
    const isRegister = modrm >= 0xc0;
    this.#address(modrm);
    switch (form) {
      case Form.modrmImm8:
        return this.#skip(1);
      case Form.modrmImm:
        return this.#skip(immediate);
      case Form.group3Byte:
        return this.#skip(reg < 2 ? 1 : 0);
      case Form.group3:
        return this.#skip(reg < 2 ? immediate : 0);
      case Form.group4:
        return reg < 2 ? 1 : this.#bad(place);
      case Form.group5:
        return reg === 7 || (isRegister && (reg === 3 || reg === 5)) ? this.#bad(place) : 1;
      case Form.onlyZero:
        return reg === 0 ? 1 : this.#bad(place);
      // xabort and xbegin are their /7.
      case Form.onlyZeroImm8:
        return reg === 0 || modrm === 0xf8 ? this.#skip(1) : this.#bad(place);
      case Form.onlyZeroImm:
        return reg === 0 || modrm === 0xf8 ? this.#skip(immediate) : this.#bad(place);
      case Form.memory:
        return isRegister ? this.#bad(place) : 1;
      case Form.segmentStore:
        return reg < 6 ? 1 : this.#bad(place);
      case Form.segmentLoad:
        return reg < 6 && reg !== 1 ? 1 : this.#bad(place);
      case Form.bitTest:
        return reg >= 4 ? this.#skip(1) : this.#bad(place);
      case Form.belowSeven:
        return reg < 7 ? 1 : this.#bad(place);
      default:
        return 1;
    }
  }

  /** Moves behind ModRM, SIB and displacement: SDM volume 2, 2.1.3. */
  #address(modrm: number): void {
    this.#at++;
    const mod = modrm >> 6;
    if (mod === 3) return;
    const rm = modrm & 7;
    if (rm === 4) {
      const base = (this.#bytes[this.#at] ?? 0) & 7;
      this.#at++;
      if (mod === 0 && base === 5) this.#at += 4;
    } else if (mod === 0 && rm === 5) this.#at += 4;
    if (mod === 1) this.#at++;
    else if (mod === 2) this.#at += 4;
  }
}

/** A decoder of lengths; its fields are those of its last answer. */
export const x8664Lengths = (): InstructionLengths => new Decoder();
