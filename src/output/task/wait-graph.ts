import { hex, type VAddr } from '../../base/address.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import type { Holder, Wait, WaitGraph } from '../../kernel/waits/types.ts';
import { durationWords, taskWords, thingWords, waitedFor } from './wait-lines.ts';

/** A string of the DOT language (graphviz.org, "The DOT Language"): only the quote and the backslash have a meaning. */
const quoted = (text: string): string =>
  `"${text.replace(/[\\"]/g, (mark) => `\\${mark}`).replaceAll('\n', '\\n')}"`;

/** How a graph of waits is drawn. */
export interface DotGraph {
  /** Its lines. */
  readonly lines: readonly string[];
  readonly nodes: number;
  readonly edges: number;
}

/**
 * Waits as a directed graph for Graphviz: tasks are boxes, what nobody is known to hold is an ellipse, what is gone is
 * dashed; an arrow leads from who waits to who holds. Circles are red.
 */
export function dotGraph(graph: WaitGraph, waits: readonly Wait[]): DotGraph {
  const inCircle = new Set<VAddr>(
    graph.cycles.flatMap((cycle) => cycle.waits.map(({ task }) => task.address)),
  );
  const nodes = new Map<string, string>();
  const edges: string[] = [];
  const taskNode = (task: Task, wait?: Wait): string => {
    const id = `task ${hex(task.address)}`;
    if (wait || !nodes.has(id)) {
      const time = wait?.since === undefined ? '' : `\n${durationWords(wait.since)}`;
      const red = inCircle.has(task.address) ? ', color=red' : '';
      nodes.set(id, `shape=box, label=${quoted(`${taskWords(task)}${time}`)}${red}`);
    }
    return id;
  };
  const holderNode = (holder: Holder, wait: Wait): string => {
    if (holder.kind === 'task') return taskNode(holder.task);
    if (holder.kind === 'cpu') {
      if (holder.task) return taskNode(holder.task);
      const id = `cpu ${holder.cpu}`;
      nodes.set(id, `shape=box, label=${quoted(`CPU ${holder.cpu}`)}`);
      return id;
    }
    if (holder.kind === 'gone') {
      const id = `gone ${hex(holder.address)}`;
      const was =
        holder.pid === undefined || holder.comm === undefined
          ? hex(holder.address)
          : taskWords({ pid: holder.pid, comm: holder.comm });
      nodes.set(id, `shape=box, style=dashed, label=${quoted(`gone: ${was}`)}`);
      return id;
    }
    const id = `thing ${hex(wait.thing?.address ?? wait.task.address)}`;
    const name = wait.thing ? thingWords(wait.thing) : '?';
    nodes.set(id, `shape=ellipse, label=${quoted(name)}`);
    return id;
  };
  for (const wait of waits) {
    const from = taskNode(wait.task, wait);
    for (const holder of wait.holders) {
      const to = holderNode(holder, wait);
      const both =
        holder.kind === 'task' &&
        inCircle.has(wait.task.address) &&
        inCircle.has(holder.task.address);
      const weak = holder.kind !== 'unknown' && holder.certainty !== 'certain';
      const style = `${both ? ', color=red' : ''}${weak ? ', style=dashed' : ''}`;
      edges.push(`${quoted(from)} -> ${quoted(to)} [label=${quoted(waitedFor(wait))}${style}];`);
    }
  }
  const drawn = [...nodes].map(([id, attributes]) => `${quoted(id)} [${attributes}];`);
  const lines = [
    'digraph waits {',
    '  rankdir=LR;',
    ...[...drawn, ...edges].map((line) => `  ${line}`),
    '}',
  ];
  return { lines, nodes: nodes.size, edges: edges.length };
}
