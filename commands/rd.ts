import { hex, va } from '../src/base/address.ts';
import type { Fault } from '../src/base/errors.ts';
import { SMALLEST_PAGE } from '../src/base/pages.ts';
import { type MemoryKind, type MemoryView, memoryView } from '../src/kernel/mm/read-memory.ts';
import { slabCacheOf } from '../src/kernel/mm/slab/find.ts';
import { addressKind } from '../src/kernel/mm/translate.ts';
import { symbolText } from '../src/kernel/values/symbol-text.ts';
import {
  type MemoryBase,
  type MemoryStyle,
  memoryLine,
  UNITS,
  type UnitBits,
} from '../src/output/mm/memory-lines.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  UsageOnly,
  warning,
} from '../src/session/command/command.ts';
import { evaluate } from '../src/session/line/expression.ts';
import { isNumber, parseHex, parseLong } from '../src/session/line/numbers.ts';
import { openRawCopy } from '../src/session/sinks/raw-copy.ts';
import { WRITES_FILE } from '../src/session/state/sandbox.ts';
import { noSuchSymbol } from '../src/shared/no-such-symbol.ts';

/** One line of memory; text of memory (-a); or what was copied to a file. */
type Row =
  | {
      readonly address: bigint;
      readonly bytes: Uint8Array;
      readonly style: MemoryStyle;
      readonly isCut: boolean;
    }
  | { readonly text: string; readonly isCut: boolean }
  | { readonly address: bigint; readonly copied: bigint; readonly path: string };

/** The read that the options ask for. */
interface Request {
  readonly kind: MemoryKind;
  readonly bits: UnitBits;
  readonly base: MemoryBase;
  readonly isAscii: boolean;
  readonly rawPath: string | undefined;
  readonly address: bigint;
  /** Units; undefined for text of unknown length. */
  readonly count: bigint | undefined;
}

const WIDTHS = ['8', '16', '32', '64'] as const;
const KINDS: Readonly<Record<string, MemoryKind>> = { p: 'physical', u: 'user', f: 'file' };
const TYPE_NAMES: Readonly<Record<MemoryKind, string>> = {
  kernel: 'KVADDR',
  user: 'UVADDR',
  physical: 'PHYSADDR',
  file: 'FILEADDR',
};

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
    r: { value: 'file', help: 'copy the memory to this file', restricted: WRITES_FILE },
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

  *run({ flags, operands, order }, context) {
    const { target, session } = context;
    if (flags.m) throw new CommandError('-m option only applies to xen architecture');
    const copy = flags.r === undefined ? undefined : openRawCopy(flags.r);
    if (flags.r !== undefined && !copy)
      throw new CommandError(`cannot open output file: ${flags.r}`, {
        fault: { kind: 'file', word: flags.r },
      });
    const chosen = order.filter((key) => (WIDTHS as readonly string[]).includes(key)).at(-1);
    const width = chosen ?? 8 * target.arch.pointerSize;
    const bits = Number(width) as UnitBits;
    const symbolic = order.findLast((key) => key === 's' || key === 'S');
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
    const request: Request = {
      kind,
      bits,
      isAscii,
      base: flags.d ? 'signed' : flags.D ? 'unsigned' : 'hex',
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
      const isHex = request.base === 'hex';
      const style: MemoryStyle = {
        bits,
        base: request.base,
        ascii: isHex && symbolic === undefined && !flags.x,
        swap: flags.N ?? false,
        nameOf: symbolic !== undefined && isHex ? namer(context, flags.S ?? 0) : undefined,
      };
      yield* lineRows(memory, request, style);
    }
  },

  print(row: Row, out) {
    if ('copied' in row) {
      out.line(`${row.copied} bytes copied from 0x${hex(row.address)} to ${row.path}`);
      return;
    }
    const text = 'text' in row ? row.text : memoryLine(row.address, row.bytes, row.style);
    // An error follows on the same line: crash prints each unit as it reads it.
    if (row.isCut) out.write(text.trimEnd() === text ? text : `${text.trimEnd()} `);
    else out.line(text);
  },
});

/** crash looks at -s when it comes: a narrower display that was asked for before it forbids it. */
function isNarrowBefore(order: readonly string[]): boolean {
  const at = order.findIndex((key) => key === 's' || key === 'S');
  const before = order
    .slice(0, at)
    .filter((key) => key === 'a' || key === 'r' || (WIDTHS as readonly string[]).includes(key));
  const last = before.at(-1);
  return last !== undefined && last !== '64';
}

/** An expression in parentheses, a hexadecimal number, or a symbol; undefined when it is neither. */
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

/** The name of a word: a symbol, else with -S the slab cache that it points into. */
function namer(
  { target, session }: CommandContext,
  slabs: number,
): (word: bigint) => string | undefined {
  return (word) => {
    const name = symbolText(target, word, session.settings.radix);
    if (name !== undefined || slabs === 0) return name;
    const cache = slabCacheOf(target, va(word))?.cache.name;
    if (cache === undefined) return undefined;
    return slabs > 1 ? `[${hex(word)}:${cache}]` : `[${cache}]`;
  };
}

function* lineRows(memory: MemoryView, request: Request, style: MemoryStyle): Generator<Row> {
  const { size, perLine } = UNITS[request.bits];
  const what = `${request.bits}-bit ${TYPE_NAMES[request.kind]}`;
  let address = request.address;
  for (let left = request.count ?? 0n; left > 0n; left -= BigInt(perLine)) {
    const units = left < BigInt(perLine) ? Number(left) : perLine;
    const bytes = new Uint8Array(units * size);
    for (let done = 0; done < bytes.length; done += size) {
      try {
        bytes.set(memory.read(va(address + BigInt(done)), size, what), done);
      } catch (failure) {
        const read = bytes.subarray(0, done);
        if (done > 0)
          yield { address, bytes: read, style: { ...style, ascii: false }, isCut: true };
        throw failure;
      }
    }
    yield { address, bytes, style, isCut: false };
    address = va(address + BigInt(bytes.length));
  }
}

/** Columns of a line of text. */
const TEXT_COLUMNS = 60;

/** Text: a new line every 60 characters and, with a count, after what does not print. */
function* textRows(memory: MemoryView, { address, count }: Request): Generator<Row> {
  let text = '';
  let column = 0;
  for (let done = 0n; count === undefined || done < count; done++) {
    let byte: number;
    try {
      byte = memory.read(va(address + done), 1, 'ascii')[0] ?? 0;
    } catch (failure) {
      if (text !== '') yield { text, isCut: true };
      throw failure;
    }
    if (byte < 0x20 || byte >= 0x7f) {
      if (count === undefined) break;
      column = 0;
      continue;
    }
    if (column % TEXT_COLUMNS === 0) {
      if (text !== '') yield { text, isCut: false };
      text = `${hex(address + done).padStart(16)}:  `;
    }
    text += String.fromCharCode(byte);
    column++;
  }
  yield { text, isCut: false };
}

const COPY_BLOCK = BigInt(SMALLEST_PAGE);

function copyTo(
  copy: { write(bytes: Uint8Array): void },
  memory: MemoryView,
  request: Request,
): Row {
  const count = request.count ?? 0n;
  for (let done = 0n; done < count; done += COPY_BLOCK) {
    const size = count - done < COPY_BLOCK ? count - done : COPY_BLOCK;
    copy.write(memory.read(va(request.address + done), Number(size), 'raw dump to file'));
  }
  return { address: request.address, copied: count, path: request.rawPath ?? '' };
}
