import { openDisassembler } from '../../arch/disassembler.ts';
import type { MemoryOperand, Operation } from '../../arch/operation.ts';
import type { Walk } from '../../arch/types.ts';
import { type VAddr, va } from '../../base/address.ts';
import { perCpuOffset } from '../../kernel/core/cpus.ts';
import type { Target } from '../../kernel/core/target.ts';
import { userSpaceOf } from '../../kernel/mm/translate.ts';
import { isSameWord, type Word, type WordState, wordsBefore } from '../../kernel/text/word-flow.ts';
import type { Registers } from '../../unwind/types.ts';
import type { Entry } from './entries.ts';
import { attempt, type Scene } from './scene.ts';

/** How the instruction wanted to use the address. */
export type Access = 'read' | 'write' | 'execute';

/** What the faulting instruction did. */
export interface Fault {
  readonly entry: Entry;
  /** The instruction pointer. */
  readonly ip: VAddr;
  /** As `dis` shows it; undefined where its bytes are not in the dump, or are none. */
  readonly text: string | undefined;
  readonly operation: Operation | undefined;
  readonly access: Access;
  /** The address that was used; undefined where no operand explains the exception. */
  readonly address: VAddr | undefined;
  readonly operand: MemoryOperand | undefined;
  /** The register that leads to the address, and what it held. */
  readonly base: { readonly register: string; readonly value: bigint } | undefined;
  /** The page walk of the address, where it has one. */
  readonly walk: Walk | undefined;
  /** Words before the instruction by register, as far as the function's code says. */
  readonly words: WordState | undefined;
  /** Where the base register's word comes from. */
  readonly origin: Word | undefined;
}

/** The fault of an exception. Throws no CrashError. */
export function faultOf(scene: Scene, entry: Entry): Fault {
  const { target } = scene;
  const { values } = entry.registers;
  const ip = va(values.ip);
  const operation = operationAt(target, ip);
  if (!operation || !target.symbols.isText(ip)) return jumpFault(target, entry, ip, operation);
  const found = guiltyOperand(scene, entry, operation);
  const words = functionWords(target, ip);
  const base = found && baseOf(found.operand, values);
  return {
    entry,
    ip,
    text: textAt(target, ip),
    operation,
    access: found?.access ?? 'read',
    address: found?.address,
    operand: found?.operand,
    base,
    walk: found?.walk,
    words,
    origin: base && words?.registers.get(base.register),
  };
}

/** A jump to what is no code: the instruction is the caller's, and gone. */
function jumpFault(
  target: Target,
  entry: Entry,
  ip: VAddr,
  operation: Operation | undefined,
): Fault {
  const walk = attempt(() => target.kernel.walk(ip));
  const nothing = { operand: undefined, base: undefined, words: undefined, origin: undefined };
  const text = operation && textAt(target, ip);
  return { ...nothing, entry, ip, text, operation, access: 'execute', address: ip, walk };
}

/** The instruction at an address; undefined where its bytes cannot be read or are none. */
export function operationAt(target: Target, ip: VAddr): Operation | undefined {
  const disassembler = openDisassembler(target.arch);
  const bytes = bytesAt(target, ip, disassembler.maxLength);
  return bytes && disassembler.operations(bytes, ip).next().value;
}

/** The text of an instruction, in one blank's width. */
export function textAt(target: Target, ip: VAddr): string | undefined {
  const disassembler = openDisassembler(target.arch);
  const bytes = bytesAt(target, ip, disassembler.maxLength);
  const instruction = bytes && disassembler.decode(bytes, ip).next().value;
  return instruction?.text.replace(/\s+/g, ' ').trim();
}

/** Up to so many bytes of code: fewer before a page that is not there. */
function bytesAt(target: Target, ip: VAddr, length: number): Uint8Array | undefined {
  const rest = target.pageSize - Number(ip % BigInt(target.pageSize));
  return (
    target.kernel.tryRead(ip, length) ??
    (rest < length ? target.kernel.tryRead(ip, rest) : undefined)
  );
}

function functionWords(target: Target, ip: VAddr): WordState | undefined {
  const symbol = target.symbols.at(ip)?.symbol;
  return symbol && attempt(() => wordsBefore(target, symbol.address, ip));
}

