import { describe, expect, test } from 'vitest';
import { defineImage, type Story } from '../../../dumps/build/image.ts';
import { healthy } from '../../../dumps/incidents/healthy.ts';
import { mutexDeadlock } from '../../../dumps/incidents/mutex-deadlock.ts';
import { LINUX_6_1 } from '../../../dumps/kernels/linux-6.1.ts';
import type { Target } from '../../../src/kernel/core/target.ts';
import { waitGraph } from '../../../src/kernel/waits/graph.ts';
import type { Wait } from '../../../src/kernel/waits/types.ts';
import { openBytes } from '../../dumps/open-image.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const stuck = (target: Target): readonly Wait[] =>
  waitGraph(target).waits.filter(({ idle }) => !idle);

describe('real dumps', needsDumps, () => {
  test.each(['x61-hang', 'x612-gpf', 'x61-badpte', 'x61-hwpoison-1g'])(
    '%s, where nobody is stuck, has idle waits alone',
    (name) => {
      const graph = waitGraph(sharedTarget(name));
      expect(stuck(sharedTarget(name)).map(({ task, kind }) => [task.comm, kind])).toEqual([]);
      expect(graph.waits.length).toBeGreaterThan(60);
      expect(graph.cycles).toEqual([]);
      expect(graph.roots).toEqual([]);
      expect(graph.unread).toBe(0);
    },
  );

  test('a thread that waits for a grace period of RCU waits for the CPUs that have not passed it', () => {
    const waits = stuck(sharedTarget('kd61-null'));
    expect(waits).toMatchObject([
      { task: { comm: 'kworker/1:2' }, kind: 'rcu', by: 'synchronize_rcu', certainty: 'certain' },
    ]);
    expect(waits[0]?.holders).toMatchObject([
      { kind: 'cpu', cpu: 1, task: { comm: 'faulty/null' } },
    ]);
  });

  test('a parent in vfork() waits for its child, which is idle', () => {
    const graph = waitGraph(sharedTarget('x61-hang'));
    const wait = graph.waits.find(({ kind }) => kind === 'vfork');
    expect(wait?.task.comm).toBe('wl-vfork');
    expect(wait?.holders).toMatchObject([{ kind: 'task', task: { comm: 'wl-vforked' } }]);
    expect(wait?.idle).toBe(true);
  });

  test('threads that wait on a queue name its head', () => {
    const graph = waitGraph(sharedTarget('x61-hang'));
    const kswapd = graph.waits.find(({ task }) => task.comm === 'kswapd0');
    expect(kswapd).toMatchObject({
      kind: 'wait-queue',
      by: 'schedule',
      caller: { symbol: 'kswapd' },
    });
    const target = sharedTarget('x61-hang');
    const node = target.kernel.pointer(target.symbol('node_data'));
    const queue = target.types.member('pglist_data', 'kswapd_wait').offset;
    expect(kswapd?.thing?.address).toBe(node + BigInt(queue));
  });
});

test('a machine at rest has idle waits alone', () => {
  expect(stuck(openBytes(healthy.build().kdump()))).toEqual([]);
});

describe('two threads that took two mutexes in opposite order', () => {
  const { story } = mutexDeadlock.build();
  const target = openBytes(mutexDeadlock.build().kdump());

  test('are a circle, certain by both locks and both waiters', () => {
    const { cycles, roots } = waitGraph(target);
    expect(roots).toEqual([]);
    expect(cycles).toHaveLength(1);
    expect(cycles[0]?.certainty).toBe('certain');
    expect(cycles[0]?.waits.map(({ task, thing }) => [task.pid, thing])).toEqual([
      [
        212,
        {
          address: story.notes.get('heron_journal_lock'),
          name: { symbol: 'heron_journal_lock', offset: 0, module: 'heron_raid' },
        },
      ],
      [
        213,
        {
          address: story.notes.get('heron_disk_lock'),
          name: { symbol: 'heron_disk_lock', offset: 0, module: 'heron_raid' },
        },
      ],
    ]);
  });

  test('name the functions that wait, who called them, and the evidence', () => {
    const [wait] = waitGraph(target).cycles[0]?.waits ?? [];
    expect(wait).toMatchObject({
      kind: 'mutex',
      by: 'mutex_lock',
      caller: { symbol: 'heron_take_journal', module: 'heron_raid' },
    });
    expect(wait?.evidence.map(({ what }) => what)).toEqual([
      'mutex_waiter.task',
      'mutex_waiter.list',
      'mutex.owner',
    ]);
    expect(wait?.evidence.at(-1)?.value).toBe(story.task(213).address | 1n);
  });
});

