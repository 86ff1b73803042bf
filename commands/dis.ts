import { type VAddr, va } from '../src/base/address.ts';
import type { Fault } from '../src/base/errors.ts';
import type { SourcePlace } from '../src/debuginfo/lines/source-lines.ts';
import { sourceAt } from '../src/kernel/core/source-places.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { isBelowKernel } from '../src/kernel/mm/address-map.ts';
import { memoryView } from '../src/kernel/mm/read-memory.ts';
import {
  type CodeLine,
  CodeReadError,
  disassemble,
  disassembleFunction,
} from '../src/kernel/text/disassembly.ts';
import { type CodeName, isTextAddress } from '../src/kernel/text/disassembly-names.ts';
import { type NamedPlace, placeOf } from '../src/kernel/values/symbol-text.ts';
import { codeLineText } from '../src/output/task/code-lines.ts';
import { symbolLine } from '../src/output/task/symbol-lines.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { sourceLine } from '../src/output/text/source-lines.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  type Notice,
  UsageOnly,
  warning,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { isNumber, parseLong } from '../src/session/line/numbers.ts';
import { Slot } from '../src/session/state/session.ts';
import { type Candidate, findPlace, type Place } from './dis/place.ts';

type Row =
  /** Start of the disassembly; `at` is undefined where there is no symbol. */
  | { readonly kind: 'start'; readonly address: VAddr; readonly at: NamedPlace | undefined }
  | ({ readonly kind: 'instruction' } & CodeLine)
  /** The source line that the instructions after it belong to. */
  | { readonly kind: 'source'; readonly source: SourcePlace; readonly isAlone: boolean }
  /** The place where the memory ends. */
  | {
      readonly kind: 'unreadable';
      readonly address: VAddr;
      readonly at: CodeName | undefined;
      /** The reason, where no error gives it. */
      readonly reason: string | undefined;
    }
  | Candidate
  /** The value that -b was set to. */
  | { readonly kind: 'bug-bytes'; readonly bytes: number };

/** `dis -b`: it lasts for the session. */
const BUG_BYTES = new Slot(() => ({ count: 0 }));

export default defineCommand({
  name: 'dis',
  group: 'symbol',
  summary: 'disassemble',
  synopsis: '[-rfludxs][-b [num]] [address | symbol | (expression)] [count]',
  flags: {
    r: { help: 'from the start of the function up to the address', excludes: ['f'] },
    f: { help: 'from the address to the end of the function' },
    l: { help: 'with source lines, where they are known' },
    u: { help: "the address is of the current context's user space" },
    d: { help: 'distances in decimal', excludes: ['x'] },
    x: { help: 'distances in hexadecimal' },
    h: { help: 'as -x', hidden: true },
    s: { help: 'the source line of the address' },
    b: { help: 'bytes to leave out after each ud2' },
    U: { help: 'as the disassembler prints it', hidden: true },
    B: { value: 'text', help: 'as -b', hidden: true },
  },
  operands: [
    {
      name: 'address',
      kind: 'text',
      completion: ['address'],
      arity: '?',
      help: 'an address, a symbol or an (expression)',
    },
    {
      name: 'count',
      kind: 'text',
      arity: '?',
      help: 'how many instructions; decimal when all digits',
    },
    { name: 'ignored', kind: 'text', arity: '*', help: 'words are ignored, as crash ignores them' },
  ],
  help: [
    'Disassembles the bytes that are in the dump: patched alternatives, static',
    'calls and tracer hooks as they were when the machine died. A symbol alone',
    'means the whole function; an address alone one instruction.',
  ].join('\n'),
  examples: [
    { run: 'dis -r schedule+20', on: '', shows: 'what led to an address' },
    { run: 'dis do_syscall_64 20', on: '', shows: 'the first twenty instructions' },
  ],

  *run({ flags, operands }, context): Generator<Row | Notice> {
    const { session } = context;
    if (flags.b || flags.B !== undefined) {
      const bytes = flags.B ?? operands.address;
      if (bytes === undefined) {
        yield { kind: 'bug-bytes', bytes: session.slot(BUG_BYTES).count };
        return;
      }
      if (isNumber(bytes)) session.slot(BUG_BYTES).count = Number(parseLong(bytes));
      // The number is an operand of its own; the address follows it.
      yield* show({ flags, address: operands.count, count: operands.ignored.words[0] }, context);
      return;
    }
    if (operands.address === undefined) throw new UsageOnly('');
    yield* show({ flags, address: operands.address, count: operands.count }, context);
  },

  printer({ flags }, { settings }) {
    const radix = flags.x || flags.h ? 16 : flags.d ? 10 : settings.radix;
    // In gdb's form: for user addresses, and where there is no symbol.
    const style = { radix, plain: flags.u === true || flags.U === true };
    return byKind<Row>({
      start({ at }) {
        style.plain ||= !at;
      },
      instruction(line, out) {
        out.line(codeLineText(line, style));
      },
      source({ source, isAlone }, out) {
        if (!isAlone) out.line(sourceLine(source));
        else {
          out.line(`FILE: ${displayBytes(source.file)}`);
          out.line(`LINE: ${source.line}`);
          out.line();
        }
      },
      unreadable({ reason, ...place }, out) {
        out.line(`${codeLineText(place, style)}${reason === undefined ? '' : `dis: ${reason}`}`);
      },
      candidate({ symbol }, out) {
        const module = symbol.module === undefined ? '' : ` [${symbol.module}] `;
        out.line(`${symbolLine(symbol)}${module}`);
      },
      'bug-bytes'({ bytes }, out) {
        out.line(`encoded bytes being skipped after ud2a: ${bytes}`);
      },
    });
  },
});

