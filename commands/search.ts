import { type Bits, hex, type VAddr, va } from '../src/base/address.ts';
import { SMALLEST_PAGE } from '../src/base/pages.ts';
import type { MappedPage } from '../src/kernel/mm/mapped-pages.ts';
import { pagesOfSpace, pagesOfStack } from '../src/kernel/search/memory.ts';
import { type PageScanner, pageScanner } from '../src/kernel/search/patterns.ts';
import { taskStack } from '../src/kernel/task/stack.ts';
import { activeTasks, type Task, taskTable } from '../src/kernel/task/tasks.ts';
import { characters, memoryLine, type UnitBits } from '../src/output/mm/memory-lines.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  type Notice,
  progress,
  UsageOnly,
} from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';
import { parseDecimal, parseHex, parseLong } from '../src/session/line/numbers.ts';
import { readRange, readValues, type SearchValues } from '../src/shared/search-words.ts';

type Row =
  /** A number that was found. */
  | {
      readonly kind: 'match';
      readonly address: VAddr;
      readonly value: Bits;
      /** Bytes of the number. */
      readonly size: number;
      /** The symbol or expression of the search. */
      readonly name: string | undefined;
      /** With -x, the memory before and after it. */
      readonly around?: { readonly before: Around | undefined; readonly after: Around | undefined };
    }
  /** A string that was found, and the text after it. */
  | { readonly kind: 'text'; readonly address: VAddr; readonly text: string }
  /** The task whose stack contains the following matches. */
  | { readonly kind: 'task'; readonly task: Task };
interface Around {
  readonly address: VAddr;
  readonly bytes: Uint8Array;
  /** Bits of a unit. */
  readonly unit: UnitBits;
}

/** Bytes of text shown for a string. */
const TEXT = 56;
/** Pages between two checks for interruption: some milliseconds. */
const PAGES_A_TURN = 512;
/** Pages come from the cache, which keeps frames of the dump. */
const PAGE = SMALLEST_PAGE;
const EXCLUSIVE = ['t', 'T', 'k', 'K', 'V', 'u', 'p', 's', 'e', 'l'];

