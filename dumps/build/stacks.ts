import type { Machine } from './machine.ts';
import { u64Bytes, wordBytes } from './ram.ts';
import { parsePlace, type Text } from './text.ts';

/** Registers of a struct pt_regs or of a CPU's note, by the kernel's names. */
export type RegisterName =
  | 'r15'
  | 'r14'
  | 'r13'
  | 'r12'
  | 'bp'
  | 'bx'
  | 'r11'
  | 'r10'
  | 'r9'
  | 'r8'
  | 'ax'
  | 'cx'
  | 'dx'
  | 'si'
  | 'di'
  | 'orig_ax'
  | 'ip'
  | 'cs'
  | 'flags'
  | 'sp'
  | 'ss';
export type RegisterValues = { readonly [name in RegisterName]?: bigint | number };

/** struct pt_regs in the order of memory (arch/x86/include/asm/ptrace.h). */
export const PT_REGS: readonly RegisterName[] = [
  'r15',
  'r14',
  'r13',
  'r12',
  'bp',
  'bx',
  'r11',
  'r10',
  'r9',
  'r8',
  'ax',
  'cx',
  'dx',
  'si',
  'di',
  'orig_ax',
  'ip',
  'cs',
  'flags',
  'sp',
  'ss',
];
const PT_REGS_SIZE = PT_REGS.length * 8;
const KERNEL_CS = 0x10;
const KERNEL_SS = 0x18;
const USER_CS = 0x33;
const USER_SS = 0x2b;

/**
 * One line of a stack, innermost first, as `bt` prints it:
 *
 * - `'schedule+0x5e'`: a return address; `{ at, indirect: true }` for a call through a pointer; `locals` are words
 *   of the frame by distance in bytes from its lowest word.
 * - `{ running: 'native_halt+0xb' }`: only first: where a CPU was. `regs` are what its note says. A kernel that dies by
 *   itself writes the note earlier: `note: 'interrupted'` when it saved the innermost exception's registers, or
 *   `note: '__crash_kexec+0x4d'` when it took its own there.
 * - `{ exception: 'memcpy+0x12', regs }`: a struct pt_regs that an entry function made when the kernel was interrupted
 *   there; `onto` names the stack that the processor had switched to: the lines before it lie there.
 * - `{ user: regs }`: only last: the registers of user space at the top of the stack.
 */
export type StackLine =
  | string
  | {
      readonly at: string;
      readonly indirect?: boolean;
      readonly locals?: Readonly<Record<number, bigint | number>>;
    }
  | { readonly running: string; readonly regs?: RegisterValues; readonly note?: string }
  | {
      readonly exception: string;
      readonly regs?: RegisterValues;
      readonly onto?: StackRange;
      readonly locals?: Readonly<Record<number, bigint | number>>;
    }
  | { readonly user: RegisterValues };

/** Memory of a stack: `top` is exclusive. */
export interface StackRange {
  readonly base: bigint;
  readonly top: bigint;
}

/** A frame for the oracle: innermost first, as `bt` numbers them. */
export interface BuiltFrame {
  readonly place: string;
  /** Return address, or where the CPU was. */
  readonly ip: bigint;
  /** Where the return address lies; for a CPU's own place the stack pointer. */
  readonly at: bigint;
  /** Lowest address of the function's own part of the stack: locals count from here. */
  readonly body: bigint;
  /** Address of the struct pt_regs above this frame. */
  readonly regs?: bigint;
}

export interface BuiltStack {
  readonly frames: readonly BuiltFrame[];
  /** What task->thread.sp holds for a sleeper; the stack pointer of a CPU for a running task. */
  readonly sp: bigint;
  /** A running task's registers at the end. */
  readonly registers: Readonly<Record<RegisterName, bigint>> | undefined;
}

/** Writes a stack from its top down, with the calls in the code that explain it. */
export function buildStack(
  machine: Machine,
  text: Text,
  range: StackRange,
  lines: readonly StackLine[],
): BuiltStack {
  return new StackWriter(machine, text, range).write(lines);
}

class StackWriter {
  readonly #machine: Machine;
  readonly #text: Text;
  readonly #frames: BuiltFrame[] = [];
  #sp: bigint;
  #regs: bigint | undefined;
  #interrupted: RegisterValues | undefined;

  constructor(machine: Machine, text: Text, range: StackRange) {
    this.#machine = machine;
    this.#text = text;
    this.#sp = range.top;
  }

