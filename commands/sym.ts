import { hex, plus, type VAddr } from '../src/base/address.ts';
import { CrashError } from '../src/base/errors.ts';
import type { SourcePlace } from '../src/debuginfo/lines/source-lines.ts';
import { sourceAt } from '../src/kernel/core/source-places.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { symbolLine } from '../src/output/task/symbol-lines.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { sourceLine } from '../src/output/text/source-lines.ts';
import {
  type CommandContext,
  defineCommand,
  error,
  failed,
  type Notice,
  type Out,
  plain,
  UsageOnly,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { isNumber, parseHexAddress } from '../src/session/line/numbers.ts';
import { noSuchSymbol } from '../src/shared/no-such-symbol.ts';
import type { KernelSymbol } from '../src/symbols/types.ts';

/** A requested symbol, and the address's distance from it. */
interface SymbolRow {
  readonly kind: 'symbol';
  readonly symbol: KernelSymbol;
  readonly offset: number;
  /** The source line of code, where a file with debugging data has it. */
  readonly source?: SourcePlace;
}
/** One of a list of all symbols. */
interface ListedRow {
  readonly kind: 'listed';
  readonly symbol: KernelSymbol;
}
/** The symbol before or after a requested one. */
interface NeighbourRow {
  readonly kind: 'previous' | 'next';
  readonly symbol: KernelSymbol;
  readonly of: KernelSymbol;
}
/** The start or end of a part of a module's memory. */
interface MarkRow {
  readonly kind: 'start' | 'end';
  readonly module: string;
  /** `TEXT`, `INIT_DATA` ...; empty where the module's memory is one piece. */
  readonly region: string;
  readonly address: VAddr;
}
/** Number of symbols with a word in their names. */
interface CountRow {
  readonly kind: 'count';
  readonly found: number;
  readonly last: KernelSymbol | undefined;
}
type Row = SymbolRow | ListedRow | NeighbourRow | MarkRow | CountRow;

export default defineCommand({
  name: 'sym',
  group: 'symbol',
  summary: 'translate a symbol to its virtual address, or vice-versa',
  synopsis: '[-l] | [-M] | [-m module] | [-p|-n] | [-q string] | [symbol | vaddr]',
  flags: {
    l: { help: 'list all symbols' },
    L: { hidden: true, help: 'as -l' },
    M: { help: 'list the symbols of all modules' },
    m: { value: 'module', help: 'list the symbols of this module' },
    p: { help: 'show the symbol before it too' },
    n: { help: 'show the symbol after it too' },
    q: { value: 'text', help: 'show all symbols with this in their names' },
    Q: { value: 'text', hidden: true, help: 'count the symbols with this in their names' },
    s: { hidden: true, help: 'crash shows the section' },
  },
  operands: [
    { name: 'symbol', kind: 'symbol', arity: '*', help: 'the name of a symbol, or an address' },
  ],
  help: [
    'Shows the address of a symbol, or the symbol that an address belongs to.',
    'The letter is that of nm(1): T and t text, D and d data, B and b data',
    'that begins as zeros, R and r read-only data; ? where a module does not',
    'say.',
  ].join('\n'),
  examples: [
    { run: 'sym schedule', on: '', shows: 'its address' },
    { run: 'sym -q tcp_v4_', on: '', shows: 'every symbol with that in its name' },
  ],

  *run({ flags, operands, order }, context) {
    const { target } = context;
    const values = new Map<string, string | undefined>([
      ['m', flags.m],
      ['q', flags.q],
      ['Q', flags.Q],
    ]);
    let isListed = false;
    for (const key of order) {
      const list = LISTS[key];
      if (!list) continue;
      isListed = true;
      yield* list(target, values.get(key) ?? '');
    }
    if (operands.symbol.length === 0) {
      if (!isListed) throw new UsageOnly('');
      return;
    }
    const around = { before: flags.p ?? false, after: flags.n ?? false };
    for (const word of operands.symbol.words) yield* lookUp(context, word, around);
  },

  printer(_, { settings }) {
    const neighbour = ({ symbol, of }: NeighbourRow, out: Out): void => {
      // crash shows the module with all three when the symbol itself is a module's.
      out.line(symbolLine(symbol, { module: of.module !== undefined }));
    };
    const mark = ({ kind, module, region, address }: MarkRow, out: Out): void => {
      const label = region === '' ? 'MODULE' : `MODULE ${region}`;
      out.line(`${hex(address)} ${label} ${kind.toUpperCase()}: ${displayBytes(module)}`);
    };
    return byKind<Row>({
      symbol({ symbol, offset, source }, out) {
        const line = symbolLine(symbol, { offset, radix: settings.radix, module: true });
        out.line(source === undefined ? line : `${line} ${sourceLine(source)}`);
      },
      listed({ symbol }, out) {
        out.line(symbolLine(symbol));
      },
      previous: neighbour,
      next: neighbour,
      start: mark,
      end: mark,
      count({ found, last }, out) {
        out.line(`${found} found ${last ? `(${last.name})` : ''}`);
      },
    });
  },
});

const listed = (symbol: KernelSymbol): ListedRow => ({ kind: 'listed', symbol });
const found = (symbol: KernelSymbol, offset = 0): SymbolRow => ({ kind: 'symbol', symbol, offset });

type Listing = (target: Target, word: string) => Generator<Row | ReturnType<typeof plain>>;

const LISTS: Readonly<Record<string, Listing>> = {
  *l(target) {
    for (const symbol of target.symbols.all()) {
      if (symbol.module !== undefined) break;
      yield listed(symbol);
    }
    yield* moduleSymbols(target);
  },
  L: (target, word) => LISTS.l!(target, word),
  M: (target) => moduleSymbols(target),
  m: (target, name) => moduleSymbols(target, name),
  *q(target, text) {
    let isFound = false;
    for (const symbol of target.symbols.search(text)) {
      isFound = true;
      yield found(symbol);
    }
    if (!isFound) {
      yield plain('(none found)');
      yield failed();
    }
  },
  *Q(target, text) {
    let found = 0;
    let last: KernelSymbol | undefined;
    for (const symbol of target.symbols.search(text)) {
      found++;
      last = symbol;
    }
    yield { kind: 'count', found, last };
  },
};

/** The symbols of modules between the marks of their memory. */
function* moduleSymbols(target: Target, name?: string): Generator<Row | Notice> {
  let found = false;
  for (const module of target.symbols.modules) {
    if (name !== undefined && module.name !== name) continue;
    found = true;
    for (const { region, start, end, symbols } of module.regions()) {
      const part = { module: module.name, region: region.tag };
      yield { kind: 'start', ...part, address: start.address };
      for (const symbol of symbols) yield listed(symbol);
      yield { kind: 'end', ...part, address: end.address };
    }
  }
  target.symbols.tellMissedModules();
  // crash prints nothing for a module that is not there.
  if (!found && name !== undefined) yield failed({ kind: 'module', word: name });
}

interface Around {
  readonly before: boolean;
  readonly after: boolean;
}

/** A name is preferred to an address; all symbols of a name are shown. */
function* lookUp({ target }: CommandContext, word: string, around: Around) {
  const { symbols } = target;
  const named = symbols.named(word) ? symbols.allNamed(word) : [];
  if (named.length === 0 && isNumber(word)) {
    yield* lookUpAddress(target, word, around);
    return;
  }
  for (const symbol of named) yield* withNeighbours(target, symbol, 0, around);
  if (named.length === 0) yield* noSuchSymbol(target, word);
}

function* lookUpAddress(target: Target, word: string, around: Around) {
  const { symbols } = target;
  let address: ReturnType<typeof parseHexAddress> | undefined;
  try {
    address = parseHexAddress(word);
  } catch (failure) {
    if (!(failure instanceof CrashError)) throw failure;
    yield error(failure.message, failure.fault);
  }
  if (address === undefined || !symbols.inRange(address)) {
    yield error(`invalid address: ${word}`, { kind: 'address', word });
    return;
  }
  const at = symbols.at(address);
  if (at) yield* withNeighbours(target, at.symbol, at.offset, around);
  else {
    yield plain(`symbol not found: ${word}`);
    yield failed({ kind: 'address', word });
  }
}

function* withNeighbours(target: Target, symbol: KernelSymbol, offset: number, around: Around) {
  const previous = around.before ? target.symbols.previous(symbol) : undefined;
  const next = around.after ? target.symbols.next(symbol) : undefined;
  if (previous) yield { kind: 'previous', symbol: previous, of: symbol } satisfies Row;
  const source = sourceAt(target, plus(symbol.address, offset));
  yield source ? { ...found(symbol, offset), source } : found(symbol, offset);
  if (next) yield { kind: 'next', symbol: next, of: symbol } satisfies Row;
}
