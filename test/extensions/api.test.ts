import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { extensionApi as api } from '../../src/extension-api.ts';
import { open } from '../../src/library.ts';
import { createSession } from '../../src/session/state/session.ts';
import { healthyDump } from '../library/healthy.ts';

const { target } = open(healthyDump());
const real = open(fileURLToPath(new URL('../../dumps/null-pointer.kdump', import.meta.url)));
const session = createSession(target);
const init = api.findTasks(target, '1')[0]!;
const list = [...api.walkList(target.kernel, target.symbol('modules'))];

/** What each name of the interface does, as a fact about a dump. */
const FACTS: Record<keyof typeof api, () => void> = {
  version: () => expect(api.version).toBe(1),
  defineCommand: () => {
    const declared = { name: 'x', run: () => [], print() {} } as unknown;
    expect(api.defineCommand(declared as Parameters<typeof api.defineCommand>[0]).name).toBe('x');
  },
  CommandError: () => expect(new api.CommandError('no')).toBeInstanceOf(api.CrashError),
  UsageOnly: () => expect(new api.UsageOnly('')).toBeInstanceOf(Error),
  error: () => expect(api.error('no')).toMatchObject({ notice: 'error', text: 'no' }),
  warning: () => expect(api.warning('no')).toMatchObject({ notice: 'warning', text: 'no' }),
  note: () => expect(api.note('so')).toMatchObject({ notice: 'note', text: 'so' }),
  plain: () => expect(api.plain('so')).toMatchObject({ notice: 'plain', text: 'so' }),
  progress: () => expect(api.progress('50%')).toMatchObject({ notice: 'progress', text: '50%' }),
  va: () => expect(api.va(-1n)).toBe(0xffffffffffffffffn),
  pa: () => expect(api.pa(0x1000n)).toBe(0x1000n),
  plus: () => expect(api.plus(api.va(0xfffffffffffffffen), 4)).toBe(2n),
  hex: () => expect(api.hex(api.va(255n))).toBe('ff'),
  parseAddress: () =>
    expect(api.parseAddress('init_task', session)).toBe(target.symbol('init_task')),
  evaluate: () => expect(api.evaluate('(1 << 4)', () => undefined)).toBe(16n),
  CrashError: () => expect(() => api.findTasks(target, 'zz zz')).not.toThrow(TypeError),
  ReadError: () => expect(() => target.kernel.read(api.va(0x10n), 8)).toThrow(api.ReadError),
  MissingError: () => expect(() => target.symbol('no_such_symbol')).toThrow(api.MissingError),
  CorruptError: () => expect(new api.CorruptError('odd')).toBeInstanceOf(api.CrashError),
  perCpu: () => expect(api.perCpu(real.target, 'runqueues', 'rq', 1).num('cpu')).toBe(1),
  onlineCpus: () => expect(api.onlineCpus(real.target)).toEqual([0, 1]),
  moduleList: () => {
    const names = api.moduleList(real.target).modules.map(({ name }) => name);
    expect(names).toContain('faulty');
  },
  readLog: () => {
    const texts = [...api.readLog(real.target)].map((each) =>
      'text' in each ? Buffer.from(each.text).toString('latin1') : '',
    );
    expect(texts.some((text) => text.startsWith('BUG: kernel NULL pointer dereference'))).toBe(
      true,
    );
  },
  walkList: () => expect(list.length).toBeGreaterThanOrEqual(0),
  walkChain: () => {
    const link = real.target.types.member('task_struct', 'real_parent').offset;
    const chain = api.walkChain(real.target.kernel, api.panicTask(real.target)!.address, link);
    // A task, its parents, and swapper, which is its own parent.
    const addresses: bigint[] = [];
    for (const address of chain) {
      addresses.push(address);
      if (address === real.target.symbol('init_task')) break;
    }
    expect(addresses.length).toBeGreaterThan(1);
    expect(addresses.at(-1)).toBe(real.target.symbol('init_task'));
  },
  walkRbTree: () => {
    const root = api.perCpu(target, 'runqueues', 'rq', 0).addressOf('cfs.tasks_timeline.rb_root');
    expect([...api.walkRbTree(target, root)]).toBeInstanceOf(Array);
  },
  walkXarray: () => {
    const idr = api.plus(
      target.symbol('init_pid_ns'),
      target.types.member('pid_namespace', 'idr').offset,
    );
    expect([...api.walkXarray(target, idr)].length).toBeGreaterThan(0);
  },
  walkMaple: () => {
    const tree = target.object('mm_struct', init.mm).addressOf('mm_mt');
    expect([...api.walkMaple(target, tree)].length).toBe([...api.walkVmas(target, init.mm)].length);
  },
  taskTable: () => expect(api.taskTable(target).tasks.map(({ pid }) => pid)).toContain(1),
  findTasks: () => expect(init.comm).toBe('systemd'),
  activeTasks: () => expect([...api.activeTasks(real.target).keys()]).toEqual([0, 1]),
  panicTask: () => expect(api.panicTask(real.target)?.comm).toBe('faulty/null'),
  stateCode: () => expect(api.stateCode(init.state)).toMatch(/^[A-Z]{2}$/),
  backtrace: () => {
    const trace = api.backtrace(real.target, api.panicTask(real.target)!);
    expect(trace?.frames.map(({ symbol }) => symbol)).toContain('page_fault_oops');
  },
  openFiles: () =>
    expect([...api.openFiles(target, init)].map(({ fd }) => fd)).toBeInstanceOf(Array),
  walkVmas: () => expect([...api.walkVmas(target, init.mm)].length).toBeGreaterThan(0),
  findVma: () => {
    const [first] = api.walkVmas(target, init.mm);
    expect(api.findVma(target, init.mm, first!.start)?.address).toBe(first!.address);
  },
  translateKernel: () =>
    expect(api.translateKernel(target, target.symbol('init_task')).physical).toBe(
      target.kernel.translate(target.symbol('init_task')),
    ),
  translateUser: () => {
    const [first] = api.walkVmas(target, init.mm);
    expect(api.translateUser(target, first!.start, init).space).toBe('user');
  },
  pageOfFrame: () => {
    const physical = target.kernel.translate(target.symbol('init_task'))!;
    const pfn = Number(physical >> 12n);
    expect(api.pageOfFrame(target, pfn)?.pfn).toBe(pfn);
  },
  pageRuns: () => expect([...api.pageRuns(target)].length).toBeGreaterThan(0),
  slabCaches: () =>
    expect(api.slabCaches(target).caches.map(({ name }) => name)).toContain('task_struct'),
  vmapAreas: () => expect(api.vmapAreas(target).areas).toBeInstanceOf(Array),
  memoryNodes: () => expect(api.memoryNodes(target).length).toBe(1),
  describeAddress: () =>
    expect(api.describeAddress(target, target.symbol('init_task'))).toBeDefined(),
  mountsOf: () => expect([...api.mountsOf(real.target)].length).toBeGreaterThan(0),
  irqOf: () => {
    expect(api.irqOf(real.target, 4)?.actions.map(({ name }) => name)).toContain('ttyS0');
    expect(api.irqOf(real.target, 100_000)).toBeUndefined();
  },
  netDevices: () =>
    expect([...api.netDevices(real.target)].map(({ name }) => name)).toContain('lo'),
  symbolText: () =>
    expect(api.symbolText(target, target.symbol('schedule') + 16n, 16)).toContain('schedule+0x10'),
  structText: () =>
    expect(api.structText(target, 'list_head', target.symbol('modules'), 16)).toMatch(
      /^struct list_head \{/,
    ),
  taskHeader: () => expect(api.taskHeader(init)).toMatch(/^PID: 1 .*COMMAND: "systemd"$/),
  escapeText: () => expect(api.escapeText('\x1b[31m')).not.toContain('\x1b'),
  memoryLine: () => {
    const style = { bits: 64, base: 'hex', ascii: false, swap: false, nameOf: undefined } as const;
    expect(api.memoryLine(0x10n, new Uint8Array(8), style)).toContain('0000000000000000');
  },
  dateText: () => expect(api.dateText(0)).toContain('1970'),
  durationText: () => expect(api.durationText(90_061)).toContain('1 days'),
};

describe('the interface of extensions', () => {
  test.each(Object.keys(api) as (keyof typeof api)[])('%s does what its line says', (name) => {
    FACTS[name]();
  });

  test('is a chosen list: 40 to 60 names', () => {
    expect(Object.keys(api).length).toBeGreaterThanOrEqual(40);
    expect(Object.keys(api).length).toBeLessThanOrEqual(60);
  });
});

describe('the worked extension', () => {
  const path = fileURLToPath(new URL('../../docs/extensions/threads.js', import.meta.url));

  test('is loaded, answers, gives records, and explains itself', async () => {
    expect(await real.text(`extend ${path}`)).toBe(`${path}: extension loaded\n`);
    expect(await real.text('threads')).toMatch(/^ +1 +1 {2}[A-Z]{2} {2}init$/m);
    expect([...real.run('threads')]).toContainEqual(
      expect.objectContaining({ tgid: 1, comm: 'init', threads: 1 }),
    );
    expect(await real.text('help threads')).toContain('processes by their number of threads');
    await real.text(`extend -u ${path}`);
  });
});
