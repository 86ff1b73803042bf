import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import { functionGraphReturns } from '../../../src/kernel/stacktrace/function-graph.ts';
import { trueReturns } from '../../../src/kernel/stacktrace/hidden-returns.ts';
import {
  functionAt,
  KRETPROBE_TRAMPOLINE,
  RETHOOK_TRAMPOLINE,
  RETURN_TO_HANDLER,
  returnInto,
  SHADOW,
  TracedMachine,
  tracedTask,
} from './traced-target.ts';

const slot = (i: number) => va(0xffffc90000010000n + BigInt(i * 64));

describe('the function graph tracer', () => {
  const taskWith = (pointer: string) => `
    struct task_struct { int curr_ret_stack; int curr_ret_depth; ${pointer} *ret_stack; };`;
  const ARRAY = taskWith('struct ftrace_ret_stack');
  /** The members of struct ftrace_ret_stack in kernels of these releases, with the word each entry has for them. */
  const SHAPES = {
    '3.10': ['ret', 'func', 'calltime', 'subtime', 'fp'],
    '4.9': ['ret', 'func', 'calltime', 'subtime', 'fp', 'retp'],
    '4.14': ['ret', 'func', 'calltime', 'retp'],
    '5.x': ['ret', 'func', 'calltime', 'fp', 'retp'],
  };
  const entry = (members: readonly string[], i: number): bigint[] =>
    members.map((name) => {
      if (name === 'ret') return returnInto(i);
      if (name === 'func') return functionAt(i + 1);
      return name === 'retp' ? slot(i) : 0x1234n;
    });

  test.each(Object.entries(SHAPES))('keeps an array of structures: %s', (_, members) => {
    const struct = `struct ftrace_ret_stack { ${members.map((name) => `unsigned long ${name};`).join(' ')} };`;
    const machine = new TracedMachine(struct + ARRAY)
      .setTask('ret_stack', SHADOW)
      .setTask('curr_ret_stack', 2n)
      .words(0, ...[0, 1, 2, 3].flatMap((i) => entry(members, i)));
    const target = machine.target();
    const found = [...functionGraphReturns(target, tracedTask)];
    expect(found.map(({ ip }) => ip)).toEqual([2, 1, 0].map(returnInto));
    const truth = trueReturns(target, tracedTask);
    // Without the place the function tells which entry it is, if it is on the stack once.
    expect(truth(RETURN_TO_HANDLER, slot(1), functionAt(2))).toEqual({ ip: returnInto(1) });
    expect(truth(returnInto(1), slot(1), functionAt(2))).toBeUndefined();
    expect(truth(RETURN_TO_HANDLER, slot(9), functionAt(9))).toEqual({ ip: undefined });
  });

  test('counts below -1 while it is told not to trace, to 4.20', () => {
    const struct = `struct ftrace_ret_stack { ${SHAPES['4.9'].map((name) => `unsigned long ${name};`).join(' ')} };`;
    const machine = new TracedMachine(struct + ARRAY)
      .setTask('ret_stack', SHADOW)
      .setTask('curr_ret_stack', 1n - 65_536n)
      .words(0, ...entry(SHAPES['4.9'], 0), ...entry(SHAPES['4.9'], 1));
    const found = [...functionGraphReturns(machine.target(), tracedTask)];
    expect(found.map(({ ip }) => ip)).toEqual([returnInto(1), returnInto(0)]);
  });

  const WORDS = `struct ftrace_ret_stack { unsigned long ret; unsigned long func; unsigned long *retp; };
    ${taskWith('unsigned long')}`;
  /** Type of a word that ends an entry: a bitmap of tracers, or their data. */
  const [BITMAP, DATA] = [1n << 10n, 2n << 10n];

  test('keeps words since 6.11: an entry, what tracers put behind it, and how far below it begins', () => {
    const words = [
      ...[returnInto(0), functionAt(1), slot(0), 3n | BITMAP | (1n << 12n)],
      // Two words of a tracer's data, and the word that says so.
      ...[returnInto(1), functionAt(2), slot(1), 3n | BITMAP, 0xdeadn, 0xbeefn, 6n | DATA],
      ...[returnInto(2), functionAt(3), slot(2), 3n | BITMAP],
    ];
    const machine = new TracedMachine(WORDS)
      .setTask('ret_stack', SHADOW)
      .setTask('curr_ret_stack', BigInt(words.length))
      .words(0, ...words);
    const target = machine.target();
    const found = [...functionGraphReturns(target, tracedTask)];
    expect(found.map(({ ip, at }) => [ip, at])).toEqual(
      [2, 1, 0].map((i) => [returnInto(i), slot(i)]),
    );
    expect(trueReturns(target, tracedTask)(RETURN_TO_HANDLER, slot(1), undefined)).toEqual({
      ip: returnInto(1),
    });
  });

  test.each([
    ['that leads below the first word', 900n],
    ['of zero', 0n],
  ])('ends at an offset %s', (_, offset) => {
    const words = [returnInto(0), functionAt(1), slot(0), offset];
    const machine = new TracedMachine(WORDS)
      .setTask('ret_stack', SHADOW)
      .setTask('curr_ret_stack', 4n)
      .words(0, ...words);
    expect([...functionGraphReturns(machine.target(), tracedTask)]).toEqual([]);
  });

  test('of a function that another one jumped to hides a return address that was hidden already', () => {
    const words = [
      ...[returnInto(0), functionAt(1), slot(0), 3n | BITMAP],
      ...[RETURN_TO_HANDLER, functionAt(2), slot(0), 3n | BITMAP],
    ];
    const machine = new TracedMachine(WORDS)
      .setTask('ret_stack', SHADOW)
      .setTask('curr_ret_stack', 8n)
      .words(0, ...words);
    expect(
      trueReturns(machine.target(), tracedTask)(RETURN_TO_HANDLER, slot(0), undefined),
    ).toEqual({ ip: returnInto(0) });
  });

  test('without a table, or with one that is not in the dump, says nothing', () => {
    for (const stack of [0n, 0xffff888009000000n]) {
      const machine = new TracedMachine(WORDS)
        .setTask('ret_stack', stack)
        .setTask('curr_ret_stack', 4n);
      expect(
        trueReturns(machine.target(), tracedTask)(RETURN_TO_HANDLER, slot(0), undefined),
      ).toEqual({ ip: undefined });
    }
  });
});

