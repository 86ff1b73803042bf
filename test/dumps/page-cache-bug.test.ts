import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { PAGE_OFFSET } from '../../dumps/build/i386-machine.ts';
import { buildPageCacheBug, pageCacheBug } from '../../dumps/incidents/page-cache-bug.ts';
import { parseTranscript, runTranscript } from '../../dumps/transcript.ts';
import { pa, va } from '../../src/base/address.ts';
import { moduleList } from '../../src/kernel/modules.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import { answer, openBytes } from './open-image.ts';

const golden = fileURLToPath(new URL('../golden/page-cache-bug/', import.meta.url));
const built = pageCacheBug.build();

/** The accident as it stood in a system log on 1 February 2011, white space aside. */
const STORY = `kernel BUG at mm/filemap.c:128!
Modules linked in:
Pid: 13604, comm: apache2 Not tainted 2.6.36-hardened-r6 #1 0K8980/Dimension 3000
EIP: 0060:[<c105af4f>] EFLAGS: 00010046 CPU: 0
EIP is at __remove_from_page_cache+0x44/0x91
EAX: 00000000 EBX: c16acf40 ECX: 00000015 EDX: 00000015
ESI: de877d7c EDI: ffffffff EBP: 00000015 ESP: dc4abe28
DS: 0068 ES: 0068 FS: 00d8 GS: 0033 SS: 0068
de877d7c c16acf40 c105afbc c16acf40 de877d7c c1061079 c16acf40 00000000
<0> c1061123 de877d7c 00000015 00000006 ffffffff 00000000 0000000e 00000000
<0> c1641f40 c1641f60 c1641f80 c1641fa0 c173ecc0 c1695de0 c16acf40 c15d2f00
[<c105afbc>] ? remove_from_page_cache+0x20/0x27
[<c1061079>] ? truncate_inode_page+0x6c/0x7d
[<c1061123>] ? truncate_inode_pages_range+0x99/0x23a
[<c10612cd>] ? truncate_inode_pages+0x9/0xc
[<c10fa452>] ? ext4_evict_inode+0x83/0x265
[<c108dab2>] ? evict+0x17/0x7b
[<c108e211>] ? iput+0x182/0x1df
[<c108b58e>] ? d_kill+0x2a/0x43
[<c108c292>] ? dput+0xf3/0xfb
[<c107e289>] ? fput+0x191/0x1b3
[<c106e14f>] ? remove_vma+0x34/0x52
[<c106f26a>] ? __do_munmap+0x257/0x2a8
[<c106f335>] ? sys_munmap+0x49/0x60
[<c1378005>] ? syscall_call+0x7/0xb
---[ end trace 4598df0f375c22c4 ]---`.split('\n');

/** `address symbol offset size` of the story's call trace. */
const CALLS = STORY.flatMap((line) => {
  const found = /\[<(\w+)>\] \? (\w+)\+0x(\w+)\/0x(\w+)/.exec(line);
  return found ? [found.slice(1) as [string, string, string, string]] : [];
});

