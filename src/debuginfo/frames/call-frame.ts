import { CorruptError } from '../../base/errors.ts';
import { ByteCursor } from '../elf/byte-cursor.ts';

/** Where a register of the caller is. Offsets are from the canonical frame address. */
export type RegisterRule =
  | { readonly kind: 'undefined' }
  | { readonly kind: 'same' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'value-offset'; readonly offset: number }
  | { readonly kind: 'register'; readonly register: number }
  | { readonly kind: 'expression' | 'value-expression'; readonly expression: Uint8Array };

/** What DWARF calls the canonical frame address: the stack pointer before the call that entered the function. */
export type FrameAddress =
  | { readonly kind: 'register'; readonly register: number; readonly offset: number }
  | { readonly kind: 'expression'; readonly expression: Uint8Array };

/** How a function is left from some address. */
export interface CallFrame {
  readonly address: FrameAddress;
  /** By DWARF's number of the register; without a rule the caller's is the same, or it is lost. */
  readonly rules: ReadonlyMap<number, RegisterRule>;
  readonly returnRegister: number;
}

/** The instructions of one entry, behind those that are common to its kind. */
export interface FrameProgram {
  readonly codeAlign: number;
  readonly dataAlign: number;
  readonly returnRegister: number;
  readonly initial: Uint8Array;
  readonly addressSize: 4 | 8;
  readonly little: boolean;
  readonly section: string;
  /** The entry's own instructions, from where the cursor stands to its end. */
  readonly at: ByteCursor;
  /** The first address of the function. */
  readonly start: bigint;
}

const MAX_REMEMBERED = 64;

/** Runs the instructions up to an address (DWARF 5, 6.4.2 and 7.24). Throws CorruptError. */
export function runFrameProgram(program: FrameProgram, address: bigint): CallFrame {
  const state = new FrameState(program);
  const { initial, little, section } = program;
  state.run(new ByteCursor(initial, little, { section }), undefined);
  state.keepInitial();
  state.run(program.at, address);
  return state.frame();
}

class FrameState {
  readonly #program: FrameProgram;
  #location: bigint;
  #address: FrameAddress | undefined;
  #rules = new Map<number, RegisterRule>();
  #initial = new Map<number, RegisterRule>();
  readonly #remembered: { address: FrameAddress | undefined; rules: Map<number, RegisterRule> }[] =
    [];

  constructor(program: FrameProgram) {
    this.#program = program;
    this.#location = program.start;
  }

  keepInitial(): void {
    this.#initial = new Map(this.#rules);
  }

