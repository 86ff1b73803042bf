import { va } from '../../src/base/address.ts';
import { MissingError } from '../../src/base/errors.ts';
import type { AnyCommand } from '../../src/session/command/command.ts';
import { defineCommand } from '../../src/session/command/command.ts';
import { Aliases } from '../../src/session/line/aliases.ts';
import type { Session, Slot } from '../../src/session/state/session.ts';
import type { CType, NamedType, StructType } from '../../src/types/types.ts';

const nothing = { *run() {}, print() {} };

/** Commands of every shape that a line can have. */
export const COMMANDS: readonly AnyCommand[] = [
  defineCommand({
    name: 'bt',
    group: 'task',
    summary: 'backtrace',
    synopsis: '[-f] [-c cpu(s)] [pid | task] ...',
    flags: {
      a: { help: 'active tasks' },
      f: { help: 'all words of each frame' },
      c: { value: 'cpus', help: 'the active tasks of these cpus' },
      S: { value: 'text', attached: true, help: 'start here' },
      16: { help: 'units of 16 bits' },
      z: { help: 'not shown', hidden: true },
    },
    operands: [{ name: 'task', kind: 'symbol', arity: '*', help: 'a pid' }],
    ...nothing,
  }),
  defineCommand({
    name: 'rd',
    group: 'memory',
    summary: 'read memory',
    synopsis: 'address [count]',
    flags: {},
    operands: [
      { name: 'address', kind: 'text', completion: ['address'], arity: '1', help: 'where' },
      { name: 'count', kind: 'count', arity: '?', help: 'how many' },
    ],
    ...nothing,
  }),
  defineCommand({
    name: 'repeat',
    group: 'session',
    summary: 'repeat a command',
    synopsis: '[-seconds] command',
    flags: {},
    operands: [{ name: 'command', kind: 'command', arity: '+', help: 'what' }],
    ...nothing,
  }),
  defineCommand({
    name: 'struct',
    group: 'symbol',
    summary: 'structure contents',
    synopsis: 'name[.member]',
    flags: {},
    operands: [
      {
        name: 'type',
        kind: 'text',
        completion: ['type', 'member'],
        arity: '1',
        help: 'a structure',
      },
      { name: 'address', kind: 'address', arity: '?', help: 'where it lies' },
    ],
    ...nothing,
  }),
  defineCommand({
    name: 'eval',
    group: 'symbol',
    summary: 'evaluate',
    synopsis: 'expression',
    flags: {},
    operands: [{ name: 'expression', kind: 'expression', arity: '+', help: 'what to work out' }],
    raw: true,
    ...nothing,
  }),
] as unknown as AnyCommand[];

/** `task_struct { int pid; struct sched_entity se { long load; union { int on_rq; } } }` */
const TYPES: Record<number, CType> = {
  1: { kind: 'int', id: 1, name: 'int', size: 4, signed: true, char: false, bool: false },
  2: {
    kind: 'struct',
    id: 2,
    name: 'task_struct',
    size: 24,
    members: [
      { name: 'pid', type: 1, bitOffset: 0, bitSize: 0 },
      { name: 'se', type: 3, bitOffset: 64, bitSize: 0 },
    ],
  },
  3: {
    kind: 'struct',
    id: 3,
    name: 'sched_entity',
    size: 16,
    members: [
      { name: 'load', type: 1, bitOffset: 0, bitSize: 0 },
      { name: '', type: 4, bitOffset: 64, bitSize: 0 },
    ],
  },
  4: {
    kind: 'union',
    id: 4,
    name: '',
    size: 4,
    members: [{ name: 'on_rq', type: 1, bitOffset: 0, bitSize: 0 }],
  },
};

export interface FakeFacts {
  readonly symbols?: readonly string[];
  /** The dump has neither symbols nor types. */
  readonly bare?: boolean;
}

/** As much of a session as completion looks at. Symbols lie at 0xffffffff81000000 and on, 16 bytes apart. */
export function fakeSession({ symbols = [], bare = false }: FakeFacts = {}): Session {
  const address = (name: string) => {
    const index = symbols.indexOf(name);
    return index < 0 ? undefined : va(0xffffffff81000000n + BigInt(index) * 16n);
  };
  const symbolOf = (name: string) => {
    const at = address(name);
    return at === undefined ? undefined : { name, address: at, type: 'T' };
  };
  const missing = (): never => {
    throw new MissingError('symbol', 'kallsyms');
  };
  const byName = (name: string): CType | undefined =>
    Object.values(TYPES).find((type) => 'name' in type && type.name === name);
  const types = {
    *names(): Generator<NamedType> {
      if (bare) missing();
      for (const name of ['task_struct', 'sched_entity', 'task_group', 'pid_t'])
        yield { kind: 'struct', name };
    },
    find: (_: string, name: string) => byName(name),
    struct: (name: string) => (byName(name) as StructType | undefined) ?? missing(),
    findMember: (_: string, path: string) => ({ se: { type: 3 }, pid: { type: 1 } })[path],
    resolve: (id: number) => TYPES[id],
    nameOf: (id: number) => (TYPES[id] as { name?: string } | undefined)?.name ?? 'void',
  };
  const target = {
    types,
    allTypes: types,
    symbols: {
      *completions() {
        if (bare) missing();
        yield* symbols;
      },
      named: symbolOf,
      at: (value: bigint) => {
        const name = symbols[Number((value - 0xffffffff81000000n) / 16n)];
        const symbol = name === undefined ? undefined : symbolOf(name);
        return symbol && { symbol, offset: Number(value - symbol.address) };
      },
    },
  };
  const slots = new Map<Slot<unknown>, unknown>();
  const session = {
    target,
    aliases: new Aliases(),
    settings: {},
    findSymbol: (name: string) => (bare ? undefined : address(name)),
    slot(slot: Slot<unknown>) {
      if (!slots.has(slot)) slots.set(slot, slot.make(session));
      return slots.get(slot);
    },
  } as unknown as Session;
  return session;
}

export const commandMap = (): ReadonlyMap<string, AnyCommand> =>
  new Map(COMMANDS.map((command) => [command.name, command]));
