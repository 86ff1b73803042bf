import { hex, plus, type VAddr, va } from '../src/base/address.ts';
import { CorruptError, type Fault } from '../src/base/errors.ts';
import {
  type MapleHead,
  type MapleStep,
  mapleHead,
  type TreeEntry,
  walkIndexed,
  walkMapleTree,
  walkRbNodes,
} from '../src/kernel/lib/tree-walks.ts';
import { mapleHeadText, mapleNodeText, mapleRangeText } from '../src/output/mm/maple-lines.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  isNotice,
  type Notice,
  plain,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { evaluate } from '../src/session/line/expression.ts';
import { isNumber, parseHex } from '../src/session/line/numbers.ts';
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
  memberOffset,
  structReader,
} from '../src/shared/struct-views.ts';

type Row =
  | { readonly kind: 'entry'; readonly address: VAddr }
  /** With -p: the entry's position and index. */
  | {
      readonly kind: 'position';
      readonly of: VAddr;
      readonly position: string;
      readonly index: number | undefined;
    }
  /** With -s and -S: the entry's members. */
  | ({ readonly kind: 'value'; readonly of: VAddr } & EntryValue)
  /** With -v: a maple tree, its nodes and the ranges in them. */
  | ({ readonly kind: 'maple-tree' } & MapleHead)
  | ({ readonly kind: 'maple-node' } & Omit<Extract<MapleStep, { what: 'node' }>, 'what'>)
  | ({ readonly kind: 'maple-range' } & Omit<Extract<MapleStep, { what: 'range' }>, 'what'>);

type Kind = 'rbtree' | 'radix' | 'xarray' | 'maple';
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^ra/, 'radix'],
  [/^rb/, 'rbtree'],
  [/^x/, 'xarray'],
  [/^m/, 'maple'],
];
const PLURALS = { radix: 'radix trees', xarray: 'Xarrays', maple: 'maple trees' } as const;

/** The parsed options. */
interface Request {
  readonly kind: Kind;
  readonly start: VAddr;
  readonly isNode: boolean;
  readonly nodeOffset: number;
  readonly inOrder: boolean;
  readonly positions: boolean;
  readonly verbose: boolean;
  readonly views: readonly EntryView[];
  readonly radix: 10 | 16;
}

export default defineCommand({
  name: 'tree',
  group: 'symbol',
  summary: 'display radix tree, XArray, red-black tree or maple tree',
  synopsis:
    '[-t [radix|xarray|rbtree|maple]] [-r offset] [-[s|S] struct[.member[,member]]]\n       -[x|d] [-o offset] [-l] [-p] [-v] [-N] start',
  flags: {
    t: { value: 'text', help: 'the kind: rbtree (the default), radix, xarray or maple' },
    r: {
      value: 'text',
      completion: ['type'],
      help: 'where the root is in the structure at the start',
    },
    o: { value: 'text', completion: ['type'], help: 'where the rb_node is in each structure' },
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
    l: { help: 'a red-black tree from the left to the right' },
    p: { help: 'where each entry hangs' },
    v: { help: 'the nodes of a maple tree too' },
    N: { help: 'the start is a node, not a root' },
    x: { help: 'numbers in hexadecimal' },
    d: { help: 'numbers in decimal' },
  },
  operands: [
    {
      name: 'start',
      kind: 'text',
      arity: '*',
      help: 'an address, a symbol or an (expression)',
      completion: ['symbol'],
    },
  ],
  help: `Walks a tree and shows the addresses of its entries. The start is the root's
structure (rb_root, xarray, radix_tree_root or maple_tree), or one that holds
it, with -r struct.member; entries of a red-black tree are found from their
rb_nodes with -o struct.member. What is damaged is reported and passed by.`,
  examples: [
    { run: 'tree -t xarray init_pid_ns -s pid.level', on: '', shows: 'the pids of a namespace' },
    {
      run: 'tree -o vmap_area.rb_node vmap_area_root -s vmap_area.va_start',
      on: 'null-pointer',
      shows: 'the areas of vmalloc space',
    },
  ],

  *run({ flags, operands, order }, context): Generator<Row | Notice> {
    const { allTypes: types } = context.target;
    const radix = chosenRadix(order, context.session);
    const kind =
      flags.t === undefined ? 'rbtree' : KINDS.find(([word]) => word.test(flags.t!))?.[1];
    if (!kind) {
      const of = ['rbtree', 'radix', 'xarray', 'maple'];
      const fault: Fault = { kind: 'keyword', word: flags.t ?? '', of };
      throw new CommandError(`invalid tree type: ${flags.t}`, { usage: true, fault });
    }
    const rootOffset = flags.r === undefined ? 0 : memberOffset(types, flags.r, '-r argument');
    const nodeOffset = flags.o === undefined ? 0 : memberOffset(types, flags.o, '-o argument');
    if (kind !== 'rbtree') {
      const misplaced = flags.l ? '-l' : flags.o === undefined ? undefined : '-o';
      if (misplaced) {
        const fault: Fault = { kind: 'text', word: misplaced };
        throw new CommandError(`${misplaced} option is not applicable to ${PLURALS[kind]}`, {
          fault,
        });
      }
    }
    const start = startOf(operands.start.words, context);
    const views = [
      ...(flags.s ?? []).map((word) => parseEntryView(word, false)),
      ...(flags.S ?? []).map((word) => parseEntryView(word, true)),
    ];
    for (const view of views) checkEntryView(view, context);
    const request: Request = {
      kind,
      start: plus(start, rootOffset),
      isNode: flags.N === true,
      nodeOffset,
      inOrder: flags.l === true,
      positions: flags.p === true,
      verbose: flags.v === true,
      views,
      radix,
    };
    yield* WALKS[kind](request, context);
  },

  print: byKind<Row>({
    entry({ address }, out) {
      out.line(hex(address));
    },
    position({ position, index }, out) {
      out.line(`  ${index === undefined ? '' : `index: ${index}  `}position: ${position}`);
    },
    value({ text }, out) {
      out.line(text());
    },
    'maple-tree'(head, out) {
      out.line(mapleHeadText(head));
    },
    'maple-node'(node, out) {
      out.line(mapleNodeText(node));
    },
    'maple-range'(range, out) {
      out.line(mapleRangeText(range));
    },
  }),
});

