import type { Target } from '../src/kernel/core/target.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { waitGraph } from '../src/kernel/waits/graph.ts';
import { type Branch, branches, rootBranches } from '../src/kernel/waits/trees.ts';
import type { Certainty, RootSubject, Wait, WaitGraph } from '../src/kernel/waits/types.ts';
import { dotGraph } from '../src/output/task/wait-graph.ts';
import {
  addressOf,
  evidenceLine,
  kindWords,
  subjectWords,
  type Told,
  taskWords,
  waitLines,
  waitRow,
} from '../src/output/task/wait-lines.ts';
import {
  defineCommand,
  error,
  type Notice,
  type Out,
  plain,
} from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';
import { isNumber } from '../src/session/line/numbers.ts';
import { writeLines } from '../src/session/sinks/text-file.ts';
import { WRITES_FILE } from '../src/session/state/confinement.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';

type WaitsRecord =
  | {
      readonly kind: 'cycle';
      /** From 1. */
      readonly number: number;
      /** Each task waits for what the next one holds, the last for what the first holds. */
      readonly waits: readonly Wait[];
      readonly certainty: Certainty;
      /** Those outside the circle who wait for one in it: each after the one that it waits for. */
      readonly victims: readonly Branch[];
    }
  | {
      readonly kind: 'root';
      /** From 1: the root with the most victims is first. */
      readonly number: number;
      readonly subject: RootSubject;
      readonly victims: readonly Branch[];
    }
  /** A single wait, when tasks are named or with -a. */
  | { readonly kind: 'wait'; readonly wait: Wait }
  | {
      readonly kind: 'idle';
      /** Of tasks that wait idly in the same function for a thing of the same kind. */
      readonly count: number;
      readonly of: Wait['kind'];
      readonly function: string;
    }
  | {
      readonly kind: 'summary';
      /** Tasks that wait for what should end: in circles, or below roots. */
      readonly stuck: number;
      readonly idle: number;
      /** Tasks that could not be looked at. */
      readonly unread: number;
    }
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly nodes: number;
      readonly edges: number;
    };

/** Victims of one root, or of one circle, that text lists without -a. */
const SHOWN = 20;

export default defineCommand({
  name: 'waits',
  group: 'task',
  summary: 'who waits for whom',
  synopsis: '[-av] [-d file] [pid | taskp] ...',
  flags: {
    a: { help: 'all waits, the idle ones too, and all victims' },
    v: { help: 'the addresses in memory that say so' },
    d: {
      value: 'file',
      help: 'write a graph for Graphviz to this file',
      reach: WRITES_FILE,
    },
  },
  operands: [
    {
      name: 'tasks',
      kind: 'text',
      completion: ['task'],
      arity: '*',
      help: 'a pid or a task address: what it waits for, and so on up to the end of the chain',
    },
  ],
  help: `Shows what blocked tasks and spinning CPUs wait for, and who holds it: first
tasks that wait for each other in a circle, then the roots, where chains of
waits end, by the number of their victims. A root is a task that holds
something, a task that is gone and never gave it back, a CPU that does not
answer, or a thing of which memory does not say who holds it.

Known are mutexes, rwsems, rt_mutexes, semaphores, completions, wait queues,
bits of pages and buffers, spinlocks, IPIs, grace periods of RCU, work items
and futexes. A waiter counts when it lies on the stack of its task, names it,
and its neighbours in the list point back to it. "possibly" and "likely" say
that something was not to be had: the last of several readers is a guess.

A machine that is well has tasks that wait idly: for time, for input, for
work. They are counted; -a lists them.`,
  examples: [
    { run: 'waits', on: 'mutex-deadlock', shows: 'two tasks in a circle' },
    { run: 'waits -v 212', on: 'mutex-deadlock', shows: 'one of them, with the evidence' },
    { run: 'waits', on: 'healthy', shows: 'a machine where nobody is stuck' },
  ],

  *run({ flags, operands }, { target }): Generator<WaitsRecord | Notice> {
    const graph = waitGraph(target);
    if (flags.d !== undefined) {
      yield draw(graph, flags.d, flags.a === true);
      return;
    }
    if (operands.tasks.length > 0) {
      for (const word of operands.tasks.words) yield* chainOf(target, graph, word);
      return;
    }
    yield* answer(graph, flags.a === true);
  },

  printer({ flags }) {
    const part = blankBetween();
    const all = flags.a === true;
    const evidence = (waits: readonly Wait[], out: Out): void => {
      if (!flags.v) return;
      for (const wait of waits) {
        for (const line of wait.evidence.map(evidenceLine)) out.line(`      ${line}`);
      }
    };
    let isTitled = false;
    return byKind<WaitsRecord>({
      cycle({ number, waits, certainty, victims }, out) {
        part(out);
        const count =
          waits.length === 1
            ? '1 task waits for itself'
            : `${waits.length} tasks wait for each other`;
        out.line(`CYCLE ${number}: ${count} (${certainty})`);
        for (const wait of waits) {
          for (const line of waitLines(wait, '  ')) out.line(line);
          evidence([wait], out);
        }
        if (victims.length > 0) {
          out.line(
            `  ${tasksWord(victims.length)} outside of it ${victims.length === 1 ? 'waits' : 'wait'} for them:`,
          );
          printVictims(victims, {}, all, evidence, out);
        }
      },
      root({ number, subject, victims }, out) {
        part(out);
        out.line(`ROOT ${number}: ${subjectWords(subject)}, with ${victimsWord(victims.length)}`);
        if (subject.kind === 'thing') out.line(`  ${subject.reason}`);
        if (subject.kind === 'gone' || subject.kind === 'cpu') {
          out.line(`  ${subject.kind === 'gone' ? subject.reason : subject.via}`);
        }
        if (subject.kind === 'task') {
          if (!subject.wait) out.line('  it does not wait for anything itself');
          else {
            for (const line of waitLines(subject.wait, '  ')) out.line(line);
            evidence([subject.wait], out);
          }
        }
        const told =
          subject.kind === 'thing' ? { reason: subject.reason } : { holder: addressOf(subject) };
        printVictims(victims, told, all, evidence, out);
      },
      wait({ wait }, out) {
        if (all && wait.idle) {
          out.line(waitRow(wait));
          return;
        }
        for (const line of waitLines(wait, '')) out.line(line);
        evidence([wait], out);
      },
      idle({ count, of, function: name }, out) {
        if (!isTitled) out.line('TASKS  WAIT FOR         IN');
        isTitled = true;
        const words = kindWords(of).replace(/ of$/, '');
        out.line(`${String(count).padStart(5)}  ${words.padEnd(15)}  ${name}`);
      },
      summary({ stuck, idle, unread }, out) {
        part(out);
        const count =
          stuck === 0 ? tasksWord(idle) : `${idle} more ${idle === 1 ? 'task' : 'tasks'}`;
        const start = stuck === 0 ? 'No task is stuck. ' : '';
        const hint = stuck === 0 || all ? '' : ' (waits -a)';
        out.line(`${start}${count} ${idle === 1 ? 'waits' : 'wait'} idly${hint}.`);
        if (unread > 0) out.line(`${tasksWord(unread)} could not be looked at.`);
      },
      file({ file, nodes, edges }, out) {
        out.line(`${file}: ${nodes} nodes, ${edges} edges`);
      },
    });
  },
});

