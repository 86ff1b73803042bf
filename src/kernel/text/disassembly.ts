import { openDisassembler } from '../../arch/disassembler.ts';
import type { Instruction } from '../../arch/instruction.ts';
import { type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { roomInPage } from '../../base/pages.ts';
import type { CodeRules } from '../arch/types.ts';
import type { Target } from '../core/target.ts';
import type { MemoryView } from '../mm/read-memory.ts';
import { type CodeName, DisassemblyNames } from './disassembly-names.ts';

/** One line of a disassembly. */
export interface CodeLine {
  readonly address: VAddr;
  /** `schedule`, 4; undefined where there is no symbol. */
  readonly at: CodeName | undefined;
  readonly instruction: Instruction;
  /** The name of the address that the instruction refers to, if it has one. */
  readonly target: CodeName | undefined;
  /** A call of the function tracer, which is a no-op while tracing is off. */
  readonly isTracerNop: boolean;
}

/** Memory that cannot be read in the middle of code: crash prints two messages, and stops. */
export class CodeReadError extends CrashError {
  override name = 'CodeReadError';
  readonly address: VAddr;
  readonly at: CodeName | undefined;
  /** crash's messages about the cache line and about the address; none for addresses outside the kernel. */
  readonly messages: readonly string[];
  constructor(address: VAddr, at: CodeName | undefined, messages: readonly string[]) {
    super(messages.at(-1) ?? `no code at ${address.toString(16)}`);
    this.address = address;
    this.at = at;
    this.messages = messages;
  }
}

/** How code is disassembled. */
export interface CodeOptions {
  readonly memory: MemoryView;
  /** Bytes to skip after each instruction of a BUG, where a kernel keeps file and line there. */
  readonly bugBytes?: number;
}

/** Code is read in stretches: large enough for most functions, small enough to stop early. */
const STRETCH = 1024;
/** gdb reads code in lines of this size. */
const CACHE_LINE = 64n;

/** Instructions from an address on, without end unless one is given. Throws CodeReadError where memory ends. */
export function* disassemble(
  target: Target,
  from: bigint,
  options: CodeOptions,
  end?: bigint,
): Generator<CodeLine, void> {
  const disassembler = openDisassembler(target.arch);
  const names = new DisassemblyNames(target);
  const { bug } = target.machine.code;
  let next = from;
  while (end === undefined || next < end) {
    const base = next;
    const bytes = readCode(base, STRETCH, options.memory);
    for (const instruction of disassembler.decode(bytes, base)) {
      yield lineOf(target, instruction, names);
      next = BigInt.asUintN(64, instruction.address + BigInt(instruction.length));
      if (end !== undefined && next >= end) return;
      if (options.bugBytes && instruction.text.startsWith(bug)) {
        next += BigInt(options.bugBytes);
        break;
      }
    }
    if (next === base) throw unreadable(base, bytes.length, options.memory, names);
  }
}

/**
 * The instructions of the function that begins at `start`. kallsyms has no sizes: a function ends where the next symbol
 * begins, less the padding before it, and continues over a symbol that it runs into, which then is a label inside it.
 * In modules crash keeps the padding: the next symbol is the end.
 */
export function* disassembleFunction(
  target: Target,
  start: bigint,
  options: CodeOptions,
): Generator<CodeLine, void> {
  const isModule = target.symbols.moduleAt(va(start)) !== undefined;
  const { code } = target.machine;
  const keptTraps = trapsAfterReturn(target);
  let end = nextSymbol(target, start);
  let next = start;
  for (let labels = 0; labels < MAX_LABELS && end !== undefined; labels++) {
    let last: CodeLine | undefined;
    let traps = 0;
    let held: CodeLine[] = [];
    for (const line of disassemble(target, next, options, end)) {
      const { text } = line.instruction;
      const isTrap = text.startsWith(code.trap);
      if (held.length > 0 && isEntry(code, line) && last?.instruction.flow === 'return') return;
      held.push(line);
      if (isPadding(code, text, last, traps + 1, keptTraps)) {
        // Padding between two sections can be megabytes.
        if (held.length > (last ? MAX_PADDING : MAX_POISON) && !isModule) return;
        continue;
      }
      yield* held;
      held = [];
      traps = isTrap ? traps + 1 : 0;
      if (!isTrap) last = line;
    }
    // Only traps: init code that was freed. POISON_FREE_INITMEM, include/linux/poison.h, is that opcode.
    if (isModule || (labels === 0 && !last)) yield* held;
    if (isModule || !runsOn(code, last) || (labels === 0 && isLabel(target, start, options)))
      return;
    yield* held;
    next = end;
    end = nextSymbol(target, end);
  }
}

/** The first instruction of a function without a symbol (an overridden weak function): the tracer's no-op, aligned. */
const isEntry = ({ alignment, entry }: CodeRules, { address, instruction }: CodeLine): boolean =>
  address % BigInt(alignment) === 0n && entry.test(instruction.text);

/** Functions are aligned to 64 bytes at most. */
const MAX_PADDING = 256;
/** Bytes of the largest init function. */
const MAX_POISON = 65_536;

/** Whether a symbol is a label inside a routine: the code before it runs into it. */
function isLabel(target: Target, start: bigint, options: CodeOptions): boolean {
  const before = target.symbols.at(va(start - 1n));
  if (!before || before.symbol.module !== undefined) return false;
  let last: CodeLine | undefined;
  for (const line of disassemble(target, before.symbol.address, options, start)) last = line;
  const { code } = target.machine;
  return runsOn(code, last) && !isPadding(code, last?.instruction.text ?? '', undefined, 1, 0);
}

/** More labels than any routine of the kernel's assembly has. */
const MAX_LABELS = 256;

/**
 * Whether an instruction is padding, given that only padding follows. The traps after a jump or a return belong to the
 * function: one stops straight-line speculation (CONFIG_SLS, 5.17); four replace a jump of 5 bytes to the return thunk
 * (CONFIG_RETHUNK, 5.19; patch_return() in arch/x86/kernel/alternative.c). `place` counts from 1.
 */
function isPadding(
  code: CodeRules,
  text: string,
  before: CodeLine | undefined,
  place: number,
  afterReturn: number,
): boolean {
  if (!text.startsWith(code.trap)) return code.noOperation.test(text);
  const flow = before?.instruction.flow;
  return (
    place > (flow === 'return' ? afterReturn : flow === 'jump' && isIndirect(code, before) ? 1 : 0)
  );
}

const isIndirect = ({ indirectThunk }: CodeRules, line: CodeLine | undefined): boolean =>
  line?.target === undefined || line.target.name.startsWith(indirectThunk);

/** Whether control can pass from an instruction to the next one. Not in memory that was freed and zeroed. */
const runsOn = ({ zeros }: CodeRules, line: CodeLine | undefined): boolean =>
  (line?.instruction.flow === 'next' || line?.instruction.flow === 'branch') &&
  !line.instruction.text.startsWith(zeros);

const trapsAfterReturn = (target: Target): number =>
  target.findSymbol(target.machine.code.returnThunk) === undefined ? 1 : 4;

/** The address of the next symbol; in a module not beyond its region. */
function nextSymbol(target: Target, address: bigint): bigint | undefined {
  const { symbols } = target;
  const found = symbols.at(va(address));
  if (!found) return undefined;
  let next = symbols.next(found.symbol);
  while (next && next.address <= address) next = symbols.next(next);
  const region = symbols.moduleAt(va(address))?.regionOf(va(address));
  if (!region) return next?.address;
  const regionEnd = region.base + BigInt(region.size);
  return next && next.address < regionEnd ? next.address : regionEnd;
}

function lineOf({ machine }: Target, instruction: Instruction, names: DisassemblyNames): CodeLine {
  const at = names.at(instruction.address);
  const target = instruction.reference && names.referred(instruction.reference.address);
  return {
    address: va(instruction.address),
    at,
    instruction,
    target,
    isTracerNop:
      at?.offset === 0 && machine.code.tracerNops.some((text) => instruction.text.includes(text)),
  };
}

/** The bytes from an address on that are in memory, `length` at most. */
function readCode(address: bigint, length: number, memory: MemoryView): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = address;
  let left = length;
  while (left > 0) {
    const size = Math.min(left, roomInPage(at));
    try {
      parts.push(memory.read(at, size, WHAT));
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      break;
    }
    at = BigInt.asUintN(64, at + BigInt(size));
    left -= size;
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
}
const WHAT = 'gdb_readmem_callback';

function unreadable(
  address: bigint,
  readable: number,
  memory: MemoryView,
  names: DisassemblyNames,
): CodeReadError {
  const missing = BigInt.asUintN(64, address + BigInt(readable));
  const messages: string[] = [];
  for (const at of [missing & ~(CACHE_LINE - 1n), missing]) {
    try {
      memory.read(at, 1, WHAT);
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      messages.push(error.message);
    }
  }
  return new CodeReadError(va(address), names.at(address), messages);
}