function startOf(words: readonly string[], { target, session }: CommandContext): VAddr {
  const [word] = words;
  if (words.length > 1) throw new CommandError('too many arguments entered', { usage: true });
  if (word === undefined) throw new CommandError('a starting address is required', { usage: true });
  const address = word.startsWith('(')
    ? evaluate(word, (name) => session.findSymbol(name))
    : isNumber(word)
      ? parseHex(word)
      : session.findSymbol(word);
  if (address === undefined || !isKernelAddress(target, address)) {
    throw new CommandError(`invalid start argument: ${word}`, { fault: { kind: 'address', word } });
  }
  return va(address);
}

const WALKS: Readonly<
  Record<Kind, (request: Request, context: CommandContext) => Generator<Row | Notice>>
> = {
  *rbtree(request, context) {
    const root = request.isNode
      ? request.start
      : readPointer(request.start, 'rb_root rb_node', context);
    try {
      for (const item of walkRbNodes(context.target, root, request.inOrder)) {
        if ('problem' in item) yield error(item.problem);
        else yield* showEntry(item, request, context);
      }
    } catch (failure) {
      if (failure instanceof CorruptError) yield plain('');
      throw failure;
    }
  },
  *radix(request, context) {
    // The XArray took its place and its name (include/linux/radix-tree.h): there is no structure of this kind left.
    if (!context.target.types.has('radix_tree_root')) {
      throw new CommandError('radix trees do not exist or have changed their format');
    }
    yield* indexed(request, context);
  },
  *xarray(request, context) {
    if (!context.target.types.has('xarray')) {
      throw new CommandError('Xarrays do not exist or have changed their format');
    }
    if (!request.isNode) {
      const { offset } = context.target.types.member('xarray', 'xa_head');
      readPointer(plus(request.start, offset), 'xarray xa_head', context);
    }
    yield* indexed(request, context);
  },
  *maple(request, context) {
    const { target } = context;
    if (!target.types.has('maple_tree')) {
      throw new CommandError('maple trees do not exist or have changed their format');
    }
    if (!request.isNode) readPointer(request.start, 'mt_dump read maple_tree', context);
    const top = request.isNode
      ? request.start
      : target.object('maple_tree', request.start).pointer('ma_root');
    if (request.verbose && !request.isNode) {
      yield { kind: 'maple-tree', ...mapleHead(target, request.start) };
    }
    for (const step of walkMapleTree(target, top)) {
      if (step.what === 'entry') yield* showEntry(step.entry, request, context);
      else if (request.verbose) yield stepRow(step);
    }
  },
};

function stepRow(step: Exclude<MapleStep, { what: 'entry' }>): Row {
  const { depth, range } = step;
  return step.what === 'node'
    ? { kind: 'maple-node', depth, range, node: step.node }
    : { kind: 'maple-range', depth, range, entry: step.entry };
}

function* indexed(request: Request, context: CommandContext): Generator<Row | Notice> {
  for (const entry of walkIndexed(context.target, request.start, request.isNode)) {
    yield* showEntry(entry, request, context);
  }
}

/** Reads a pointer; errors are in crash's words. */
function readPointer(address: VAddr, what: string, { target, session }: CommandContext): VAddr {
  structReader(target, 'kernel', session, what)(address, target.types.pointerSize);
  return target.kernel.pointer(address);
}

function* showEntry(
  { address: node, position, index }: TreeEntry,
  { kind, nodeOffset, positions, verbose, views, radix }: Request,
  context: CommandContext,
): Generator<Row | Notice> {
  const address = plus(node, -nodeOffset);
  // The nodes of a maple tree are shown with its entries.
  if (kind !== 'maple' || !verbose) yield { kind: 'entry', address };
  if (positions) {
    yield { kind: 'position', of: address, position, index };
  }
  for (const view of views) {
    for (const item of entryValuesOrErrors(view, address, radix, context)) {
      yield isNotice(item) ? item : entryRow(address, item);
    }
  }
}