const tasksWord = (count: number): string => (count === 1 ? '1 task' : `${count} tasks`);
const victimsWord = (count: number): string => (count === 1 ? '1 victim' : `${count} victims`);

function printVictims(
  victims: readonly Branch[],
  told: Told,
  all: boolean,
  evidence: (waits: readonly Wait[], out: Out) => void,
  out: Out,
): void {
  const path: bigint[] = [];
  const shown = all ? victims : victims.slice(0, SHOWN);
  for (const { depth, wait } of shown) {
    // Deep chains stay within a line: what is deeper than this stands below its neighbour.
    const indent = '  '.repeat(Math.min(depth, 12) + 2);
    // Whom the others wait for stands above them.
    path[depth] = wait.task.address;
    const above = depth === 0 ? told : { holder: path[depth - 1] };
    for (const line of waitLines(wait, indent, above)) out.line(line);
    evidence([wait], out);
  }
  const more = victims.length - shown.length;
  if (more > 0) out.line(`    ... and ${more} more (waits -a)`);
}

function* answer(graph: WaitGraph, all: boolean): Generator<WaitsRecord> {
  for (const [i, { waits, certainty }] of graph.cycles.entries()) {
    const inside = waits.map(({ task }) => task.address);
    const victims = branches(graph, waits).filter(
      ({ wait }) => !inside.includes(wait.task.address),
    );
    yield { kind: 'cycle', number: i + 1, waits, certainty, victims };
  }
  for (const [i, root] of graph.roots.entries()) {
    yield {
      kind: 'root',
      number: i + 1,
      subject: root.subject,
      victims: rootBranches(graph, root),
    };
  }
  const idle = graph.waits.filter((wait) => wait.idle);
  const stuck = graph.waits.length - idle.length;
  yield { kind: 'summary', stuck, idle: idle.length, unread: graph.unread };
  if (all) {
    for (const wait of idle) yield { kind: 'wait', wait };
  } else if (stuck === 0) yield* idleGroups(idle);
}

/** Idle waits by what they are for and the function that wants it, the most frequent first. */
function* idleGroups(idle: readonly Wait[]): Generator<WaitsRecord> {
  const groups = new Map<string, { of: Wait['kind']; function: string; count: number }>();
  for (const { kind: of, caller, by } of idle) {
    const name = caller?.symbol ?? by ?? '?';
    const key = `${of} ${name}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { of, function: name, count: 1 });
  }
  const order = [...groups.values()].sort((a, b) => b.count - a.count);
  for (const group of order) yield { kind: 'idle', ...group };
}

/** What a task waits for, then what the one that holds it waits for, up to the end or until the chain comes back. */
function* chainOf(target: Target, graph: WaitGraph, word: string): Generator<WaitsRecord | Notice> {
  const tasks = isNumber(word) ? findTasks(target, word) : [];
  if (tasks.length === 0) {
    yield error(`${noSuchTask(target, word)}\n`, { kind: 'task', word });
    return;
  }
  const byTask = new Map(graph.waits.map((wait) => [wait.task.address, wait] as const));
  for (const first of tasks) {
    const seen = new Set<Task['address']>();
    for (let task: Task | undefined = first; task && !seen.has(task.address); ) {
      seen.add(task.address);
      const wait = byTask.get(task.address);
      if (!wait) {
        yield plain(`${taskWords(task)} does not wait for anything`);
        break;
      }
      yield { kind: 'wait', wait };
      const [holder] = wait.holders;
      task = holder?.kind === 'task' || holder?.kind === 'cpu' ? holder.task : undefined;
      if (task && seen.has(task.address)) yield plain(`and ${taskWords(task)} is where this began`);
    }
  }
}

function draw(graph: WaitGraph, file: string, all: boolean): WaitsRecord {
  const { lines, nodes, edges } = dotGraph(
    graph,
    all ? graph.waits : graph.waits.filter(({ idle }) => !idle),
  );
  writeLines(file, lines);
  return { kind: 'file', file, nodes, edges };
}
