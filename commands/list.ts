import { hex, plus, type VAddr, va } from '../src/base/address.ts';
import type { Fault } from '../src/base/errors.ts';
import {
  findLoop,
  ListEndError,
  ListLoopError,
  type ListRequest,
  walkLinkedList,
} from '../src/kernel/lib/linked-list.ts';
import { offsetOfWord } from '../src/kernel/values/structures.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  isNotice,
  type Notice,
  plain,
} from '../src/session/command/command.ts';
import { evaluate } from '../src/session/line/expression.ts';
import { isNumber, parseHex, parseLong } from '../src/session/line/numbers.ts';
import {
  checkEntryView,
  type EntryValue,
  type EntryView,
  entryRow,
  entryValuesOrErrors,
  parseEntryView,
} from '../src/shared/entry-values.ts';
import {
  chosenRadix,
  isKernelAddress,
  memberFault,
  memberOffset,
  structReader,
} from '../src/shared/struct-views.ts';

type Row =
  | { readonly kind: 'entry'; readonly address: VAddr }
  /** With -s and -S: the entry's members. */
  | ({ readonly kind: 'value'; readonly of: VAddr } & EntryValue)
  | {
      readonly kind: 'loop';
      readonly length: number;
      readonly before: number;
      readonly start: VAddr;
    };

export default defineCommand({
  name: 'list',
  group: 'symbol',
  summary: 'linked list',
  synopsis:
    '[[-o] offset][-e end][-[s|S] struct[.member[,member] [-l offset]] -[x|d]]\n       [-r|-B] [-h [-O head_offset]|-H] start',
  flags: {
    o: {
      value: 'text',
      completion: ['type'],
      help: 'where the pointer to the next is: struct.member, or bytes',
    },
    e: { value: 'text', help: 'stop before this address' },
    s: {
      value: 'text',
      completion: ['type'],
      repeat: true,
      help: 'show each entry as this structure, or members of it',
    },
    S: {
      value: 'text',
      completion: ['type'],
      repeat: true,
      help: 'as -s, numbers and strings alone',
    },
    l: {
      value: 'text',
      completion: ['type'],
      help: 'with -s: the entries are the addresses of this member',
    },
    h: { help: 'the start is a structure with a list_head in it' },
    H: { help: 'the start is a list_head outside of the structures' },
    O: {
      value: 'text',
      completion: ['type'],
      help: 'with -h: where the list_head of the start is, if elsewhere',
    },
    r: { help: 'go backwards, by list_head.prev' },
    B: { help: 'look for a loop first, with little memory, and describe it' },
    x: { help: 'numbers in hexadecimal' },
    d: { help: 'numbers in decimal' },
  },
  operands: [
    {
      name: 'start',
      kind: 'text',
      arity: '*',
      help: 'an address, a symbol or an (expression); struct.member as with -o',
      completion: ['type', 'symbol'],
    },
  ],
  help: `Follows a linked list and shows the addresses of its structures. A list of
list_heads is followed with -H from a head of its own (list -H modules
module.list) and with -h from one of its members; without either, pointers
are those of the next structure itself. The list ends where it comes back to
its beginning, at NULL, or at the address of -e.`,
  examples: [
    { run: 'list -H modules module.list -s module.name', on: '', shows: 'the modules' },
    { run: 'list task_struct.parent init_task', on: '', shows: 'a chain of pointers' },
  ],

  *run({ flags, operands, order }, context): Generator<Row | Notice> {
    const { target } = context;
    const radix = chosenRadix(
      order.filter((key) => key !== 'h'),
      context.session,
    );
    const views = [
      ...(flags.s ?? []).map((word) => parseEntryView(word, false)),
      ...(flags.S ?? []).map((word) => parseEntryView(word, true)),
    ];
    const shift = flags.l === undefined ? 0 : memberOffset(target.allTypes, flags.l);
    if (flags.l !== undefined && views.length === 0) {
      throw new CommandError('-l option can only be used with -s or -S option', { usage: true });
    }
    for (const view of views) if (view.raw) checkEntryView(view, context);
    const given =
      flags.o === undefined ? undefined : memberOffset(target.allTypes, flags.o, '-o argument');
    const headOffset =
      flags.O === undefined ? undefined : memberOffset(target.allTypes, flags.O, '-O argument');
    const end = flags.e === undefined ? 0n : parseHex(flags.e);
    const place = readOperands(operands.start.words, given, context);
    const request: ListRequest = {
      ...place,
      headOffset,
      shape: flags.H ? 'head' : flags.h ? 'embedded' : 'plain',
      backwards: flags.r === true,
      end: end === 0n ? undefined : va(end),
      pointerSize: target.allTypes.pointerSize,
      pointer: pointerReader(context),
    };
    if (flags.B) yield* describeLoop(request, context);
    yield* entries(request, views, shift, radix, context);
  },

  print(row: Row, out) {
    if (row.kind === 'entry') out.line(hex(row.address));
    else if (row.kind === 'value') out.line(row.text());
    else {
      out.line(`loop detected, loop length: ${row.length}`);
      out.line(`loop starts after ${row.before} entries, at: ${hex(row.start)}`);
    }
  },
});

