import { hex, va } from '../src/base/address.ts';
import type { Fault } from '../src/base/errors.ts';
import { type MemoryKind, memoryView } from '../src/kernel/mm/read-memory.ts';
import { addressKind } from '../src/kernel/mm/translate.ts';
import {
  type MemoryStyle,
  memoryLine,
  UNITS,
  type UnitBits,
} from '../src/output/mm/memory-lines.ts';
import { namedPlaceText } from '../src/output/text/named-place.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  type Notice,
  type Out,
  UsageOnly,
  warning,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { evaluate } from '../src/session/line/expression.ts';
import { isNumber, parseHex, parseLong } from '../src/session/line/numbers.ts';
import { openRawCopy } from '../src/session/sinks/raw-copy.ts';
import { WRITES_FILE } from '../src/session/state/confinement.ts';
import { noSuchSymbol } from '../src/shared/no-such-symbol.ts';
import {
  copyTo,
  lineRows,
  type NamedWord,
  namer,
  type ReadRequest,
  type Row,
  textRows,
} from './rd/rows.ts';

const WIDTHS = ['8', '16', '32', '64'] as const;
const KINDS: Readonly<Record<string, MemoryKind>> = { p: 'physical', u: 'user', f: 'file' };
export default defineCommand({
  name: 'rd',
  group: 'memory',
  summary: 'read memory',
  synopsis:
    '[-adDsSupxmfNR][-8|-16|-32|-64][-o offs][-e addr][-r file][address|symbol]\n     [count]',
  flags: {
    p: { help: 'the address is physical' },
    u: { help: "the address is of the current context's user space" },
    m: { hidden: true, help: 'the address is a xen machine address' },
    f: { help: 'the address is an offset in the dump file' },
    d: { help: 'signed decimal numbers' },
    D: { help: 'unsigned decimal numbers' },
    s: { help: 'names in place of words that are addresses of symbols' },
    S: { repeat: true, help: 'as -s, and slab caches; -SS with the address' },
    x: { help: 'no characters at the end of a line' },
    8: { help: 'bytes' },
    16: { help: 'units of 16 bits' },
    32: { help: 'units of 32 bits' },
    64: { help: 'units of 64 bits' },
    a: { help: 'characters, up to the first that does not print' },
    N: { help: 'units of 16 or 32 bits are in network order' },
    R: { help: 'up to the address, not from it' },
    o: { value: 'text', help: 'an offset to the address' },
    e: { value: 'text', completion: ['address'], help: 'read up to this address' },
    r: { value: 'file', help: 'copy the memory to this file', reach: WRITES_FILE },
  },
  operands: [
    {
      name: 'address',
      kind: 'text',
      completion: ['address'],
      arity: '?',
      help: 'an address, a symbol or an (expression)',
    },
    { name: 'count', kind: 'text', arity: '?', help: 'how many units; decimal when all digits' },
  ],
  help: [
    'Shows memory: of the kernel, or of the current context where the address',
    'is a user address. What is not in the dump is an error that says why:',
    '"page excluded" was filtered when the dump was written, "seek error" is',
    'no RAM, and "invalid kernel virtual address" is mapped by no page table.',
  ].join('\n'),
  examples: [
    { run: 'rd -s sys_call_table 4', on: '', shows: 'words as the names of functions' },
    { run: 'rd -a linux_banner', on: '', shows: 'text up to its end' },
    { run: 'rd -SS init_task 32', on: '', shows: 'which words point into which slab cache' },
  ],

  *run({ flags, operands, order }, context): Generator<Row | Notice> {
    const { target, session } = context;
    if (flags.m) throw new CommandError('-m option only applies to xen architecture');
    const copy = flags.r === undefined ? undefined : openRawCopy(flags.r);
    if (flags.r !== undefined && !copy)
      throw new CommandError(`cannot open output file: ${flags.r}`, {
        fault: { kind: 'file', word: flags.r },
      });
    const bits = unitOf(order) ?? ((8 * target.arch.pointerSize) as UnitBits);
    const symbolic = symbolicOf(order);
    if (symbolic !== undefined && isNarrowBefore(order)) {
      yield error(`-${symbolic} option is only allowed with 64-bit display`);
      throw new UsageOnly('');
    }
    const end = flags.e === undefined ? 0n : parseHex(flags.e);
    if (operands.address === undefined) throw new UsageOnly('');
    const offset = flags.o === undefined ? 0n : parseLong(flags.o);
    const start = addressOf(operands.address, context);
    if (start === undefined) {
      yield* noSuchSymbol(target, operands.address);
      return;
    }
    const address = va(start + offset);
    const count = operands.count === undefined ? undefined : parseLong(operands.count);
    if (count !== undefined && end !== 0n) {
      yield warning('ending address ignored when count is specified');
    }
    const given = order.findLast((key) => key in KINDS);
    const kind = given
      ? (KINDS[given] ?? 'kernel')
      : addressKind(target, address) === 'kernel'
        ? 'kernel'
        : 'user';
    const isAscii = flags.a === true && copy === undefined;
    const size = isAscii || copy ? 1 : UNITS[bits].size;
    const units = count ?? unitsUpTo(address, end, size, isAscii, copy !== undefined);
    if (units !== undefined && units <= 0n)
      throw new CommandError(`invalid count request: ${units}`, {
        fault: { kind: 'number', word: operands.count ?? '' },
      });
    const request: ReadRequest = {
      kind,
      bits,
      rawPath: flags.r,
      address:
        flags.R && units !== undefined && units > 1n
          ? va(address - (units - 1n) * BigInt(size))
          : address,
      count: units,
    };
    const memory = memoryView(target, kind, () => session.task);
    if (copy) {
      try {
        yield copyTo(copy, memory, request);
      } finally {
        copy.close();
      }
    } else if (isAscii) yield* textRows(memory, request);
    else {
      const isNamed = symbolic !== undefined && !flags.d && !flags.D;
      yield* lineRows(memory, request, isNamed ? namer(context, flags.S ?? 0) : undefined);
    }
  },

  printer({ flags, order }, { settings }) {
    const base = flags.d ? 'signed' : flags.D ? 'unsigned' : 'hex';
    const ascii = base === 'hex' && symbolicOf(order) === undefined && !flags.x;
    const nameOf = ({ word, place, cache }: NamedWord): string =>
      place
        ? namedPlaceText(place, settings.radix)
        : (flags.S ?? 0) > 1
          ? `[${hex(word)}:${cache}]`
          : `[${cache}]`;
    /** An error continues the line: crash prints each unit as it reads it. */
    const print = (text: string, isCut: boolean, out: Out): void => {
      if (isCut) out.write(text.trimEnd() === text ? text : `${text.trimEnd()} `);
      else out.line(text);
    };
    return byKind<Row>({
      memory({ address, bytes, unit, names, isCut }, out) {
        const named = new Map(names?.map((each) => [each.word, nameOf(each)]));
        const style: MemoryStyle = {
          bits: unit,
          base,
          ascii: ascii && !isCut,
          swap: flags.N ?? false,
          nameOf: names && ((word) => named.get(word)),
        };
        print(memoryLine(address, bytes, style), isCut, out);
      },
      text({ address, text, isCut }, out) {
        print(address === undefined ? '' : `${hex(address).padStart(16)}:  ${text}`, isCut, out);
      },
      copied({ address, bytes, path }, out) {
        out.line(`${bytes} bytes copied from 0x${hex(address)} to ${path}`);
      },
    });
  },
});

