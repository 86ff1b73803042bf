import { plus, type VAddr, va } from '../../src/base/address.ts';
import { debugFileAt, sourceAt } from '../../src/kernel/core/source-places.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { type CommandContext, CommandError } from '../../src/session/command/command.ts';
import { isNumber, parseHex } from '../../src/session/line/numbers.ts';
import { Slot } from '../../src/session/state/session.ts';

/** A place in code with its name: gdb's `0xffffffff81000005 <schedule+5>`. */
export interface NamedAddress {
  readonly address: VAddr;
  readonly symbol: string | undefined;
  readonly offset: number;
}

/** What gdb's words about source and symbols answer. */
export type SourceRecord =
  /** `info line`: the code of a line; without a line where the debugging data have none. */
  | {
      readonly kind: 'line-code';
      readonly file: string | undefined;
      readonly line: number;
      readonly start: NamedAddress;
      readonly end: NamedAddress | undefined;
    }
  /** `info symbol`: undefined where no symbol matches. */
  | {
      readonly kind: 'symbol-place';
      readonly word: string;
      readonly symbol: string | undefined;
      readonly offset: number;
      readonly section: string | undefined;
    }
  /** `info address`: where a function or a variable is. */
  | {
      readonly kind: 'symbol-address';
      readonly symbol: string;
      readonly isFunction: boolean;
      readonly address: VAddr;
    }
  /** `list`: the source is not at hand; `isKnown` when that was said of the file just before. */
  | {
      readonly kind: 'listed-source';
      readonly file: string;
      readonly line: number;
      readonly isKnown: boolean;
    };

/** Lines that gdb shows around a place, and where `list` alone goes on. */
const AROUND = 5;
const LISTED = new Slot(() => ({ file: '', line: 0 }));

/** The answer to `info line`, `info symbol` or `list`; undefined for other words. Throws CommandError in gdb's words. */
export function sourceWord(
  words: readonly string[],
  context: CommandContext,
): SourceRecord | undefined {
  const { target } = context;
  if (!target.debug.kernel) return undefined;
  const [first, second = ''] = words;
  if (first === 'info' && second === 'line' && words.length === 3)
    return lineOf(target, words[2] ?? '');
  if (first === 'info' && (second === 'symbol' || second === 'sym') && words.length === 3)
    return symbolOf(target, words[2] ?? '');
  if (first === 'info' && second === 'address' && words.length === 3)
    return addressOf(target, words[2] ?? '');
  if ((first === 'list' || first === 'l') && words.length <= 2) return listed(second, context);
  return undefined;
}

/** The lines of text of an answer. */
export function sourceWordLine(record: SourceRecord): string {
  if (record.kind === 'listed-source') {
    const { file, line, isKnown } = record;
    return isKnown ? `${line}\tin ${file}` : `${line}\t${file}: No such file or directory.`;
  }
  if (record.kind === 'symbol-address') {
    const { symbol, isFunction, address } = record;
    const what = isFunction ? 'a function' : 'static storage';
    return `Symbol "${symbol}" is ${what} at address 0x${address.toString(16)}.`;
  }
  if (record.kind === 'symbol-place') {
    const { word, symbol, offset, section } = record;
    if (symbol === undefined) return `No symbol matches ${word}.`;
    const distance = offset === 0 ? '' : ` + ${offset}`;
    return `${symbol}${distance}${section === undefined ? '' : ` in section ${section}`}`;
  }
  const { file, line, start, end } = record;
  if (file === undefined || !end)
    return `No line number information available for address ${named(start)}`;
  return `Line ${line} of "${file}" starts at address ${named(start)} and ends at ${named(end)}.`;
}

function named({ address, symbol, offset }: NamedAddress): string {
  const name = symbol === undefined ? '' : ` <${symbol}${offset === 0 ? '' : `+${offset}`}>`;
  return `0x${address.toString(16)}${name}`;
}

function place(target: Target, address: VAddr): NamedAddress {
  const found = target.symbols.inRange(address) ? target.symbols.at(address) : undefined;
  return { address, symbol: found?.symbol.name, offset: found?.offset ?? 0 };
}

/** `*0xffffffff81000000`, or the name of a function. */
function lineOf(target: Target, word: string): SourceRecord {
  const address = word.startsWith('*') ? numberOf(word.slice(1)) : codeNamed(target, word)?.address;
  if (address === undefined) throw failed(`info line ${word}`, word);
  const source = sourceAt(target, address);
  const found = debugFileAt(target, address);
  const unit = found?.file.unitAt(found.link);
  const extent = found && unit && found.file.lines.tableOf(unit)?.extent(found.link);
  if (!source || !found || !extent)
    return {
      kind: 'line-code',
      file: undefined,
      line: 0,
      start: place(target, address),
      end: undefined,
    };
  // The distance to where the line begins is the same in the file and in the dump.
  const start = va(address - (found.link - extent.start));
  const end = plus(start, Number(extent.end - extent.start));
  return {
    kind: 'line-code',
    file: source.file,
    line: source.line,
    start: place(target, start),
    end: place(target, end),
  };
}

function symbolOf(target: Target, word: string): SourceRecord {
  const address = numberOf(word) ?? codeNamed(target, word)?.address;
  if (address === undefined) throw failed(`info symbol ${word}`, word);
  const at = target.symbols.inRange(address) ? target.symbols.at(address) : undefined;
  const found = debugFileAt(target, address);
  const header = found?.file.elf.headers.find(
    (each) =>
      each.address !== 0n &&
      found.link >= each.address &&
      found.link < each.address + BigInt(each.size),
  );
  return {
    kind: 'symbol-place',
    word,
    symbol: at?.symbol.name,
    offset: at?.offset ?? 0,
    section: header?.name,
  };
}

function addressOf(target: Target, name: string): SourceRecord {
  const code = codeNamed(target, name);
  const address = code?.address ?? target.symbols.named(name)?.address;
  if (address === undefined) throw failed(`info address ${name}`, name);
  return { kind: 'symbol-address', symbol: name, isFunction: code !== undefined, address };
}

/** `list`, `list schedule`, `list kernel/panic.c:300`, `list do_exit,+3`. */
function listed(word: string, { target, session }: CommandContext): SourceRecord {
  const before = session.slot(LISTED);
  const { file, line } = word === '' ? before : listedPlace(target, word);
  if (file === '') throw failed('list', 'list');
  const isKnown = before.file === file;
  before.file = file;
  before.line = line;
  return { kind: 'listed-source', file, line, isKnown };
}

function listedPlace(target: Target, word: string): { file: string; line: number } {
  const [, path, number] = /^([^:]+):(\d+)$/.exec(word) ?? [];
  if (path !== undefined && number !== undefined)
    return { file: path, line: Math.max(1, Number(number) - AROUND) };
  const [name = '', range] = word.split(',');
  const symbol = codeNamed(target, name);
  const source = symbol && sourceAt(target, symbol.address);
  if (!source) throw failed(`list ${word}`, word);
  const { file, line } = source;
  return { file, line: range === undefined ? Math.max(1, line - AROUND) : line };
}

const codeNamed = (target: Target, name: string) =>
  target.symbols.allNamed(name).find(({ type }) => /^[tTwW]$/.test(type));

const numberOf = (word: string): VAddr | undefined =>
  isNumber(word) ? va(parseHex(word)) : undefined;

const failed = (request: string, word: string): CommandError =>
  new CommandError(`gdb request failed: ${request}`, { fault: { kind: 'text', word } });