export default defineCommand({
  name: 'search',
  group: 'memory',
  summary: 'search memory',
  synopsis:
    '[-s start] [ -[kKV] | -u | -p | -t | -T ] [-e end | -l length] [-m mask]\n         [-x count] -[cwh] [value | (expression) | symbol | string] ...',
  flags: {
    s: { value: 'text', completion: ['address'], help: 'where to start: an address or a symbol' },
    k: { help: 'kernel memory (the default)' },
    K: { help: 'kernel memory that is mapped one to one: not vmalloc, modules, page structs' },
    V: { help: 'kernel memory that is mapped page by page' },
    u: { help: 'user memory of the current context' },
    p: { help: 'physical memory' },
    t: { help: 'the kernel stacks of all tasks' },
    T: { help: 'the kernel stacks of the active tasks' },
    e: { value: 'text', completion: ['address'], help: 'where to stop: an address or a symbol' },
    l: { value: 'text', help: 'how many bytes to search' },
    m: { value: 'text', help: 'bits to ignore' },
    c: { help: 'strings' },
    w: { help: 'numbers of 32 bits' },
    h: { help: 'numbers of 16 bits' },
    x: { value: 'text', help: 'show so many units before and after each match' },
  },
  operands: [
    {
      name: 'values',
      kind: 'text',
      arity: '+',
      help: 'hexadecimal numbers, symbols, (expressions); with -c strings',
      completion: ['symbol'],
    },
  ],
  help: `Looks for numbers, at addresses that are multiples of their size, or for
strings anywhere. What the dump has not is passed by. A value that was given
as a symbol or an expression is named behind each match.`,
  examples: [
    { run: 'search -K init_task', on: '', shows: 'who points to a task' },
    { run: 'search -p -c "Linux version"', on: '', shows: 'a string in all of memory' },
    { run: 'search -t -x 2 deadbeef', on: '', shows: 'a number in stacks, and what is beside it' },
  ],

  *run({ flags, operands, order }, context): Generator<Row | Notice> {
    const { target } = context;
    if (flags.c && flags.x !== undefined)
      throw new CommandError('-x option is not allowed with -c');
    const stacks = order.find((key) => key === 't' || key === 'T');
    if (stacks && order.some((key) => key !== stacks && EXCLUSIVE.includes(key))) {
      throw new CommandError(
        `-${stacks} option cannot be used with other memory-selection options`,
      );
    }
    const around = flags.x === undefined ? 0 : parseDecimal(flags.x);
    const mask = flags.m === undefined ? 0n : parseHex(flags.m);
    const length = flags.l === undefined ? undefined : parseLong(flags.l);
    const isTwofold = flags.e !== undefined && flags.l !== undefined;
    if (operands.values.words.length === 0 || isTwofold) throw new UsageOnly('');
    const values = yield* readValues(operands.values.words, order, mask, context);
    const searcher = new Searcher(context, values, around);
    if (stacks) {
      yield* searchStacks(searcher, stacks === 't', context);
      return;
    }
    const words = { start: flags.s, end: flags.e, length };
    const unit = values.patterns.width === 1 ? 1 : target.arch.pointerSize;
    const range = yield* readRange(words, order, unit, context);
    const task = range.space === 'user' ? { task: context.session.task } : {};
    const pages = pagesOfSpace(target, range.space, range, { part: range.part, ...task });
    yield* searcher.search(pages, range.start, range.end);
  },

  printer() {
    const part = blankBetween();
    return byKind<Row>({
      task({ task }, out) {
        part(out);
        out.line(taskHeader(task));
      },
      text({ address, text }, out) {
        out.line(`${hex(address)}: ${characters(Buffer.from(text, 'latin1'))}`);
      },
      match({ address, value, size, name, around }, out) {
        // crash pads only words of full size, and only with -x.
        const digits = around && size === 8 ? 16 : 0;
        const found = `${hex(value).padStart(digits, '0')} ${name === undefined ? '' : `(${name})`}`;
        if (!around) {
          out.line(`${hex(address)}: ${found}`);
          return;
        }
        if (around.before) out.line(aroundLines(around.before));
        out.line(`${hex(address).padStart(16)}:  ${found}`);
        if (around.after) out.line(aroundLines(around.after));
        out.line();
      },
    });
  },
});

function aroundLines({ address, bytes, unit }: Around): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const style = { bits: unit, base: 'hex', ascii: true, swap: false, nameOf: undefined } as const;
    lines.push(memoryLine(address + BigInt(at), bytes.subarray(at, at + 16), style));
  }
  return lines.join('\n');
}

function* searchStacks(
  searcher: Searcher,
  all: boolean,
  { target, session }: CommandContext,
): Generator<Row | Notice> {
  const tasks = all ? taskTable(target).tasks : [...activeTasks(target).values()];
  for (const task of tasks) {
    const stack = taskStack(target, task);
    if (!stack) continue;
    let named = false;
    const pages = pagesOfStack(target, stack.base, stack.top);
    for (const row of searcher.search(pages, stack.base, stack.top)) {
      if (!named && !('notice' in row)) {
        yield { kind: 'task', task };
        named = true;
      }
      yield row;
    }
    if (session.interrupted) return;
  }
}

/** Scans pages and makes rows of the matches. */
class Searcher {
  readonly #context: CommandContext;
  readonly #values: SearchValues;
  readonly #around: number;
  readonly #scan: PageScanner;
  readonly #width: number;
  /** Longest string less one byte: the part of a match that can be missing at the end of a page. */
  readonly #overhang: number;

  constructor(context: CommandContext, values: SearchValues, around: number) {
    this.#context = context;
    this.#values = values;
    this.#around = around;
    this.#scan = pageScanner(values.patterns);
    this.#width = values.patterns.width;
    this.#overhang =
      values.patterns.width === 1
        ? Math.max(0, ...values.patterns.strings.map(({ length }) => length - 1))
        : 0;
  }