/** The start and the offset, in any order. Throws CommandError. */
function readOperands(
  words: readonly string[],
  given: number | undefined,
  { target, session }: CommandContext,
): { start: VAddr; offset: number } {
  let start: VAddr | undefined;
  let offset = given ?? 0;
  let refused: string | undefined;
  if (words.length > 2) throw new CommandError('too many arguments', { usage: true });
  for (const word of words) {
    if (word.includes('.') && !word.startsWith('(')) {
      const found = offsetOfWord(target.allTypes, word);
      if (found === undefined) {
        const fault = memberFault(target.allTypes, word);
        throw new CommandError(`invalid argument: ${word}`, { fault });
      }
      offset = found;
      continue;
    }
    const address = addressOf(word, session);
    if (address === undefined) {
      throw new CommandError(`invalid argument: ${word}`, { fault: { kind: 'address', word } });
    }
    if (!isKernelAddress(target, address)) {
      // A small number is an offset, where there is a start.
      refused = hex(address);
      if (isNumber(word)) offset = Number(parseLong(word));
      continue;
    }
    if (start !== undefined) {
      throw new CommandError('list start already entered', { fault: { kind: 'text', word } });
    }
    start = va(address);
  }
  if (start === undefined && refused !== undefined) {
    const fault: Fault = { kind: 'address', word: refused };
    throw new CommandError(`invalid kernel virtual address: ${refused}`, { fault });
  }
  if (start === undefined) throw new CommandError('starting address required', { usage: true });
  return { start, offset };
}

function addressOf(word: string, session: CommandContext['session']): bigint | undefined {
  if (word.startsWith('(')) return evaluate(word, (name) => session.findSymbol(name));
  if (isNumber(word)) return parseHex(word);
  return session.findSymbol(word);
}

function pointerReader({ target, session }: CommandContext): ListRequest['pointer'] {
  const first = structReader(target, 'kernel', session, 'first list entry');
  const later = structReader(target, 'kernel', session, 'list entry');
  const size = target.allTypes.pointerSize;
  return (address, isFirst) => {
    const bytes = (isFirst ? first : later)(address, size);
    let value = 0n;
    for (let at = size - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at] ?? 0);
    return va(value);
  };
}

function* entries(
  request: ListRequest,
  views: readonly EntryView[],
  shift: number,
  radix: 10 | 16,
  context: CommandContext,
): Generator<Row | Notice> {
  let isEmpty = request.shape === 'head';
  try {
    for (const address of walkLinkedList(request)) {
      isEmpty = false;
      yield { kind: 'entry', address };
      for (const view of views) {
        for (const item of entryValuesOrErrors(view, plus(address, -shift), radix, context)) {
          yield isNotice(item) ? item : entryRow(address, item);
        }
      }
    }
  } catch (failure) {
    if (failure instanceof ListLoopError || failure instanceof ListEndError) yield plain('');
    throw failure;
  }
  if (isEmpty) yield plain('(empty)');
}

/** A loop is described before the list is shown. */
function* describeLoop(request: ListRequest, { target }: CommandContext): Generator<Row> {
  const link = request.backwards ? request.pointerSize : 0;
  const { offset, shape } = request;
  const isRaw = shape === 'plain';
  const next = (at: VAddr): VAddr | undefined => {
    const bytes = target.kernel.tryRead(plus(at, isRaw ? offset + link : link), 8);
    const value = bytes && new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    return value === undefined || value === 0n ? undefined : va(value);
  };
  const first =
    shape === 'embedded' ? plus(request.start, request.headOffset ?? offset) : request.start;
  const loop = findLoop(first, next);
  // A return to the start is the normal end of a list.
  if (!loop || loop.before <= 1) return;
  yield { kind: 'loop', length: loop.length, before: loop.before, start: va(loop.start) };
}
