import { type VAddr, va } from '../../src/base/address.ts';
import { ReadError } from '../../src/base/errors.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { memoryView, readFailure } from '../../src/kernel/mm/read-memory.ts';
import {
  type CodeLine,
  disassemble,
  disassembleFunction,
} from '../../src/kernel/text/disassembly.ts';
import { evaluateC } from '../../src/kernel/values/c-expressions.ts';
import { valueEnvironment } from '../../src/kernel/values/value-environment.ts';
import { codeLineText } from '../../src/output/task/code-lines.ts';
import {
  type CommandContext,
  CommandError,
  error,
  type Notice,
} from '../../src/session/command/command.ts';
import { Slot } from '../../src/session/state/session.ts';
import { characterText, stringText } from '../../src/types/text.ts';

/** What gdb's x and disassemble answer. */
export type ExamineRecord =
  /** A row of units, each as the format writes it. */
  | {
      readonly kind: 'units';
      readonly address: VAddr;
      readonly name: string | undefined;
      readonly size: Size;
      readonly values: readonly bigint[];
      readonly texts: readonly string[];
    }
  | {
      readonly kind: 'string';
      readonly address: VAddr;
      readonly name: string | undefined;
      readonly text: string;
    }
  | ({ readonly kind: 'code' } & CodeLine)
  /** The function whose code follows, or its end. */
  | { readonly kind: 'function-code'; readonly symbol: string; readonly isEnd: boolean };

type Size = 1 | 2 | 4 | 8;
const SIZES: Readonly<Record<string, Size>> = { b: 1, h: 2, w: 4, g: 8 };
/** Units in a row of gdb's do_examine. */
const IN_A_ROW: Readonly<Record<Size, number>> = { 1: 8, 2: 8, 4: 4, 8: 2 };
/** crash has gdb print strings whole; one without an end is cut. */
const STRING = 8192;
/** More than anybody reads, and little to hold. */
const MOST = 1 << 20;

interface Request {
  readonly count: number;
  readonly format: string;
  readonly size: Size;
}
/** Format and unit are those of the last x, and so is the next address. */
const LAST = new Slot(() => ({ format: 'x', size: 4 as Size, next: 0n }));

/** The answer to `x/4gx &init_task` or `disassemble schedule`; undefined for other words. */
export function examineWord(
  words: readonly string[],
  context: CommandContext,
): Iterable<ExamineRecord | Notice> | undefined {
  const [first = '', ...rest] = words;
  const examined = /^x(?:\/(\d*)([a-z]*))?$/.exec(first);
  if (examined) return examine(examined[1] ?? '', examined[2] ?? '', rest.join(' '), context);
  if (/^disas(?:s|se|sem|semb|sembl|semble)?$/.test(first) && rest.length === 1)
    return functionCode(rest[0] ?? '', context);
  return undefined;
}

/** The lines of text of an answer. */
export function examineLine(record: ExamineRecord): string {
  if (record.kind === 'code') return codeLineText(record, { radix: 10, plain: true });
  if (record.kind === 'function-code')
    return record.isEnd
      ? 'End of assembler dump.'
      : `Dump of assembler code for function ${record.symbol}:`;
  const { address, name } = record;
  const head = `0x${address.toString(16)}${name === undefined ? '' : ` <${name}>`}:`;
  return [head, ...(record.kind === 'units' ? record.texts : [record.text])].join('\t');
}

function* examine(
  digits: string,
  letters: string,
  expression: string,
  context: CommandContext,
): Generator<ExamineRecord | Notice> {
  const { target, session } = context;
  const last = session.slot(LAST);
  const request = requestOf(digits, letters, last);
  last.format = request.format;
  last.size = request.size;
  const { count, format } = request;
  let at = va(expression === '' ? last.next : addressOf(target, expression));
  try {
    if (format === 'i') {
      const memory = memoryView(target, 'kernel', () => session.task);
      let left = count;
      for (const line of disassemble(target, at, { memory })) {
        if (left-- <= 0) break;
        yield { kind: 'code', ...line };
        at = va(line.address + BigInt(line.instruction.length));
      }
    } else if (format === 's') {
      for (let left = count; left > 0; left--) {
        const { text, length } = stringAt(target, at);
        yield { kind: 'string', address: at, name: nameOf(target, at), text };
        at = va(BigInt.asUintN(64, at + BigInt(length)));
      }
    } else {
      for (const row of unitRows(target, at, request)) {
        yield row;
        at = va(BigInt.asUintN(64, row.address + BigInt(row.values.length * row.size)));
      }
    }
  } catch (failure) {
    if (!(failure instanceof ReadError)) throw failure;
    yield error(readFailure(target, failure, 'kernel', failure.address, 'gdb_readmem_callback'));
    throw failed([`x${digits + letters === '' ? '' : `/${digits}${letters}`}`, expression]);
  } finally {
    last.next = at;
  }
}