/** Two tasks of the module: one that holds, and one that waits in the frames given. */
const WAITER = 213;
const HOLDER = 212;
const blocked = (inner: readonly string[]) => [
  '__schedule+0x351',
  'schedule+0x5e',
  ...inner,
  'heron_flush+0x61',
  'kthread+0xe9',
  'ret_from_fork+0x22',
];

/** A machine on which a task waits in these frames, with memory as `also` and `damage` make it. */
function machine(
  inner: readonly string[],
  also: (story: Story) => void,
  declarations: readonly string[] = [],
  damage?: (story: Story) => void,
): { target: Target; story: Story } {
  const image = defineImage({
    ...mutexDeadlock.spec,
    kernel: { ...LINUX_6_1, declarations: [...LINUX_6_1.declarations, ...declarations] },
    functions: Object.fromEntries(inner.map((place) => [place.split('+')[0]!, { locals: 0xa0 }])),
    tasks: [
      { pid: HOLDER, comm: 'heron/resync', cpu: 0, stack: blocked(['schedule_timeout+0x20']) },
      { pid: WAITER, comm: 'heron/flush', state: 'D', cpu: 1, stack: blocked(inner) },
      { pid: 214, comm: 'heron/late', state: 'D', cpu: 1, stack: blocked(inner) },
    ],
    also,
    ...(damage ? { damage } : {}),
  });
  const built = image.build();
  return { target: openBytes(built.kdump()), story: built.story };
}

/** The place of a waiter in the frame of a function on the stack of a task. */
const placeOf = (story: Story, pid: number, symbol: string): bigint => {
  const frame = story.task(pid).stack.frames.find(({ place }) => place.startsWith(`${symbol}+`));
  if (!frame) throw new Error(`${symbol} is not on the stack of ${pid}`);
  return frame.body + 16n;
};
const LOCK = 'heron_disk_lock';
const lockOf = ({ modules }: Story): bigint => modules.get('heron_raid')?.symbols.get(LOCK) ?? 0n;
const waitOf = (target: Target, pid: number) =>
  waitGraph(target).waits.find(({ task }) => task.pid === pid);

/** Puts waiters of a type into the list of the lock. */
function enqueue(
  story: Story,
  type: string,
  symbol: string,
  lock: string,
  list: string,
  also = {},
) {
  const { machine: ram } = story.kernel;
  const head = ram.thing(lock, lockOf(story));
  const entries = [WAITER, 214].map((pid) => {
    const entry = ram.thing(type, placeOf(story, pid, symbol));
    entry.set({ task: story.task(pid).thing, ...also });
    return entry;
  });
  ram.list(
    head.at(list),
    entries.map((entry) => entry.at('list')),
  );
  return head;
}

describe('a rwsem', () => {
  const RWSEM = 'rwsem_down_read_slowpath';
  const withOwner = (word: (story: Story) => bigint, count: bigint) =>
    machine([`${RWSEM}+0x2a0`, 'down_read+0x48'], (story) => {
      enqueue(story, 'rwsem_waiter', RWSEM, 'rw_semaphore', 'wait_list', { type: 1 }).set({
        'owner.counter': word(story),
        'count.counter': count,
      });
    });

  test('that a writer holds is the writer of it, with its readers as victims', () => {
    const { target, story } = withOwner((of) => of.task(HOLDER).address, 3n);
    expect(waitOf(target, WAITER)).toMatchObject({
      kind: 'rwsem-read',
      thing: { address: lockOf(story), name: { symbol: LOCK } },
      certainty: 'certain',
    });
    const { roots } = waitGraph(target);
    expect(roots).toHaveLength(1);
    expect(roots[0]?.subject).toMatchObject({ kind: 'task', task: { pid: HOLDER } });
    expect(roots[0]?.victims.map(({ pid }) => pid)).toEqual([WAITER, 214]);
  });

  test('that readers hold has the last of them as a possible holder, and says how many there are', () => {
    const { target } = withOwner((of) => of.task(HOLDER).address | 1n, 0x202n);
    expect(waitOf(target, WAITER)?.holders).toMatchObject([
      { kind: 'task', task: { pid: HOLDER }, certainty: 'possible' },
      { kind: 'unknown', reason: '2 readers hold it, and the lock keeps no list of them' },
    ]);
  });

  test('whose last reader is gone does not name it: it may have left the lock before', () => {
    const { target } = withOwner(() => 0xffff_8f1a_0123_4500n | 1n, 0x102n);
    expect(waitOf(target, WAITER)?.holders).toEqual([
      { kind: 'unknown', reason: '1 reader holds it, and the lock keeps no list of them' },
    ]);
  });
});

