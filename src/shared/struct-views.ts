import { hex, plus, va } from '../base/address.ts';
import { CrashError, type Fault } from '../base/errors.ts';
import { roomInPage } from '../base/pages.ts';
import { perCpuOffset } from '../kernel/core/cpus.ts';
import type { Target } from '../kernel/core/target.ts';
import { type MemoryKind, memoryView } from '../kernel/mm/read-memory.ts';
import { cpuCount } from '../kernel/task/tasks.ts';
import {
  findNamedType,
  type NamedCType,
  offsetOfWord,
  splitStructWord,
} from '../kernel/values/structures.ts';
import { isPerCpuAddress } from '../kernel/values/variables.ts';
import type { Notice } from '../session/command/command.ts';
import { CommandError, UsageOnly, warning } from '../session/command/command.ts';
import type { Arguments, Flags, Operand } from '../session/command/declaration.ts';
import { isNumber, parseCpus, parseHex, parseLong } from '../session/line/numbers.ts';
import type { Session } from '../session/state/session.ts';
import type { StructType, Types } from '../types/types.ts';
import { noSuchSymbol } from './no-such-symbol.ts';

/** The options of `struct`, `union` and `*`. */
export const structFlags = {
  o: { help: 'offsets of the members, or their addresses' },
  l: { value: 'text', help: 'the address is that of this member: struct.member, or bytes' },
  r: { help: 'the memory of the structure, as rd shows it' },
  f: { help: 'the address is an offset in the dump file' },
  u: { help: "the address is of the current context's user space" },
  x: { help: 'numbers in hexadecimal' },
  d: { help: 'numbers in decimal' },
  p: { help: 'show what pointer members point to' },
  c: { value: 'text', help: 'how many structures; when negative, those that end with this one' },
  h: { hidden: true, help: 'the same as -x' },
  v: { hidden: true, help: 'no effect' },
} as const satisfies Flags;

/** The operands of `struct`, `union` and `*`. */
export const structOperands = [
  {
    name: 'type',
    kind: 'text',
    arity: '?',
    help: 'a structure, with members after a dot',
    completion: ['type', 'member'],
  },
  {
    name: 'places',
    kind: 'text',
    arity: '*',
    help: 'an address or symbol, with :cpus where it is per CPU; then a count',
    completion: ['address', 'symbol'],
  },
] as const satisfies readonly Operand[];

/** Parsed arguments of these commands. */
export type StructArguments = Arguments<typeof structFlags, typeof structOperands>;
/** The three commands. */
export type StructCommand = 'struct' | 'union' | '*';

/** The radix of numbers; -x and -d exclude each other. */
export function chosenRadix(order: readonly string[], session: Session): 10 | 16 {
  const hexadecimal = order.includes('x') || order.includes('h');
  if (hexadecimal && order.includes('d')) {
    throw new CommandError('-d and -x are mutually exclusive');
  }
  if (order.includes('d')) return 10;
  return hexadecimal ? 16 : session.settings.radix;
}

/** A parsed command line of struct, union or `*`. */
export interface StructRequest {
  readonly word: string;
  readonly named: NamedCType;
  readonly struct: StructType;
  readonly name: string;
  readonly members: readonly string[];
  readonly radix: 10 | 16;
  readonly kind: MemoryKind;
  /** The places to read, one CPU after the other; undefined to show the type itself. */
  readonly places: readonly Place[] | undefined;
  /** Structures, negative for those up to the address. */
  readonly count: number;
}

/** An address, and the CPU of a per-CPU variable. */
export interface Place {
  readonly address: bigint;
  readonly cpu: number | undefined;
}

/** Parses the words. Yields crash's complaints; returns undefined when they end the command. */
export function* readRequest(
  command: StructCommand,
  { flags, operands, order }: StructArguments,
  { target, session }: { readonly target: Target; readonly session: Session },
): Generator<Notice, StructRequest | undefined> {
  const radix = chosenRadix(order, session);
  const word = operands.type;
  if (word === undefined) throw new UsageOnly('');
  const { words } = operands.places;
  if (words.length > 2) throw new CommandError('too many arguments!');
  const split = splitStructWord(word);
  if (!split) throw new CommandError(`invalid format: ${word}`, { fault: { kind: 'type', word } });
  const [placeWord, countWord] = words;
  const kind: MemoryKind = flags.f ? 'file' : flags.u ? 'user' : 'kernel';
  let places: readonly Place[] | undefined;
  if (placeWord !== undefined) {
    places = yield* placesOf(target, session, placeWord, kind);
    if (!places) return undefined;
  }
  const counted = flags.c ?? countWord;
  let count = 1;
  if (counted !== undefined) {
    const negative = flags.c?.startsWith('-') ?? false;
    const digits = negative ? counted.slice(1) : counted;
    if (isNumber(digits)) count = Number(parseLong(digits)) * (negative ? -1 : 1);
    else if (session.findSymbol(counted) === undefined) {
      yield* noSuchSymbol(target, counted);
      return undefined;
    }
  }
  const named = namedStruct(command, target.allTypes, word, split.name);
  const shift = flags.l === undefined ? 0n : BigInt(memberOffset(target.allTypes, flags.l));
  const moved = places?.map((place) => ({ ...place, address: va(place.address - shift) }));
  return {
    word,
    ...named,
    name: split.name,
    members: split.members,
    radix,
    kind,
    count,
    places: moved,
  };
}

