import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import {
  type CrashDump,
  CrashError,
  DumpError,
  defineCommand,
  type KernelObject,
  type Notice,
  open,
  type Task,
} from '../../src/library.ts';
import { healthyDump } from './healthy.ts';

const path = healthyDump();
let dump: CrashDump | undefined;
const opened = (): CrashDump => {
  dump ??= open(path);
  return dump;
};
afterEach(() => {
  dump = undefined;
});

describe('a dump opened as a library', () => {
  test('what cannot be opened is a DumpError', () => {
    expect(() => open('/nowhere/vmcore')).toThrow(DumpError);
  });

  test('tasks are typed, and the panic task is the one without a pid', () => {
    const pids = opened()
      .tasks()
      .map(({ pid }) => pid);
    expect(pids).toContain(1);
    expect(opened().task(1)?.comm).toBe('systemd');
    expect(pids).toContain(opened().task()?.pid);
    expect(opened().task(4194303)).toBeUndefined();
    expectTypeOf(opened().tasks()).toEqualTypeOf<readonly Task[]>();
  });

  test('a task is found by its address as by its pid', () => {
    const init = opened().task(1);
    expect(init && opened().task(init.address)?.pid).toBe(1);
  });

  test('objects are read by type and member', () => {
    const init = opened().task(1);
    const object = opened().object('task_struct', init?.address ?? 0n);
    expect(object.num('pid')).toBe(1);
    expect(object.string('comm')).toBe('systemd');
    expectTypeOf(object).toEqualTypeOf<KernelObject>();
  });

  test('symbols are found by name and by address', () => {
    const schedule = opened().symbol('schedule');
    expect(schedule?.type).toBe('T');
    const inside = opened().symbolAt((schedule?.address ?? 0n) + 4n);
    expect([inside?.symbol.name, inside?.offset]).toEqual(['schedule', 4]);
    expect(opened().symbolAt(4096n)).toBeUndefined();
    const text = opened().symbol('_stext')?.address ?? 0n;
    expect(opened().symbolAt(text - 0x100000n)).toBeUndefined();
    expectTypeOf(opened().task()).toEqualTypeOf<Task>();
  });

  test('the call chain of a sleeping task ends in the scheduler', () => {
    const task = opened().task(1);
    const symbols =
      task &&
      opened()
        .backtrace(task)
        ?.frames.map(({ symbol }) => symbol);
    expect(symbols).toContain('__schedule');
  });

  test('a command gives its records, one at a time', () => {
    const [first] = opened().run('ps');
    expect(first).toBeTypeOf('object');
    expect([...opened().run('sym schedule')]).toHaveLength(1);
  });

  test('an alias and an address are commands as they are at the prompt', () => {
    expect([...opened().run('last')]).toHaveLength(opened().tasks().length);
  });

  test("a failing command's message is thrown", () => {
    expect(() => [...opened().run('nosuch')]).toThrow('command not found: nosuch');
    expect(() => [...opened().run('sym')]).toThrow(/^usage: sym /);
    expect(() => [...opened().run('ptob zz')]).toThrow(CrashError);
  });

  test('records before an error are kept, and a listener is told instead of the caller', () => {
    const records: unknown[] = [];
    const run = () => {
      for (const record of opened().run('sig 1 99999 2')) records.push(record);
    };
    expect(run).toThrow('sig: invalid task or pid value: 99999');
    expect(records).toHaveLength(2);
    const notices: Notice[] = [];
    const options = { onNotice: (notice: Notice) => void notices.push(notice) };
    expect([...opened().run('sig 1 99999 2', options)]).toHaveLength(2);
    expect(notices.map(({ notice }) => notice)).toEqual(['error']);
  });

  test('text is what the prompt prints, through pipes too', async () => {
    expect(await opened().text('eval 1+1 | head -1')).toBe('hexadecimal: 2  \n');
    expect(await opened().text('nosuch')).toBe('crash: command not found: nosuch\n');
  });

  test('a command of one’s own is called like any other', async () => {
    opened().add(
      defineCommand({
        name: 'count',
        group: 'session',
        summary: 'how many tasks there are',
        synopsis: '',
        flags: {},
        operands: [],
        *run() {
          yield { tasks: opened().tasks().length };
        },
        print({ tasks }: { tasks: number }, out) {
          out.line(`${tasks} tasks`);
        },
      }) as never,
    );
    expect([...opened().run('count')]).toEqual([{ tasks: opened().tasks().length }]);
    expect(await opened().text('count')).toMatch(/^\d+ tasks\n$/);
  });
});

describe('a long command', () => {
  test('lets the timers of the program have their turn, also where it finds nothing', async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 5);
    try {
      await opened().text('search -k 1badd00d2badd00d');
    } finally {
      clearInterval(timer);
    }
    expect(turns).toBeGreaterThan(0);
  });

  test('is ended by a signal between its records, and in the middle of its text', async () => {
    const early = new AbortController();
    const records = opened().run('ps', { signal: early.signal });
    records.next();
    early.abort(new Error('enough'));
    expect(() => records.next()).toThrow('enough');
    const late = new AbortController();
    setTimeout(() => late.abort(new Error('enough')), 1);
    await expect(opened().text('repeat -1 ps', { signal: late.signal })).rejects.toThrow('enough');
  });
});