  frame(): CallFrame {
    if (this.#address === undefined)
      throw new CorruptError(`${this.#program.section}: a function without a frame address`);
    return {
      address: this.#address,
      rules: this.#rules,
      returnRegister: this.#program.returnRegister,
    };
  }

  /** Runs instructions until one begins behind `until`. */
  run(at: ByteCursor, until: bigint | undefined): void {
    const { codeAlign, dataAlign, addressSize } = this.#program;
    while (!at.isAtEnd) {
      const opcode = at.u8();
      const low = opcode & 0x3f;
      // The three instructions whose operand is in the opcode.
      if (opcode >> 6 === 1) {
        if (this.#advance(low * codeAlign, until)) return;
        continue;
      }
      if (opcode >> 6 === 2) {
        this.#rules.set(low, { kind: 'offset', offset: at.uleb() * dataAlign });
        continue;
      }
      if (opcode >> 6 === 3) {
        this.#restore(low);
        continue;
      }
      switch (opcode) {
        case 0x00: // DW_CFA_nop
          break;
        case 0x01: // DW_CFA_set_loc
          this.#location = at.unsigned(addressSize);
          if (until !== undefined && this.#location > until) return;
          break;
        case 0x02: // DW_CFA_advance_loc1, 2, 4
          if (this.#advance(at.u8() * codeAlign, until)) return;
          break;
        case 0x03:
          if (this.#advance(at.u16() * codeAlign, until)) return;
          break;
        case 0x04:
          if (this.#advance(at.u32() * codeAlign, until)) return;
          break;
        default:
          this.#define(opcode, at);
      }
    }
  }

  #define(opcode: number, at: ByteCursor): void {
    const { dataAlign } = this.#program;
    const rules = this.#rules;
    switch (opcode) {
      case 0x05: // DW_CFA_offset_extended
        rules.set(at.uleb(), { kind: 'offset', offset: at.uleb() * dataAlign });
        break;
      case 0x06: // DW_CFA_restore_extended
        this.#restore(at.uleb());
        break;
      case 0x07: // DW_CFA_undefined
        rules.set(at.uleb(), { kind: 'undefined' });
        break;
      case 0x08: // DW_CFA_same_value
        rules.set(at.uleb(), { kind: 'same' });
        break;
      case 0x09: // DW_CFA_register
        rules.set(at.uleb(), { kind: 'register', register: at.uleb() });
        break;
      case 0x0a: // DW_CFA_remember_state
        if (this.#remembered.length >= MAX_REMEMBERED) throw at.corrupt('states without end');
        this.#remembered.push({ address: this.#address, rules: new Map(rules) });
        break;
      case 0x0b: {
        // DW_CFA_restore_state
        const state = this.#remembered.pop();
        if (state === undefined) throw at.corrupt('a state that was not remembered');
        this.#address = state.address;
        this.#rules = state.rules;
        break;
      }
      case 0x0c: // DW_CFA_def_cfa
        this.#address = { kind: 'register', register: at.uleb(), offset: at.uleb() };
        break;
      case 0x0d: // DW_CFA_def_cfa_register
        this.#address = { ...this.#registerAddress(at), register: at.uleb() };
        break;
      case 0x0e: // DW_CFA_def_cfa_offset
        this.#address = { ...this.#registerAddress(at), offset: at.uleb() };
        break;
      case 0x0f: // DW_CFA_def_cfa_expression
        this.#address = { kind: 'expression', expression: at.take(at.uleb()) };
        break;
      case 0x10: // DW_CFA_expression
        rules.set(at.uleb(), { kind: 'expression', expression: at.take(at.uleb()) });
        break;
      case 0x11: // DW_CFA_offset_extended_sf
        rules.set(at.uleb(), { kind: 'offset', offset: at.sleb() * dataAlign });
        break;
      case 0x12: // DW_CFA_def_cfa_sf
        this.#address = { kind: 'register', register: at.uleb(), offset: at.sleb() * dataAlign };
        break;
      case 0x13: // DW_CFA_def_cfa_offset_sf
        this.#address = { ...this.#registerAddress(at), offset: at.sleb() * dataAlign };
        break;
      case 0x14: // DW_CFA_val_offset
        rules.set(at.uleb(), { kind: 'value-offset', offset: at.uleb() * dataAlign });
        break;
      case 0x15: // DW_CFA_val_offset_sf
        rules.set(at.uleb(), { kind: 'value-offset', offset: at.sleb() * dataAlign });
        break;
      case 0x16: // DW_CFA_val_expression
        rules.set(at.uleb(), { kind: 'value-expression', expression: at.take(at.uleb()) });
        break;
      case 0x2e: // DW_CFA_GNU_args_size
        at.uleb();
        break;
      default:
        throw at.corrupt(`an instruction 0x${opcode.toString(16)} that is not known`);
    }
  }

  #registerAddress(at: ByteCursor): Extract<FrameAddress, { kind: 'register' }> {
    if (this.#address?.kind !== 'register') throw at.corrupt('a frame address without a register');
    return this.#address;
  }

  /** Moves on; whether the next row begins behind the address. */
  #advance(by: number, until: bigint | undefined): boolean {
    const next = this.#location + BigInt(by);
    if (until !== undefined && next > until) return true;
    this.#location = next;
    return false;
  }

  #restore(register: number): void {
    const initial = this.#initial.get(register);
    if (initial === undefined) this.#rules.delete(register);
    else this.#rules.set(register, initial);
  }
}
