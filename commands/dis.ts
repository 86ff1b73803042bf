import { type VAddr, va } from '../src/base/address.ts';
import type { Fault } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { isBelowKernel } from '../src/kernel/mm/address-map.ts';
import { memoryView } from '../src/kernel/mm/read-memory.ts';
import {
  type CodeLine,
  CodeReadError,
  disassemble,
  disassembleFunction,
} from '../src/kernel/text/disassembly.ts';
import { type CodeName, isTextAddress, textSymbols } from '../src/kernel/text/disassembly-names.ts';
import { type NamedPlace, placeOf } from '../src/kernel/values/symbol-text.ts';
import { codeLineText } from '../src/output/task/code-lines.ts';
import { symbolLine } from '../src/output/task/symbol-lines.ts';
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
import { evaluate } from '../src/session/line/expression.ts';
import { isNumber, parseHex, parseLong } from '../src/session/line/numbers.ts';
import { Slot } from '../src/session/state/session.ts';
import { noSuchSymbol } from '../src/shared/no-such-symbol.ts';
import type { KernelSymbol } from '../src/symbols/types.ts';

type Row =
  /** Start of the disassembly; `at` is undefined where there is no symbol. */
  | { readonly kind: 'start'; readonly address: VAddr; readonly at: NamedPlace | undefined }
  | ({ readonly kind: 'instruction' } & CodeLine)
  /** The place where the memory ends. */
  | {
      readonly kind: 'unreadable';
      readonly address: VAddr;
      readonly at: CodeName | undefined;
      /** The reason, where no error gives it. */
      readonly reason: string | undefined;
    }
  /** One of several functions of the given name. */
  | { readonly kind: 'candidate'; readonly symbol: KernelSymbol }
  /** The value that -b was set to. */
  | { readonly kind: 'bug-bytes'; readonly bytes: number };

/** The first address, and the word that it came from. */
interface Place {
  readonly address: VAddr;
  readonly word: string;
  readonly isSymbol: boolean;
}

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
  readonly flags: { readonly [letter in 'r' | 'f' | 'u' | 'x' | 'd' | 'h' | 's' | 'U']?: true };
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
    sourceOf(place, context);
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
  try {
    for (const line of chosenLines(wanted, flags.u === true, context)) {
      yield { kind: 'instruction', ...line };
    }
  } catch (failure) {
    if (!(failure instanceof CodeReadError)) throw failure;
    yield* missing(target, failure, isPlain, flags.u === true);
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

/** A symbol first, as in crash; then a number, then an expression. Yields an error about the word. */
function* findPlace(word: string, user: boolean, { target, session }: CommandContext) {
  const named = (name: string) =>
    user && isNumber(name)
      ? undefined
      : (session.findSymbol(name) ?? target.symbols.named(name)?.address);
  const base = word.replace(/[-+].*$/, '');
  if (!word.startsWith('(') && named(base) !== undefined) {
    const several = textSymbols(target, base);
    if (several.length > 1) {
      yield error(`${word}: duplicate text symbols found:`);
      for (const symbol of several) {
        yield { kind: 'candidate', symbol } satisfies Row;
      }
      return undefined;
    }
  }
  const symbol = named(word);
  if (symbol !== undefined) {
    if (isBelowKernel(target, symbol))
      throw new CommandError(`${symbol.toString(16)} is not a kernel virtual address`, {
        fault: { kind: 'text', word },
      });
    return { address: va(symbol), word, isSymbol: true };
  }
  if (word.startsWith('(')) return { address: va(evaluate(word, named)), word, isSymbol: false };
  if (isNumber(word)) return { address: va(parseHex(word)), word, isSymbol: false };
  if (!/[-+]/.test(word)) {
    yield* noSuchSymbol(target, word);
    return undefined;
  }
  const address = va(evaluate(word, named));
  const start = named(base);
  const found = target.symbols.at(address);
  if (start !== undefined && found && found.symbol.address !== start) {
    const { symbol, offset } = found;
    // crash prints the distance in hexadecimal here, without a prefix.
    const name = `${symbol.name}${offset === 0 ? '' : `+${offset.toString(16)}`}`;
    throw new CommandError(`invalid expression: ${word} evaluates to: ${name}`, {
      fault: { kind: 'text', word, note: `beyond the end of ${base}` },
    });
  }
  return { address, word, isSymbol: false };
}

/** A dump has no source lines; only a kernel file with debuginfo has them. */
function sourceOf({ address, word }: Place, { target }: CommandContext): never {
  if (!isTextAddress(target, address)) {
    throw new CommandError(`${address.toString(16)}: not a kernel text address`, {
      fault: { kind: 'text', word },
    });
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
