import type { VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { ExpressionTypes } from '../../types/expression/expression-types.ts';
import { parseType } from '../../types/expression/parser.ts';
import type { Target } from '../core/target.ts';
import { debuggedVariable } from './debugged-variables.ts';

/** The kernel's types and those that expressions make of them: one table a target, so that `$1` stays good. */
export const expressionTypes = (target: Target): ExpressionTypes => target.memo(makeTypes);
const makeTypes = (target: Target): ExpressionTypes => new ExpressionTypes(target.allTypes);

/** A symbol of the kernel or of a module as a C variable or function. */
export interface Variable {
  readonly name: string;
  readonly address: VAddr;
  /** In {@link expressionTypes}; undefined when the type is unknown. */
  readonly type: number | undefined;
  /** `address` counts from the start of a CPU's area. */
  readonly perCpu: boolean;
}

/**
 * The variable or function of that name; undefined when no symbol has it. Types come from BTF, else from the table of
 * globals.
 */
export function findVariable(target: Target, name: string): Variable | undefined {
  const address = target.findSymbol(name) ?? moduleSymbol(target, name);
  return address === undefined ? undefined : variableAt(target, name, address);
}

/** A variable or function by its name and address: several may have the name. */
export function variableAt(target: Target, name: string, address: VAddr): Variable {
  const perCpu = isPerCpuAddress(target, address);
  return { name, address, type: typeOfVariable(target, name, address), perCpu };
}

function moduleSymbol(target: Target, name: string): VAddr | undefined {
  try {
    return target.symbols.named(name)?.address;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** Whether the linker places a symbol in the per-CPU area, of which every CPU has a copy. */
export function isPerCpuAddress(target: Target, address: VAddr): boolean {
  const start = target.findSymbol('__per_cpu_start');
  const end = target.findSymbol('__per_cpu_end');
  return start !== undefined && end !== undefined && address >= start && address < end;
}

function typeOfVariable(target: Target, name: string, address: VAddr): number | undefined {
  const types = expressionTypes(target);
  const debugged = debuggedVariable(target, address);
  if (debugged !== undefined) return debugged;
  const variable = types.find('var', name);
  if (variable?.kind === 'var') return variable.type;
  const func = types.find('func', name);
  if (func?.kind === 'func') return func.proto;
  for (const declared of target.declaredTypes(name)) {
    const type = parseDeclared(target, declared, address);
    if (type !== undefined) return type;
  }
  return undefined;
}

/** A declaration that reaches into the next symbol belongs to another kernel, as for an int that has become a bool. */
function isRoomFor(target: Target, size: number, address: VAddr): boolean {
  const table = isPerCpuAddress(target, address) ? target.symbols.kernel : target.symbols;
  let next = table.at(address)?.symbol;
  while (next !== undefined && next.address <= address) next = table.next(next);
  return next === undefined || BigInt(size) <= next.address - address;
}

/** A declared type as a number; undefined when this kernel lacks one of its parts, or the room for it. */
function parseDeclared(target: Target, declared: string, address: VAddr): number | undefined {
  const types = expressionTypes(target);
  try {
    const element = declared.replace(/\[(\*|2\^n|strlen)\]/, '');
    const text = declared.replace(/\[([^\]]+)\]/g, (_, count: string) => {
      const size = count === '*' || count === '2^n' ? types.sizeOf(parseType(element, types)) : 1;
      return `[${lengthOf(target, count, address, size)}]`;
    });
    const type = text.startsWith('{') ? parseStruct(text, types) : parseType(text, types);
    // Symbols inside an array mark places of it.
    if (types.resolve(type).kind === 'array') return type;
    return isRoomFor(target, types.sizeOf(type), address) ? type : undefined;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** `{0 seqcount_t seq; 8 struct timekeeper timekeeper}`: a struct without a tag, an offset before each member. */
function parseStruct(text: string, types: ExpressionTypes): number {
  const members = text
    .slice(1, -1)
    .split(';')
    .map((member) => {
      const [, offset, type = '', name = ''] = /^\s*(\d+) (.*) (\w+)$/.exec(member) ?? [];
      return { name, type: parseType(type, types), offset: Number(offset) };
    });
  const end = Math.max(...members.map(({ type, offset }) => offset + types.sizeOf(type)));
  return types.structOf(end, members);
}

/** The length in brackets of a declaration (see {@link GLOBALS}) as a number. Throws CrashError. */
function lengthOf(target: Target, count: string, address: VAddr, size: number): number {
  if (/^\d+$/.test(count)) return Number(count);
  if (count === 'strlen') return target.kernel.cstring(address, MAX_TEXT).length + 1;
  if (count === '*') return Math.floor(roomOf(target, address) / Math.max(1, size));
  if (count === '2^n') return 2 ** Math.floor(Math.log2(roomOf(target, address) / size));
  const [word = '', divisor = '1'] = count.split('/');
  const mask = MASKS[word];
  if (mask !== undefined) {
    return Math.floor((expressionTypes(target).sizeof(mask) * 8) / Number(divisor));
  }
  const value = expressionTypes(target).enumerator(word);
  if (value === undefined) throw new CrashError(`no enumerator ${word}`);
  return Number(value);
}

const MASKS: Readonly<Record<string, string>> = { NR_CPUS: 'cpumask', MAX_NUMNODES: 'nodemask_t' };
const MAX_TEXT = 4096;
/** No global variable is larger. */
const MAX_ROOM = 16 << 20;

/** Bytes up to the next symbol. */
function roomOf(target: Target, address: VAddr): number {
  const table = isPerCpuAddress(target, address) ? target.symbols.kernel : target.symbols;
  const symbol = table.at(address)?.symbol;
  const next = symbol && table.next(symbol);
  const room = next ? Number(next.address - address) : 0;
  if (room <= 0 || room > MAX_ROOM) throw new CrashError('the variable has no end');
  return room;
}
