import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mutexDeadlock } from '../../dumps/incidents/mutex-deadlock.ts';
import type { Wait, WaitGraph } from '../../src/kernel/waits/types.ts';
import { dotGraph } from '../../src/output/task/wait-graph.ts';
import { answer, openBytes } from '../dumps/open-image.ts';
import { scratch } from '../run/scratch.ts';

const target = openBytes(mutexDeadlock.build().kdump());

test('waits -d writes a graph whose circle is red, with an edge for each wait', async () => {
  const file = join(scratch('waits'), 'graph.dot');
  expect(await answer(target, `waits -d ${file}`)).toEqual([`${file}: 2 nodes, 2 edges`]);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  expect(lines[0]).toBe('digraph waits {');
  expect(lines.at(-1)).toBe('}');
  const edges = lines.filter((line) => line.includes(' -> '));
  expect(edges.map((line) => /label="([^"]*)"/.exec(line)?.[1])).toEqual([
    'mutex heron_journal_lock [heron_raid]',
    'mutex heron_disk_lock [heron_raid]',
  ]);
  expect(edges.every((line) => line.includes('color=red'))).toBe(true);
});

test('waits -d says why it cannot write a file', async () => {
  expect((await answer(target, 'waits -d /nowhere/graph.dot')).join('\n')).toMatch(
    /^waits: cannot write \/nowhere\/graph\.dot: .*ENOENT/,
  );
});

test('a name cannot break out of its label in a graph', () => {
  const task = { address: 1n, pid: 7, comm: 'a"]; b\\' };
  const wait = { task, kind: 'semaphore', holders: [], idle: false } as unknown as Wait;
  const graph = { waits: [wait], cycles: [], roots: [], unread: 0 } satisfies WaitGraph;
  expect(dotGraph(graph, [wait]).lines[2]).toBe('  "task 1" [shape=box, label="7 a\\"]; b\\\\"];');
});

test('waits of a task follows the chain until it comes back', async () => {
  const lines = await answer(target, 'waits 213');
  expect(lines.filter((line) => !line.startsWith(' '))).toEqual([
    '213 heron/flush waits for mutex heron_disk_lock [heron_raid]',
    '212 heron/resync waits for mutex heron_journal_lock [heron_raid]',
    'and 213 heron/flush is where this began',
  ]);
  expect(await answer(target, 'waits 41')).toEqual(['41 khungtaskd does not wait for anything']);
});

test('waits of no task is refused in the words of other commands', async () => {
  expect((await answer(target, 'waits 9999'))[0]).toBe('waits: invalid task or pid value: 9999');
});