/** The last of the given widths. */
function unitOf(order: readonly string[]): UnitBits | undefined {
  const chosen = order.findLast((key) => (WIDTHS as readonly string[]).includes(key));
  return chosen === undefined ? undefined : (Number(chosen) as UnitBits);
}

/** The last of -s and -S. */
const symbolicOf = (order: readonly string[]): string | undefined =>
  order.findLast((key) => key === 's' || key === 'S');

/** crash checks -s at its place: a narrower width before it is refused. */
function isNarrowBefore(order: readonly string[]): boolean {
  const at = order.findIndex((key) => key === 's' || key === 'S');
  const before = order
    .slice(0, at)
    .filter((key) => key === 'a' || key === 'r' || (WIDTHS as readonly string[]).includes(key));
  const last = before.at(-1);
  return last !== undefined && last !== '64';
}

/** An expression in parentheses, a hexadecimal number, or a symbol; undefined for all other words. */
function addressOf(word: string, { session }: CommandContext): bigint | undefined {
  if (word.startsWith('(')) return evaluate(word, (name) => session.findSymbol(name));
  if (isNumber(word)) return parseHex(word);
  return session.findSymbol(word);
}

function unitsUpTo(
  address: bigint,
  end: bigint,
  size: number,
  isAscii: boolean,
  isCopy: boolean,
): bigint | undefined {
  if (end !== 0n) {
    if (end <= address) {
      const fault: Fault = { kind: 'text', word: hex(end), note: 'not beyond the address' };
      throw new CommandError(`invalid ending address: ${hex(end)}`, { fault });
    }
    return (end - address) / BigInt(size);
  }
  if (isCopy) throw new CommandError('-r option requires either a count argument or the -e option');
  return isAscii ? undefined : 1n;
}
