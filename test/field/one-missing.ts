import { commands } from '../../commands/index.ts';
import { withPages } from '../../dumps/other-pages.ts';
import type { Dump, DumpFacts, PageStatus } from '../../src/dump/types.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { ReplayConfinement } from '../../src/session/state/confinement.ts';
import { createSession } from '../../src/session/state/session.ts';
import type { Answer } from './one-page.ts';

/** Options that answer in another way than a command alone. */
const MORE: readonly string[] = [
  'bt -a, bt -E, bt -t, bt -T, bt -f, bt -F, bt -e, bt -r, ps -A, ps -p 1, ps -t, ps -a, ps -g, ps -r, ps -m, ps -c',
  'sym -M, sym -l, vm -M, kmem -s, kmem -v, kmem -n, kmem -z, kmem -f, kmem -V, kmem -o, kmem -h',
  'mach -c, irq -a, irq -b, runq -t, runq -g, dev -p, net -a, sys config, sys -c, sys -i, log -m, log -t',
  'foreach files, foreach vm, foreach sig, foreach task, help -n, help -m, help -r, help -t, help -v, help -o',
].flatMap((line) => line.split(', '));

/** Every command alone, where it needs no word, with the examples of its help, and with the options above. */
export function allLines(): readonly string[] {
  const lines: string[] = [];
  for (const command of commands) {
    // They leave, wait for a key, run programs, or have no end.
    if (command.reach || ['exit', 'q', 'less', 'gdb'].includes(command.name)) continue;
    const needsWord = command.operands.some(({ arity }) => arity === '1' || arity === '+');
    if (!needsWord) lines.push(command.name);
    lines.push(...(command.examples ?? []).map(({ run }) => run));
  }
  return [...new Set([...lines, ...MORE])].filter((line) => !/[|>]/.test(line));
}

/** Runs a line in a session of its own, which writes no file and runs no program. */
export async function runOn(target: Target, line: string): Promise<Answer> {
  const sink = new MemorySink();
  const place = { inherit: false, write: (text: string) => sink.write(text) };
  const session = createSession(target, {
    silent: true,
    confinement: new ReplayConfinement(false),
  });
  const shell = new Shell({ session, commands: commandMap(commands), console: sink, place });
  const outcome = await shell.execute(line);
  return { lines: sink.text.split('\n').filter((each) => each !== ''), outcome };
}

/** A dump that lacks frames, or facts of its header. */
function lacking(
  dump: Dump,
  frames: Iterable<number>,
  how: PageStatus = 'excluded',
  facts: Partial<DumpFacts> = {},
): Dump {
  const gone = new Set(frames);
  const { memory } = dump;
  const less = withPages(dump, {
    status: (pfn) => (gone.has(pfn) ? how : memory.status(pfn)),
    readPage: (pfn, page) => (gone.has(pfn) ? how : memory.readPage(pfn, page)),
  });
  return { ...less, facts: { ...dump.facts, ...facts } };
}

/** Dumps that lack one thing each, by what they lack. `whole` is the target of the dump itself. */
export function family(dump: Dump, whole: Target): ReadonlyMap<string, Dump> {
  const frameOf = (address: bigint): number | undefined => {
    const physical = whole.kernel.translate(address as never);
    return physical === undefined ? undefined : Number(physical >> 12n);
  };
  const known = (...addresses: readonly bigint[]): number[] =>
    addresses.map(frameOf).filter((frame) => frame !== undefined);
  const pageOf = (name: string): number[] => known(whole.symbol(name));
  const between = (from: string, to: string): number[] => {
    const pages: bigint[] = [];
    const end = whole.symbol(to);
    for (let at = whole.symbol(from) & ~0xfffn; at < end; at += 4096n) pages.push(at);
    return known(...pages);
  };
  const { tasks } = taskTable(whole);
  const every = Array.from({ length: dump.memory.maxPfn }, (_, pfn) => pfn);
  const names = between('kallsyms_names', 'kallsyms_markers');
  const types = between('__start_BTF', '__stop_BTF');
  return new Map([
    ['a page of symbol names', lacking(dump, names.slice(3, 4))],
    ['the symbol names', lacking(dump, names)],
    [
      'a page of addresses',
      lacking(dump, between('kallsyms_offsets', 'kallsyms_names').slice(3, 4)),
    ],
    ['a page of types', lacking(dump, types.slice(5, 6))],
    ['the types', lacking(dump, types)],
    ['the unwind table', lacking(dump, between('__start_orc_unwind', '__stop_orc_unwind'))],
    ['a task', lacking(dump, known(tasks[5]!.address))],
    ['the first task', lacking(dump, pageOf('init_task'))],
    ['the last task', lacking(dump, known(tasks.at(-1)!.address))],
    ['VMCOREINFO', lacking(dump, [], 'excluded', { vmcoreinfo: undefined })],
    ['the registers', lacking(dump, [], 'excluded', { cpus: [] })],
    ['the end of the file', lacking(dump, every.slice(every.length / 2), 'truncated')],
    ['the log', lacking(dump, pageOf('prb'))],
    ['the list of modules', lacking(dump, pageOf('modules'))],
    ['the per-CPU offsets', lacking(dump, pageOf('__per_cpu_offset'))],
    ['the list of slab caches', lacking(dump, pageOf('slab_caches'))],
    ['the code', lacking(dump, between('_stext', '_etext'))],
    ['all memory', lacking(dump, every)],
  ]);
}