function namedStruct(
  command: StructCommand,
  types: Types,
  word: string,
  name: string,
): { named: NamedCType; struct: StructType } {
  const named = findNamedType(types, name);
  if (!named) {
    const shown = name === '' ? '' : word;
    throw new CommandError(`invalid data structure reference: ${shown}`, {
      fault: { kind: 'type', word: name },
    });
  }
  const { struct } = named;
  const fits = struct !== undefined && (command === '*' || struct.kind === command);
  if (!fits) {
    const wanted = command === '*' ? 'struct or union' : command;
    throw new CommandError(`data type mismatch: ${name} is not a ${wanted}`, {
      fault: {
        kind: 'text',
        word: name,
        note: struct ? `it is a ${struct.kind}` : '"whatis" says what it is',
      },
    });
  }
  return { named, struct };
}

/** The option -l: `struct.member` or a number. */
export function memberOffset(types: Types, word: string, option = '-l option'): number {
  const offset = word.includes('.')
    ? offsetOfWord(types, word)
    : isNumber(word)
      ? Number(parseLong(word))
      : undefined;
  if (offset === undefined) {
    throw new CommandError(`invalid ${option}: ${word}`, { fault: memberFault(types, word) });
  }
  return offset;
}

/** The fault in `struct.member`: the structure, the member, or the form. */
export function memberFault(types: Types, word: string): Fault {
  const split = word.includes('.') ? splitStructWord(word) : undefined;
  const [member] = split?.members ?? [];
  if (!split || member === undefined) return { kind: 'number', word };
  return findNamedType(types, split.name)
    ? { kind: 'member', word: member, of: split.name }
    : { kind: 'type', word: split.name };
}

/** An address, or a symbol, each with `:cpus` after it for a per-CPU variable; undefined after a complaint. */
function* placesOf(
  target: Target,
  session: Session,
  word: string,
  kind: MemoryKind,
): Generator<Notice, readonly Place[] | undefined> {
  const colon = word.indexOf(':');
  const name = colon < 0 ? word : word.slice(0, colon);
  const cpus = colon < 0 ? undefined : cpusOf(word.slice(colon + 1), target, session);
  if (kind === 'file' && isNumber(name)) return [{ address: parseLong(name), cpu: undefined }];
  if (isNumber(name)) {
    const address = parseHex(name);
    if (cpus) return copies(target, address, cpus);
    if (kind === 'kernel' && !isKernelAddress(target, address)) {
      throw new CommandError(`invalid kernel virtual address: ${hex(address)}`, {
        fault: { kind: 'address', word: name },
      });
    }
    return [{ address, cpu: undefined }];
  }
  const symbol = session.findSymbol(name);
  if (symbol === undefined) {
    yield* noSuchSymbol(target, name);
    return undefined;
  }
  const perCpu = isPerCpuAddress(target, va(symbol));
  if (perCpu && cpus) return copies(target, symbol, cpus);
  if (perCpu)
    throw new CommandError(`${name} is a per-CPU variable: say ${name}:a, or ${name}:CPU`, {
      fault: { kind: 'text', word: name },
    });
  if (cpus) yield warning(`${name} is not percpu; cpuspec ignored.`);
  return [{ address: symbol, cpu: undefined }];
}

/** The CPUs after the colon; without any, the CPU of the current context. */
export const cpusOf = (text: string, target: Target, session: Session): readonly number[] =>
  text === '' ? [session.task.cpu] : parseCpus(text, cpuCount(target));

const copies = (target: Target, offset: bigint, cpus: readonly number[]): readonly Place[] =>
  cpus.map((cpu) => ({ cpu, address: plus(va(offset), perCpuOffset(target, cpu)) }));

/** Whether an address belongs to the kernel. */
export const isKernelAddress = (target: Target, address: bigint): boolean =>
  target.arch.isCanonical(va(address)) && !target.arch.isUser(va(address));

/** Memory of a request, read page by page so that a failure names its page. Throws CrashError in crash's words. */
export function structReader(
  target: Target,
  kind: MemoryKind,
  session: Session,
  what = 'gdb_readmem_callback',
): (address: bigint, length: number) => Uint8Array {
  const view = memoryView(target, kind, () => session.task);
  return (address, length) => {
    if (kind === 'kernel' && !isKernelAddress(target, address)) {
      throw new CrashError(`invalid kernel virtual address: ${hex(address)}  type: "${what}"`);
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = BigInt.asUintN(64, address + BigInt(done));
      const size = Math.min(length - done, roomInPage(at));
      bytes.set(view.read(at, size, what), done);
      done += size;
    }
    return bytes;
  };
}

/** Bound on structures: a larger count is a mistake. */
export const MAX_STRUCTS = 1_000_000;

/** The addresses of `count` structures from, or with a negative count up to, an address. */
export function* addressesOf(address: bigint, size: number, count: number): Generator<bigint> {
  if (Math.abs(count) > MAX_STRUCTS) throw new CrashError(`invalid count request: ${count}`);
  const first = count < 0 ? count + 1 : 0;
  const end = count < 0 ? 1 : count;
  for (let index = first; index < end; index++) {
    yield BigInt.asUintN(64, address + BigInt(index * size));
  }
}