interface Guilty {
  readonly operand: MemoryOperand;
  readonly address: VAddr;
  readonly access: Access;
  readonly walk: Walk | undefined;
}

/** The operand that cannot be used as the instruction wants to. */
function guiltyOperand(scene: Scene, entry: Entry, operation: Operation): Guilty | undefined {
  const { target } = scene;
  const { values } = entry.registers;
  let first: Guilty | undefined;
  for (const operand of operation.memory) {
    const address = effectiveAddress(scene, operand, values);
    if (address === undefined) continue;
    const access: Access = operand.writes ? 'write' : 'read';
    const walk = attempt(() => walkOf(scene, address));
    const guilty = { operand, address, access, walk };
    first ??= guilty;
    if (isUnusable(target, entry, guilty)) return guilty;
  }
  // A page fault has an address, even where the dump's tables now allow the access.
  return entry.kind === 'page-fault' ? first : undefined;
}

function isUnusable(target: Target, entry: Entry, { address, access, walk }: Guilty): boolean {
  if (!target.arch.isCanonical(address)) return true;
  if (entry.kind !== 'page-fault') return false;
  if (target.arch.isUser(address) || walk === undefined) return true;
  if (walk.outcome !== 'mapped') return true;
  const entries = walk.steps.map((step) => target.arch.entryFlags(step.entry));
  return access === 'write' && entries.some((flags) => !flags.includes('RW'));
}

function walkOf({ target, task }: Scene, address: VAddr): Walk | undefined {
  if (!target.arch.isCanonical(address)) return undefined;
  if (!target.arch.isUser(address)) return target.kernel.walk(address);
  return task && userSpaceOf(target, task)?.walk(address);
}

const registerValue = (values: Registers, name: string): bigint | undefined =>
  (values as Record<string, bigint | undefined>)[name];

/** The address of an operand with the registers of an exception; undefined where a part of it is not known. */
export function effectiveAddress(
  { target, cpu }: Scene,
  operand: MemoryOperand,
  values: Registers,
): VAddr | undefined {
  const base = operand.base === undefined ? 0n : registerValue(values, operand.base);
  const index = operand.index === undefined ? 0n : registerValue(values, operand.index);
  if (base === undefined || index === undefined) return undefined;
  let segment = 0n;
  if (operand.segment !== undefined) {
    const offset = cpu === undefined ? undefined : attempt(() => perCpuOffset(target, cpu));
    if (operand.segment !== 'gs' || offset === undefined) return undefined;
    segment = offset;
  }
  const width = target.arch.pointerSize * 8;
  return va(
    BigInt.asUintN(width, base + index * BigInt(operand.scale) + operand.displacement + segment),
  );
}

/** The register that an operand's address begins with: the index where it alone is a pointer. */
function baseOf(operand: MemoryOperand, values: Registers): Fault['base'] {
  const register = operand.base ?? operand.index;
  const value = register === undefined ? undefined : registerValue(values, register);
  return register === undefined || value === undefined ? undefined : { register, value };
}

/**
 * The value of a word of the interrupted function, where a register still has it or memory does: words are followed to
 * registers that are known at the exception.
 */
export function valueOfWord(target: Target, fault: Fault, word: Word): bigint | undefined {
  const values = fault.entry.registers.values;
  for (const [register, held] of fault.words?.registers ?? []) {
    const value = registerValue(values, register);
    if (value === undefined) continue;
    const distance = distanceTo(held, word);
    if (distance !== undefined) return BigInt.asUintN(64, value + distance);
  }
  if (word.kind === 'constant') return word.value;
  if (word.kind === 'sum') {
    const of = valueOfWord(target, fault, word.of);
    return of === undefined ? undefined : BigInt.asUintN(64, of + word.plus);
  }
  if (word.kind !== 'loaded' || word.size !== target.arch.pointerSize) return undefined;
  const at = valueOfWord(target, fault, word.at);
  return at === undefined ? undefined : target.kernel.tryWord(va(at));
}

/** How many bytes to add to one word for another; undefined for words of other origin. */
function distanceTo(from: Word, to: Word): bigint | undefined {
  const [a, x] = from.kind === 'sum' ? [from.of, from.plus] : [from, 0n];
  const [b, y] = to.kind === 'sum' ? [to.of, to.plus] : [to, 0n];
  return isSameWord(a, b) ? y - x : undefined;
}