interface Request {
  readonly flags: {
    readonly [letter in 'r' | 'f' | 'l' | 'u' | 'x' | 'd' | 'h' | 's' | 'U']?: true;
  };
  readonly address: string | undefined;
  readonly count: string | undefined;
}

function* show(request: Request, context: CommandContext): Generator<Row | Notice> {
  const { target } = context;
  const { flags } = request;
  if (request.address === undefined) return;
  const place = yield* findPlace(request.address, flags.u === true, context);
  if (!place) return;
  const count = request.count === undefined ? undefined : Number(parseLong(request.count));
  if (count === 0) {
    const fault: Fault = { kind: 'number', word: String(request.count) };
    throw new CommandError(`invalid count argument: ${request.count}`, { fault });
  }
  const { address } = place;
  const named = flags.u ? undefined : target.symbols.inRange(address) && target.symbols.at(address);
  if (!flags.u && !named) {
    yield warning(`${address.toString(16)}: no associated kernel symbol found`);
  }
  if (flags.s) {
    yield* sourceOf(place, context);
    return;
  }
  const at = named ? placeOf(target, address) : undefined;
  yield { kind: 'start', address, at };
  const isPlain = flags.u === true || flags.U === true || !at;
  const wanted = {
    place,
    count,
    reverse: flags.r === true && !isPlain,
    forward: flags.f === true && !isPlain,
  };
  const sources = new SourceChanges();
  try {
    for (const line of chosenLines(wanted, flags.u === true, context)) {
      if (flags.l && !isPlain) yield* sources.next(target, line.address);
      yield { kind: 'instruction', ...line };
    }
  } catch (failure) {
    if (!(failure instanceof CodeReadError)) throw failure;
    yield* missing(target, failure, isPlain, flags.u === true);
  }
}

/** The source lines along some code: one is told where it differs from the one before. */
class SourceChanges {
  #last = '';

  *next(target: Target, address: VAddr): Generator<Row> {
    const source = sourceAt(target, address);
    if (!source) return;
    const text = sourceLine(source);
    if (text !== this.#last) yield { kind: 'source', source, isAlone: false };
    this.#last = text;
  }
}

interface Wanted {
  readonly place: Place;
  readonly count: number | undefined;
  readonly reverse: boolean;
  readonly forward: boolean;
}

/** The instructions that the options choose. */
function* chosenLines(
  { place, count, reverse, forward }: Wanted,
  user: boolean,
  context: CommandContext,
) {
  const { target, session } = context;
  const { address } = place;
  const memory = memoryView(
    target,
    user && isBelowKernel(target, address) ? 'user' : 'kernel',
    () => session.task,
  );
  const options = { memory, bugBytes: session.slot(BUG_BYTES).count };
  const found = user ? undefined : target.symbols.at(address);
  const start = found ? va(address - BigInt(found.offset)) : address;
  if (reverse) {
    const lines: CodeLine[] = [];
    for (const line of disassemble(target, start, options)) {
      lines.push(line);
      if (count !== undefined && lines.length > count) lines.shift();
      if (line.address >= address) break;
    }
    yield* lines;
    return;
  }
  // .exit.text of built-in modules is outside _stext.._etext.
  const isCode = (): boolean =>
    isTextAddress(target, address) || /^t$/i.test(found?.symbol.type ?? '');
  const isWhole = !user && found?.offset === 0 && isCode();
  if (count === undefined && (forward || isWhole)) {
    // From the start, so that an address inside an instruction means the next one.
    for (const line of disassembleFunction(target, start, options)) {
      if (line.address >= address) yield line;
    }
    return;
  }
  let left = count ?? 1;
  for (const line of disassemble(target, address, options)) {
    yield line;
    if (--left <= 0) return;
  }
}

/** The file and line of an address: a dump has none, a kernel file with debugging data has. */
function* sourceOf({ address, word }: Place, { target }: CommandContext): Generator<Row> {
  if (!isTextAddress(target, address)) {
    throw new CommandError(`${address.toString(16)}: not a kernel text address`, {
      fault: { kind: 'text', word },
    });
  }
  const source = sourceAt(target, address);
  if (source) {
    yield { kind: 'source', source, isAlone: true };
    throw new CommandError(`${word}: source code is not available`);
  }
  const module = target.symbols.moduleAt(address);
  if (module) throw new CommandError(`${module.name}: module source code is not available`);
  throw new CommandError(
    `${word}: source lines are not known: they are in no dump, only in a vmlinux with debuginfo`,
  );
}

/** Where the memory ends crash prints the beginning of the line, after its errors or with one on the same line. */
function* missing(
  target: Target,
  { address, at, messages }: CodeReadError,
  isPlain: boolean,
  user: boolean,
): Generator<Row | Notice> {
  const [first, second] = messages;
  if (!isPlain) for (const text of messages) yield error(text);
  // crash prints nothing for addresses outside the kernel.
  const isSilent = isPlain && (first === undefined || (!user && isBelowKernel(target, address)));
  const reason = isPlain && !isSilent ? first : undefined;
  yield { kind: 'unreadable', address, at, reason };
  if (reason !== undefined && second?.includes('gdb_readmem')) yield error(second);
}