describe('older and newer shapes', () => {
  test('a rwsem of before 5.3 has a pointer for an owner', () => {
    const old =
      'struct rw_semaphore { atomic_long_t count; struct task_struct *owner; @24 struct list_head wait_list; };';
    const { target, story } = machine(
      ['rwsem_down_write_slowpath+0x2a0', 'down_write+0x48'],
      (of) =>
        enqueue(of, 'rwsem_waiter', 'rwsem_down_write_slowpath', 'rw_semaphore', 'wait_list').set({
          owner: of.task(HOLDER).address,
        }),
      [old],
    );
    expect(waitOf(target, WAITER)).toMatchObject({
      kind: 'rwsem-write',
      thing: { address: lockOf(story) },
      holders: [{ kind: 'task', task: { pid: HOLDER } }],
    });
  });

  test('a mutex whose waiters are a ring without a head is found by a register that holds its address', () => {
    const newest = 'struct mutex { atomic_long_t owner; @16 struct mutex_waiter *first_waiter; };';
    const { target, story } = machine(
      ['__mutex_lock+0x3ce', 'mutex_lock+0x38'],
      (of) => {
        const ram = of.kernel.machine;
        const [first, second] = [WAITER, 214].map((pid) => {
          const entry = ram.thing('mutex_waiter', placeOf(of, pid, '__mutex_lock'));
          entry.set({ task: of.task(pid).thing });
          // Above the waiter, as a register that was saved.
          ram.writeU64(entry.address + 0x60n, lockOf(of));
          return entry;
        });
        const [a, b] = [first!.at('list'), second!.at('list')];
        for (const [from, to] of [
          [a, b],
          [b, a],
        ] as const) {
          ram.writeU64(from, to);
          ram.writeU64(to + 8n, from);
        }
        ram.thing('mutex', lockOf(of)).set({
          'owner.counter': of.task(HOLDER).address | 1n,
          first_waiter: first!.address,
        });
      },
      [newest],
    );
    for (const pid of [WAITER, 214]) {
      expect(waitOf(target, pid)).toMatchObject({
        thing: { address: lockOf(story) },
        holders: [{ kind: 'task', task: { pid: HOLDER } }],
        certainty: 'certain',
      });
    }
  });

  test('a completion of before 5.7 has an ordinary wait queue', () => {
    const old = 'struct completion { unsigned int done; @8 struct wait_queue_head wait; };';
    const { target, story } = machine(
      ['wait_for_common+0x90', 'wait_for_completion+0x1d'],
      (of) => {
        const ram = of.kernel.machine;
        const entry = ram.thing('wait_queue_entry', placeOf(of, WAITER, 'wait_for_common'));
        entry.set({ private: of.task(WAITER).thing });
        ram.list(ram.thing('completion', lockOf(of)).at('wait.head'), [entry.at('entry')]);
      },
      [old],
    );
    expect(waitOf(target, WAITER)).toMatchObject({
      kind: 'completion',
      thing: { address: lockOf(story), name: { symbol: LOCK } },
      holders: [{ kind: 'unknown' }],
      certainty: 'certain',
    });
  });
});

describe('an owner', () => {
  const held = (owner: (story: Story) => bigint, also?: (story: Story) => void) =>
    machine(['__mutex_lock+0x3ce', 'mutex_lock+0x38'], (story) => {
      enqueue(story, 'mutex_waiter', '__mutex_lock', 'mutex', 'wait_list').set({
        'owner.counter': owner(story) | 1n,
      });
      also?.(story);
    });

  test('that is in no list of tasks is gone, and its memory may still say who it was', () => {
    const { target } = held((story) => {
      const slot = story.kernel.thing('task_struct', { pid: 195 });
      slot.set({ comm: 'heron/gone' });
      return slot.address;
    });
    expect(waitGraph(target).roots).toMatchObject([
      { subject: { kind: 'gone', pid: 195, comm: 'heron/gone', certainty: 'certain' } },
    ]);
    expect(waitGraph(target).roots[0]?.victims.map(({ pid }) => pid)).toEqual([WAITER, 214]);
  });

  test('that is a zombie is gone, though it has its task_struct', () => {
    const { target } = held(
      (story) => story.task(HOLDER).address,
      (story) => story.task(HOLDER).thing.set({ exit_state: 0x20 }),
    );
    expect(waitOf(target, WAITER)?.holders).toMatchObject([
      { kind: 'gone', pid: HOLDER, comm: 'heron/resync' },
    ]);
  });

  test('that is empty is nobody: the lock is being handed on', () => {
    const { target } = held(() => 0n);
    expect(waitOf(target, WAITER)?.holders).toMatchObject([{ kind: 'unknown' }]);
    expect(waitGraph(target).roots).toMatchObject([{ subject: { kind: 'thing' } }]);
  });
});