describe('The BUG in the page cache', () => {
  const target = openBytes(built.kdump());

  test.each(readdirSync(golden))('answers as its golden file says: %s', async (file) => {
    const wanted = parseTranscript(readFileSync(golden + file, 'latin1'));
    expect(wanted.length).toBeGreaterThan(0);
    const got = await runTranscript(
      openBytes(built.kdump()),
      wanted.map(({ command }) => command),
    );
    expect(got).toEqual(wanted);
  });

  test('log ends with the accident, line for line', async () => {
    const lines = await answer(target, 'log');
    expect(lines.slice(-STORY.length).map((line) => line.trim())).toEqual(STORY);
  });

  test.each(['bt', 'bt -t'])('%s has the callers of the log, in its order', async (command) => {
    const lines = await answer(target, command);
    const text = lines.map((line) => /\] (\w+) at (\w+)$/.exec(line)?.slice(1)).filter(Boolean);
    const wanted = CALLS.map(([address, symbol]) => [symbol, address]);
    expect(text.slice(-wanted.length)).toEqual(wanted);
  });

  test('every function of the log is as long as the log says', () => {
    expect(CALLS).toHaveLength(14);
    for (const [address, symbol, offset, size] of CALLS) {
      const found = target.symbols.at(va(BigInt(`0x${address}`)));
      expect(found?.symbol.name).toBe(symbol);
      expect(found?.offset).toBe(Number.parseInt(offset, 16));
      const next = found && target.symbols.next(found.symbol);
      expect(next && Number(next.address - found.symbol.address)).toBe(Number.parseInt(size, 16));
    }
  });

  test('types have pointers and longs of four bytes', () => {
    expect(target.types.sizeof('list_head')).toBe(8);
    expect(target.types.sizeof('page')).toBe(32);
    const page = target.object('page', va(0xc16acf40n));
    expect(page.num('_mapcount')).toBe(0);
    expect(page.follow('mapping')?.follow('host')?.address).toBe(0xde877cb4n);
  });

  test('an ELF core of the same memory answers the same', async () => {
    const elf = openBytes(built.elf());
    expect(elf.facts.container).toBe('elf');
    for (const command of ['bt', 'bt -t', 'log', 'ps'])
      expect(await answer(elf, command)).toEqual(await answer(target, command));
  });

  test('a dump is the same each time', () => {
    expect(Buffer.compare(built.kdump(), buildPageCacheBug().kdump())).toBe(0);
  });

  test.each(['raw', 'zlib', 'lzo', 'snappy', 'zstd'] as const)(
    'a dump of %s pages answers the same, flattened too',
    async (packing) => {
      const bytes = built.kdump({ packing });
      for (const file of [bytes, flatten(recordsOf(bytes, 777).reverse())]) {
        const other = openBytes(file);
        for (const command of ['bt', 'log', 'vm'])
          expect(await answer(other, command)).toEqual(await answer(target, command));
      }
    },
  );
});

/** What the machine was told to hold is what is read out of it. */
describe.each([
  ['two levels of page tables', false],
  ['PAE', true],
])('The 32-bit machine with %s', (_, pae) => {
  const machine = buildPageCacheBug({ pae });
  const target = openBytes(machine.kdump());
  const say = async (command: string) => (await answer(target, command)).join('\n');

  test('opens without a warning', () => {
    expect(target.warnings).toEqual([]);
    expect(taskTable(target).missing).toEqual([]);
    expect(moduleList(target).isWhole).toBe(true);
  });

  test('has the tasks that it was given, each with a stack that ends', () => {
    const { tasks } = taskTable(target);
    expect(tasks.map(({ pid, comm }) => [pid, comm])).toEqual([
      [0, 'swapper'],
      [1, 'init'],
      [2, 'kthreadd'],
      [4711, 'apache2'],
      [13604, 'apache2'],
    ]);
    expect(panicTask(target)?.pid).toBe(13604);
    for (const task of tasks) {
      const frames = backtrace(target, task)?.frames ?? [];
      expect(frames.length, task.comm).toBeGreaterThan(0);
      for (const { ip } of frames) expect(target.symbols.at(va(ip))).toBeDefined();
    }
  });

  test('has every symbol at its address', () => {
    const { symbols } = machine;
    expect(symbols.length).toBeGreaterThan(50);
    for (const { name, address } of symbols) {
      const found = target.symbols.kernel.allNamed(name).map((symbol) => BigInt(symbol.address));
      expect(found, name).toContain(address);
    }
  });

  test('has the pages of its process where they were mapped, by the walk and by vtop', async () => {
    expect(machine.mapped.map(({ address }) => address)).toEqual([
      0x0804_8000n,
      0x09a5_2000n,
      0xbfe4_d000n,
    ]);
    for (const { table, address, physical } of machine.mapped) {
      const space = target.userSpace(pa(table - PAGE_OFFSET));
      expect(space.translate(va(address + 0x123n))).toBe(BigInt(physical) + 0x123n);
      const place = (address + 0x123n).toString(16);
      const text = await say(`vtop ${place}`);
      expect(text).toMatch(new RegExp(`^${place} +${(physical + 0x123).toString(16)}`, 'm'));
      // The levels that there are, and those alone: PGD, PMD and PTE have places of their own with PAE.
      const places = [...text.matchAll(/ (PGD|PMD|PTE): +(\w+) =>/g)].map(([, , at]) => at);
      expect(places).toHaveLength(3);
      expect(new Set(places).size).toBe(pae ? 3 : 2);
    }
  });

  test('maps low memory by large pages', async () => {
    const text = await say('vtop c105af4f');
    expect(text).toMatch(/^c105af4f {2}105af4f/m);
    expect(text).toContain(pae ? '1000000  (2MB)' : '1000000  (4MB)');
    expect(target.kernel.walk(va(0xdf80_0123n))).toMatchObject({
      outcome: 'mapped',
      physical: 0x1f80_0123n,
      pageSize: pae ? 2 ** 21 : 2 ** 22,
    });
  });

  test('names the level at which nothing is mapped', async () => {
    expect(await say('vtop bfe40000')).toMatch(/\(not mapped\)[\s\S]*PTE: +\w+ => 0$/m);
    expect(target.kernel.walk(va(0xf000_0000n)).outcome).toBe('not-present');
  });
});