  write(lines: readonly StackLine[]): BuiltStack {
    let registers: BuiltStack['registers'];
    for (let i = lines.length - 1; i >= 0; i--) {
      const line = lines[i] as StackLine;
      if (typeof line === 'string' || 'at' in line) this.#frame(line, lines[i - 1]);
      else if ('user' in line) this.#user(line.user);
      else if ('exception' in line) this.#exception(line);
      else registers = this.#running(line);
    }
    if (!registers) this.#switchFrame();
    return { frames: this.#frames.reverse(), sp: this.#sp, registers };
  }

  #frame(line: Extract<StackLine, string | { at: string }>, inner: StackLine | undefined): void {
    const place = typeof line === 'string' ? line : line.at;
    const indirect = typeof line !== 'string' && line.indirect === true;
    const callee = calleeOf(inner);
    const ip = this.#text.call(place, indirect ? undefined : callee);
    this.#body(place, typeof line === 'string' ? undefined : line.locals);
    const body = this.#sp;
    this.#push(ip);
    this.#note({ place, ip, at: this.#sp, body });
  }

  /** The function's own part of the stack: pushed registers and locals. */
  #body(place: string, locals: Readonly<Record<number, bigint | number>> = {}): void {
    const { name, offset } = parsePlace(place);
    const { frame } = this.#text.get(name, offset);
    this.#sp -= BigInt(frame);
    for (const [at, value] of Object.entries(locals)) {
      if (Number(at) + 8 > frame)
        throw new Error(`${place} has ${frame} bytes of frame: no room for a word at ${at}`);
      this.#machine.write(this.#sp + BigInt(at), u64Bytes(BigInt(value)));
    }
  }

  #note(frame: BuiltFrame): void {
    this.#frames.push(this.#regs === undefined ? frame : { ...frame, regs: this.#regs });
    this.#regs = undefined;
  }

  #user(regs: RegisterValues): void {
    this.#pushRegs({ cs: USER_CS, ss: USER_SS, flags: 0x246, orig_ax: -1n, ...regs });
  }

  #exception(line: Extract<StackLine, { exception: string }>): void {
    const { exception, regs, onto, locals } = line;
    this.#body(exception, locals);
    const ip = this.#text.resolve(exception);
    const sp = this.#sp;
    this.#note({ place: exception, ip, at: sp, body: sp });
    // The processor aligns the stack before it pushes.
    this.#sp = onto ? onto.top : sp & ~0xfn;
    const own = { cs: KERNEL_CS, ss: KERNEL_SS, flags: 0x10246, orig_ax: -1n };
    this.#interrupted = { ...own, ...regs, ip, sp };
    this.#pushRegs(this.#interrupted);
  }

  #running({
    running,
    regs = {},
    note,
  }: Extract<StackLine, { running: string }>): Record<RegisterName, bigint> {
    this.#body(running);
    const ip = this.#text.resolve(running);
    this.#note({ place: running, ip, at: this.#sp, body: this.#sp });
    const own = { cs: KERNEL_CS, ss: KERNEL_SS, flags: 0x246, orig_ax: -1n, ...regs };
    const here: RegisterValues = { ...own, ip, sp: this.#sp };
    const given = note === undefined ? here : this.#noted(note, own);
    return Object.fromEntries(
      PT_REGS.map((name) => [name, BigInt.asUintN(64, BigInt(given[name] ?? 0))]),
    ) as Record<RegisterName, bigint>;
  }

  /** The kernel's own record of a CPU, made before the CPU continued. */
  #noted(note: string, own: RegisterValues): RegisterValues {
    if (note === 'interrupted') {
      if (!this.#interrupted) throw new Error('nothing was interrupted on this stack');
      return this.#interrupted;
    }
    const { name } = parsePlace(note);
    const frame = this.#frames.findLast(({ place }) => parsePlace(place).name === name);
    if (!frame) throw new Error(`${name} is not on this stack`);
    return { ...own, ip: this.#text.resolve(note), sp: frame.body };
  }

  /** struct inactive_task_frame: the words that __switch_to_asm pushes below the return address into __schedule. */
  #switchFrame(): void {
    this.#sp -= 48n;
    this.#machine.write(this.#sp, new Uint8Array(48));
  }

  #pushRegs(regs: RegisterValues): void {
    this.#sp -= BigInt(PT_REGS_SIZE);
    const words = PT_REGS.map((name) => wordBytes(regs[name] ?? 0, 8));
    this.#machine.write(this.#sp, Buffer.concat(words));
    this.#regs = this.#sp;
  }

  #push(value: bigint): void {
    this.#sp -= 8n;
    this.#machine.write(this.#sp, u64Bytes(value));
  }
}

/** Which function a frame had called: the one of the line inside it. A sleeper's innermost frame called the switch. */
function calleeOf(inner: StackLine | undefined): string | undefined {
  if (inner === undefined) return '__switch_to_asm';
  if (typeof inner === 'string') return parsePlace(inner).name;
  if ('at' in inner) return parsePlace(inner.at).name;
  if ('running' in inner) return parsePlace(inner.running).name;
  return 'exception' in inner ? parsePlace(inner.exception).name : undefined;
}