test('a list of waiters that was overwritten leaves the wait, and says why its lock is not known', () => {
  const { target } = machine(
    ['__mutex_lock+0x3ce', 'mutex_lock+0x38'],
    (story) => {
      enqueue(story, 'mutex_waiter', '__mutex_lock', 'mutex', 'wait_list').set({
        'owner.counter': story.task(HOLDER).address | 1n,
      });
    },
    [],
    (story) => {
      const at = placeOf(story, 214, '__mutex_lock');
      story.kernel.machine.writeU64(at, 0x4141_4141_4141_4141n);
    },
  );
  expect(waitOf(target, 214)).toMatchObject({
    kind: 'mutex',
    thing: undefined,
    holders: [{ kind: 'unknown', reason: 'its waiter was not found on its stack' }],
    certainty: 'possible',
  });
});

describe('an rt_mutex', () => {
  const TYPES = [
    'struct rt_mutex_base { unsigned int wait_lock; @8 struct rb_root_cached waiters; struct task_struct *owner; } @32;',
    'struct rt_mutex_waiter { @80 struct task_struct *task; struct rt_mutex_base *lock; } @112;',
  ];
  const INNER = ['rt_mutex_slowlock.constprop.0+0x90', 'rt_mutex_lock+0x38'];
  const blockedOn = (story: Story, pid: number, lock: bigint): void => {
    const ram = story.kernel.machine;
    const waiter = ram.thing(
      'rt_mutex_waiter',
      placeOf(story, pid, 'rt_mutex_slowlock.constprop.0'),
    );
    waiter.set({ task: story.task(pid).thing, lock });
    story.task(pid).thing.set({ pi_blocked_on: waiter.address });
  };

  test('is found by pi_blocked_on, and two of them may be a circle', () => {
    const other = (of: Story) =>
      of.modules.get('heron_raid')?.symbols.get('heron_journal_lock') ?? 0n;
    const { target, story } = machine(
      INNER,
      (of) => {
        const ram = of.kernel.machine;
        blockedOn(of, WAITER, lockOf(of));
        blockedOn(of, 214, other(of));
        // Bit 0: there are waiters (RT_MUTEX_HAS_WAITERS).
        ram.thing('rt_mutex_base', lockOf(of)).set({ owner: of.task(214).address | 1n });
        ram.thing('rt_mutex_base', other(of)).set({ owner: of.task(WAITER).address | 1n });
      },
      TYPES,
    );
    const [cycle] = waitGraph(target).cycles;
    expect(cycle?.certainty).toBe('certain');
    expect(cycle?.waits.map(({ task, kind, thing }) => [task.pid, kind, thing?.address])).toEqual([
      [WAITER, 'rt-mutex', lockOf(story)],
      [214, 'rt-mutex', other(story)],
    ]);
  });
});

describe('the work of a graph', () => {
  /** How often memory is asked for something while the graph of so many waiters of one lock is made. */
  const reads = (count: number): number => {
    const inner = ['__mutex_lock+0x3ce', 'mutex_lock+0x38'];
    const pids = Array.from({ length: count }, (_, i) => 300 + i);
    const image = defineImage({
      ...mutexDeadlock.spec,
      functions: { __mutex_lock: { locals: 0xa0 } },
      tasks: [
        { pid: HOLDER, comm: 'heron/resync', stack: blocked(['schedule_timeout+0x20']) },
        ...pids.map((pid) => ({
          pid,
          comm: `w${pid}`,
          state: 'D' as const,
          stack: blocked(inner),
        })),
      ],
      also(story) {
        const ram = story.kernel.machine;
        const head = ram.thing('mutex', lockOf(story));
        const entries = pids.map((pid) => {
          const entry = ram.thing('mutex_waiter', placeOf(story, pid, '__mutex_lock'));
          entry.set({ task: story.task(pid).thing });
          return entry.at('list');
        });
        ram.list(head.at('wait_list'), entries);
        head.set({ 'owner.counter': story.task(HOLDER).address | 1n });
      },
    });
    const target = openBytes(image.build().kdump({ packing: 'raw' }));
    let asked = 0;
    const read = target.kernel.read.bind(target.kernel);
    target.kernel.read = (address, length) => {
      asked++;
      return read(address, length);
    };
    expect(waitGraph(target).roots[0]?.victims).toHaveLength(count);
    return asked;
  };

  test('grows with the number of tasks, also where all of them wait for one lock', () => {
    const [few, twice] = [reads(100), reads(200)];
    expect(few).toBeGreaterThan(500);
    expect(twice).toBeLessThan(2.2 * few);
  });
});