describe('a return hook', () => {
  const RETHOOK = `
    struct llist_node { struct llist_node *next; };
    struct llist_head { struct llist_node *first; };
    struct rethook_node { @16 struct llist_node llist; @32 unsigned long ret_addr; @40 unsigned long frame; };
    struct task_struct { struct llist_head rethooks; int curr_ret_stack; unsigned long *ret_stack; };
    struct ftrace_ret_stack { unsigned long ret; unsigned long func; unsigned long *retp; };`;
  const node = (next: bigint, ip: bigint, at: bigint) => [0n, 0n, next, 0n, ip, at];
  const link = (i: number) => SHADOW + BigInt(i * 48 + 16);

  test('is found by the place of the return address', () => {
    const machine = new TracedMachine(RETHOOK)
      .setTask('rethooks', link(0))
      .words(0, ...node(link(1), returnInto(4), slot(4)), ...node(0n, returnInto(5), slot(5)));
    const truth = trueReturns(machine.target(), tracedTask);
    expect(truth(RETHOOK_TRAMPOLINE, slot(5), undefined)).toEqual({ ip: returnInto(5) });
    expect(truth(RETHOOK_TRAMPOLINE, slot(4), undefined)).toEqual({ ip: returnInto(4) });
    expect(truth(RETHOOK_TRAMPOLINE, slot(6), undefined)).toEqual({ ip: undefined });
  });

  test('over another one, or over the graph tracer, leads to what the first of them took', () => {
    const machine = new TracedMachine(RETHOOK)
      .setTask('rethooks', link(0))
      .words(0, ...node(link(1), RETHOOK_TRAMPOLINE, slot(4)))
      .words(48, ...node(0n, RETURN_TO_HANDLER, slot(4)))
      .setTask('ret_stack', SHADOW + 1024n)
      .setTask('curr_ret_stack', 4n)
      .words(1024, returnInto(7), functionAt(4), slot(4), 3n | (1n << 10n));
    const truth = trueReturns(machine.target(), tracedTask);
    for (const trampoline of [RETHOOK_TRAMPOLINE, RETURN_TO_HANDLER])
      expect(truth(trampoline, slot(4), undefined)).toEqual({ ip: returnInto(7) });
  });

  test('in a list that runs in a circle is found, and nothing hangs', () => {
    const machine = new TracedMachine(RETHOOK)
      .setTask('rethooks', link(0))
      .words(0, ...node(link(0), returnInto(4), slot(4)));
    expect(
      trueReturns(machine.target(), tracedTask)(RETHOOK_TRAMPOLINE, slot(4), undefined),
    ).toEqual({ ip: returnInto(4) });
  });

  test('that names no return address is not believed', () => {
    const machine = new TracedMachine(RETHOOK)
      .setTask('rethooks', link(0))
      .words(0, ...node(0n, returnInto(4) + 1n, slot(4)));
    expect(
      trueReturns(machine.target(), tracedTask)(RETHOOK_TRAMPOLINE, slot(4), undefined),
    ).toEqual({ ip: undefined });
  });
});

describe('a kretprobe before the return hooks', () => {
  test('keeps its instances in a list of the task, from 5.11 to 5.17', () => {
    const machine = new TracedMachine(`
      struct llist_node { struct llist_node *next; };
      struct llist_head { struct llist_node *first; };
      struct kretprobe_instance { @16 struct llist_node llist; @32 void *ret_addr; void *fp; };
      struct task_struct { struct llist_head kretprobe_instances; };`)
      .setTask('kretprobe_instances', SHADOW + 16n)
      .words(0, 0n, 0n, 0n, 0n, returnInto(3), slot(3));
    const truth = trueReturns(machine.target(), tracedTask);
    expect(truth(KRETPROBE_TRAMPOLINE, slot(3), undefined)).toEqual({ ip: returnInto(3) });
  });

  test('keeps them in a table of all tasks to 5.10; the probe says which function', () => {
    const machine = new TracedMachine(`
      struct hlist_node { struct hlist_node *next, **pprev; };
      struct kprobe { @40 void *addr; };
      struct kretprobe { struct kprobe kp; };
      struct kretprobe_instance { struct hlist_node hlist; struct kretprobe *rp; void *ret_addr; struct task_struct *task; };
      struct task_struct { int pid; };`);
    const [table, probe, mine, other] = [SHADOW, SHADOW + 1024n, SHADOW + 2048n, SHADOW + 2304n];
    machine
      .words(8 * 7, other)
      .words(1024 + 40, functionAt(6))
      .words(2304, mine, 0n, probe, returnInto(8), 0xffff888005000000n)
      .words(2048, 0n, 0n, probe, returnInto(9), tracedTask.address);
    const truth = trueReturns(machine.target({ kretprobe_inst_table: table }), tracedTask);
    expect(truth(KRETPROBE_TRAMPOLINE, slot(3), functionAt(6))).toEqual({ ip: returnInto(9) });
    expect(truth(KRETPROBE_TRAMPOLINE, slot(3), functionAt(5))).toEqual({ ip: undefined });
  });
});
