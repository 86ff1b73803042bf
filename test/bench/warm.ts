import { commands } from '../../commands/index.ts';
import { samples } from '../../dumps/index.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { colorText } from '../../src/output/text/color.ts';
import { Completer } from '../../src/session/completion/complete.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { TextOut } from '../../src/session/run/text-out.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession } from '../../src/session/state/session.ts';
import { cpuOf, median } from './processes.ts';

/** What one thing costs inside a session that has been at it, in milliseconds of processor time. */
export interface Cost {
  readonly name: string;
  readonly cost: number;
  readonly budget: number;
}

/** The budgets of single commands, keys and images. */
export async function warmCosts(vmcore: string): Promise<Cost[]> {
  const target = openTarget(openDump([vmcore]));
  return [
    await structCost(target),
    await disassemblyCost(target),
    keyCost(target),
    linesCost(),
    imageCost(),
  ];
}

async function lineCost(target: Target, line: string, repeat: number): Promise<number> {
  const session = createSession(target, { silent: true });
  const known = commandMap(commands);
  const costs: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const console = new MemorySink();
    const shell = new Shell({ session, commands: known, console });
    const before = process.cpuUsage();
    if ((await shell.execute(line)) !== 'ok') throw new Error(`${line}: ${console.text}`);
    const { user, system } = process.cpuUsage(before);
    costs.push((user + system) / 1000);
  }
  return median(costs);
}

async function structCost(target: Target): Promise<Cost> {
  const address = createSession(target).task.address.toString(16);
  const cost = await lineCost(target, `struct task_struct ${address}`, 15);
  return { name: 'struct task_struct ADDR, warm', cost, budget: 30 };
}

async function disassemblyCost(target: Target): Promise<Cost> {
  const names: string[] = [];
  for (const { name, type } of target.symbols.all()) {
    const isFunction = /^[a-z]\w+$/.test(name) && /[tT]/.test(type);
    // One of several of a name is not asked for by it.
    if (isFunction && target.symbols.allNamed(name).length === 1) names.push(name);
    if (names.length === 1000) break;
  }
  let cost = 0;
  for (const name of names) cost += await lineCost(target, `dis ${name}`, 1);
  return { name: 'dis of 1,000 functions', cost, budget: 1000 };
}

/** Every key of some lines, against all the names of the kernel; the slowest in a hundred. */
function keyCost(target: Target): Cost {
  const session = createSession(target);
  const completer = new Completer({ session, commands: commandMap(commands) });
  for (const _ of completer.names.warm());
  const costs: number[] = [];
  for (const line of [
    'dis do_sys_openat2',
    'struct task_struct.sched',
    'sym __x64_sys_r',
    'kmem -s',
  ]) {
    for (let round = 0; round < 3; round++) {
      for (let end = 1; end <= line.length; end++)
        costs.push(cpuOf(() => completer.complete(line.slice(0, end), end)));
    }
  }
  const slowest = costs.sort((a, b) => a - b)[Math.floor(costs.length * 0.99)] ?? 0;
  return { name: 'a key, with all symbols (p99)', cost: slowest, budget: 16 };
}

function linesCost(): Cost {
  const lines = Array.from(
    { length: 50_000 },
    (_, i) => `ffff888100${i.toString(16).padStart(6, '0')}:  0000000000000000 ffffffff81000000`,
  );
  const cost = cpuOf(() => {
    const sink = new MemorySink();
    const out = new TextOut(sink, sink);
    for (const line of lines) out.line(line);
    out.flush();
    for (let at = 0; at < lines.length; at += 1000)
      colorText(lines.slice(at, at + 1000).join('\n'));
  }, 5);
  return { name: '50,000 lines of output, coloured', cost, budget: 250 };
}

/** The bundled incident that takes longest to build. */
function imageCost(): Cost {
  // Once each: an image is built once, then kept.
  const costs = samples.map(({ name, file }) => ({ name, cost: cpuOf(() => void file()) }));
  const worst = costs.reduce((a, b) => (b.cost > a.cost ? b : a));
  return {
    name: `build ${worst.name}, of ${samples.length}`,
    cost: worst.cost,
    budget: 300,
  };
}