  *search(pages: Iterable<MappedPage>, start: bigint, end: bigint): Generator<Row | Notice> {
    const { cache } = this.#context.target.memory.physical;
    let count = 0;
    const unread = { truncated: 0, damaged: 0 };
    let tail: { readonly bytes: Uint8Array; readonly next: bigint } | undefined;
    for (const { address, pfn } of pages) {
      if (++count % PAGES_A_TURN === 0) yield progress(`searched ${count >> 8} MB`);
      const page = cache.page(pfn);
      if (typeof page === 'string') {
        if (page === 'truncated' || page === 'damaged') unread[page]++;
        continue;
      }
      const from = start > address ? Number(start - address) : 0;
      const to = end - address < PAGE ? Number(end - address) : PAGE;
      if (this.#overhang > 0) {
        if (tail?.next === address) yield* this.#crossing(tail.bytes, page, address);
        const bytes = page.slice(Math.max(from, PAGE - this.#overhang));
        tail = { bytes, next: address + BigInt(PAGE) };
      }
      const found = this.#scan(page, from, to - (to % this.#width));
      if (found.length === 0) continue;
      // What is shown around a match may need the place of the page in the cache.
      const kept = this.#around > 0 || this.#width === 1 ? page.slice() : page;
      for (const { offset, which } of found) yield this.#match(kept, address, offset, which);
    }
    this.#tellUnread(unread);
  }

  /** What the filter left out is not searched, as in crash; these pages were to be in the file. */
  #tellUnread({ truncated, damaged }: Readonly<Record<'truncated' | 'damaged', number>>): void {
    const { losses } = this.#context.target;
    if (truncated > 0) {
      const reason = 'the dump file was cut short before them';
      losses.report({ what: 'page', count: truncated, reason });
    }
    if (damaged > 0) {
      const reason = 'they do not decompress';
      losses.report({ what: 'page', count: damaged, reason, isDamaged: true });
    }
  }

  /** Strings that begin in one page and end in the next. */
  *#crossing(before: Uint8Array, page: Uint8Array, address: bigint): Generator<Row> {
    const joined = new Uint8Array(before.length + Math.max(this.#overhang, TEXT));
    joined.set(before);
    joined.set(page.subarray(0, joined.length - before.length), before.length);
    const { patterns } = this.#values;
    for (const { offset, which } of this.#scan(joined, 0, before.length + this.#overhang)) {
      const length = patterns.width === 1 ? (patterns.strings[which]?.length ?? 0) : 0;
      if (offset >= before.length || offset + length <= before.length) continue;
      const text = Buffer.from(joined.subarray(offset, offset + TEXT)).toString('latin1');
      yield { kind: 'text', address: va(address - BigInt(before.length - offset)), text };
    }
  }

  #match(page: Uint8Array, base: bigint, offset: number, which: number): Row {
    const address = va(base + BigInt(offset));
    const name = this.#values.names[which];
    const width = this.#width;
    if (width === 1) {
      const here = page.subarray(offset, offset + TEXT);
      return { kind: 'text', address, text: Buffer.from(here).toString('latin1') };
    }
    let value = 0n;
    for (let at = width - 1; at >= 0; at--) value = (value << 8n) | BigInt(page[offset + at] ?? 0);
    const match = { kind: 'match', address, value, size: width, name } as const;
    if (this.#around === 0) return match;
    const bytes = this.#around * width;
    const bits = (width * 8) as UnitBits;
    const before = page.subarray(Math.max(0, offset - bytes), offset);
    const after = page.subarray(offset + width, offset + width + bytes);
    const at = (place: bigint, part: Uint8Array): Around | undefined =>
      part.length === 0 ? undefined : { address: va(place), bytes: part, unit: bits };
    return {
      ...match,
      around: {
        before: at(address - BigInt(before.length), before),
        after: at(address + BigInt(width), after),
      },
    };
  }
}
