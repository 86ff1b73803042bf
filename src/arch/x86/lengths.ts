import type { InstructionLengths } from '../types.ts';
import { Form, LOCKABLE, LOCKABLE_TWO, ONE_BYTE, TWO_BYTES } from './length-forms.ts';

/**
 * Lengths of x86-64 instructions in 64-bit mode, and which bytes are none: Intel SDM volume 2, chapter 2 and appendix A. It says
 * nothing of what an instruction does: a disassembler is ten times slower.
 */

const OPERAND = 0x66;
const LOCK = 0xf0;
const LONGEST = 15;

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
    // Most instructions: an opcode and operands without an immediate.
    if (form === Form.modrm && !isLocked) {
      const next = operandsEnd(bytes, this.#at);
      return next > this.#end ? this.#short(end, start, next) : next - start;
    }
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
    this.#at = operandsEnd(this.#bytes, place);
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
}

/** The place behind ModRM, SIB and displacement: SDM volume 2, 2.1.3. */
function operandsEnd(bytes: Uint8Array, place: number): number {
  const modrm = bytes[place] ?? 0;
  if (modrm >= 0xc0) return place + 1;
  const rm = modrm & 7;
  const displacement = modrm >= 0x80 ? 4 : modrm >= 0x40 ? 1 : 0;
  if (rm === 4) {
    const isFar = displacement === 0 && ((bytes[place + 1] ?? 0) & 7) === 5;
    return place + 2 + (isFar ? 4 : displacement);
  }
  return place + 1 + (displacement === 0 && rm === 5 ? 4 : displacement);
}

/** A decoder of lengths; its fields are those of its last answer. */
export const x8664Lengths = (): InstructionLengths => new Decoder();