/** gdb's rules: letters in any order, `a` is a pointer, `c` a byte unless a unit is given. */
function requestOf(digits: string, letters: string, last: { format: string; size: Size }): Request {
  const unknown = /[^xduotzacsibhwg]/.exec(letters)?.[0];
  if (unknown !== undefined)
    throw new CommandError(`Undefined output format "${unknown}".`, {
      fault: { kind: 'text', word: letters },
    });
  const format = letters.match(/[xduotzacsi]/g)?.at(-1) ?? last.format;
  const unit = letters.match(/[bhwg]/g)?.at(-1);
  const size =
    unit !== undefined
      ? (SIZES[unit] ?? 4)
      : format === 'a'
        ? 8
        : format === 'c' && letters !== ''
          ? 1
          : last.size;
  return { count: Math.min(digits === '' ? 1 : Number(digits), MOST), format, size };
}

/** A number, a pointer, or where an array or a function is. A bare hexadecimal address is taken as crash's users paste it. */
function addressOf(target: Target, expression: string): bigint {
  if (/^[0-9a-f]{8,16}$/i.test(expression) && /[a-f]/i.test(expression)) {
    return BigInt(`0x${expression}`);
  }
  const value = evaluateC(target, expression);
  const { kind } = value.resolved;
  if ((kind === 'array' || value.isFunction) && value.address !== undefined) return value.address;
  if (!value.isInteger && !value.isPointer)
    throw new CommandError("Value can't be converted to integer.", {
      fault: { kind: 'expression', word: expression },
    });
  return BigInt.asUintN(64, value.asInteger());
}

function* unitRows(
  target: Target,
  from: VAddr,
  { count, format, size }: Request,
): Generator<Extract<ExamineRecord, { kind: 'units' }>> {
  for (let done = 0; done < count; done += IN_A_ROW[size]) {
    const address = va(BigInt.asUintN(64, from + BigInt(done * size)));
    const here = Math.min(IN_A_ROW[size], count - done);
    const bytes = target.kernel.read(address, here * size);
    const values = Array.from({ length: here }, (_, i) => {
      let value = 0n;
      for (let at = size - 1; at >= 0; at--)
        value = (value << 8n) | BigInt(bytes[i * size + at] ?? 0);
      return value;
    });
    const write = WRITERS[format] ?? hexUnit;
    const texts = values.map((value) => write(value, size, target));
    yield { kind: 'units', address, name: nameOf(target, address), size, values, texts };
  }
}

type UnitWriter = (value: bigint, size: Size, target: Target) => string;

/** How each format writes a unit; hexadecimal where there is none. */
const WRITERS: Readonly<Record<string, UnitWriter>> = {
  d: (value, size) => String(BigInt.asIntN(size * 8, value)),
  u: String,
  o: (value) => (value === 0n ? '0' : `0${value.toString(8)}`),
  t: (value, size) => value.toString(2).padStart(size * 8, '0'),
  c: (value, size) => `${BigInt.asIntN(size * 8, value)} ${characterText(Number(value & 0xffn))}`,
  a: (value, _, target) => {
    const name = nameOf(target, va(value));
    return `0x${value.toString(16)}${name === undefined ? '' : ` <${name}>`}`;
  },
};
const hexUnit: UnitWriter = (value, size) => `0x${value.toString(16).padStart(size * 2, '0')}`;

/** The text up to a NUL, at most {@link STRING} bytes of it, and how many bytes were passed. */
function stringAt(target: Target, at: VAddr): { text: string; length: number } {
  const bytes: number[] = [];
  for (let here = at; bytes.length < STRING; here = va(here + 1n)) {
    const byte = target.kernel.read(here, 1)[0] ?? 0;
    bytes.push(byte);
    if (byte === 0)
      return { text: stringText(Uint8Array.from(bytes), STRING), length: bytes.length };
  }
  return { text: stringText(Uint8Array.from(bytes), STRING, true), length: bytes.length };
}

const nameOf = (target: Target, address: VAddr): string | undefined =>
  valueEnvironment(target).symbolize(address);

function* functionCode(
  name: string,
  { target, session }: CommandContext,
): Generator<ExamineRecord> {
  const symbol = target.symbols.named(name);
  if (!symbol) throw failed(['disassemble', name]);
  const memory = memoryView(target, 'kernel', () => session.task);
  yield { kind: 'function-code', symbol: name, isEnd: false };
  for (const line of disassembleFunction(target, symbol.address, { memory })) {
    // Inside its function gdb gives the distance alone.
    const at = line.at && { ...line.at, name: `+${line.address - symbol.address}`, offset: 0 };
    yield { kind: 'code', ...line, at };
  }
  yield { kind: 'function-code', symbol: name, isEnd: true };
}

const failed = (words: readonly string[]): CommandError =>
  new CommandError(`gdb request failed: ${words.join(' ').trim()}`, {
    fault: { kind: 'text', word: words.at(-1) ?? '' },
  });