describe('On a 32-bit kernel, what is said is right or is said to be missing:', () => {
  const target = openBytes(built.kdump());
  const MISSING = /^\w+: this kernel has no (type|symbol|member) "[\w. ]+"$/;

  test.each([
    'kmem -i',
    'kmem -s',
    'kmem -f',
    'kmem -n',
    'kmem -v',
    'kmem -V',
    'kmem -z',
    'sig 13604',
    'irq',
    'files',
    'mount',
  ])('%s says what it needs', async (command) => {
    const lines = await answer(target, command);
    expect(lines.at(-1)).toMatch(MISSING);
    // No number stands before that.
    expect(lines.slice(0, -1).join('')).not.toMatch(/\d/);
  });

  test('sys has the date of the last tick, which was a variable of its own', async () => {
    expect((await answer(target, 'sys')).join('\n')).toMatch(
      /DATE: Tue Feb {2}1 \d\d:13:27 \w+ 2011/,
    );
  });

  test('mod finds an empty list', async () => {
    expect(await answer(target, 'mod')).toEqual(['no modules installed']);
  });

  test('runq has the panicking task on its CPU, and empty queues of lists of eight bytes', async () => {
    const lines = await answer(target, 'runq');
    expect(lines.slice(1)).toEqual([
      '  CURRENT: PID: 13604  TASK: c8002780  COMMAND: "apache2"',
      expect.stringMatching(/^ {2}RT PRIO_ARRAY: df8\w{5}$/),
      '     [no tasks queued]',
      expect.stringMatching(/^ {2}CFS RB_ROOT: df8\w{5}$/),
      '     [no tasks queued]',
    ]);
  });

  test('ps -t takes start_time for the struct timespec that it was', async () => {
    const lines = await answer(target, 'ps -t 13604');
    // 145,796 seconds of uptime less 13,604.
    expect(lines.slice(1, 3)).toEqual(['    RUN TIME: 1 days, 12:43:12', '  START TIME: 13604']);
  });

  test('ps, set and task name the task and its thread_info', async () => {
    expect((await answer(target, 'ps 13604')).at(-1)).toMatch(
      /^> +13604 +4711 +0 +c8002780 +RU +0\.0 +3284 +12 +apache2$/,
    );
    expect(await answer(target, 'set')).toContain('   TASK: c8002780  [THREAD_INFO: dc4aa000]');
    const task = (await answer(target, 'task -R pid,start_time')).join('\n');
    expect(task).toMatch(/pid = 13604[\s\S]*tv_sec = 13604/);
  });

  test('struct reads pointers and longs of four bytes', async () => {
    const text = (await answer(target, 'struct page c16acf40')).join('\n');
    expect(text).toMatch(/mapping = 0xde877d7c[\s\S]*index = 21/);
  });

  test('mach has no places that only 64-bit kernels have', async () => {
    const text = (await answer(target, 'mach')).join('\n');
    expect(text).toContain('KERNEL VIRTUAL BASE: c0000000');
    expect(text).not.toMatch(/VMEMMAP|START MAP|100000000/);
  });
});
