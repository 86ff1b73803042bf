import { hex } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { slabCaches } from '../../kernel/mm/slab/caches.ts';
import { cacheNodes } from '../../kernel/mm/slab/shares.ts';
import { memoryUsage } from '../../kernel/mm/task-memory.ts';
import { vmCounter } from '../../kernel/mm/vmstat.ts';
import { isGroupLeader } from '../../kernel/task/state.ts';
import { taskTable } from '../../kernel/task/tasks.ts';
import { type Evidence, type Fact, fact } from '../facts.ts';
import { frameNumber } from '../scene/chain.ts';
import { attempt, findCall, type Scene } from '../scene/scene.ts';
import type { Detector } from './detector.ts';

/** No memory was left, and who has it. */
export const memory: Detector = {
  name: 'memory',
  looksFor: 'a panic for want of memory, and who has it',
  needs: ['symbols', 'stack', 'types', 'slab'],
  *find(scene) {
    const oom = findCall(
      scene,
      'out_of_memory',
      'oom_kill_process',
      'dump_header',
      'check_panic_on_oom',
    );
    if (!oom) return;
    const total = attempt(() => totalPages(scene.target));
    const evidence: Evidence = {
      text: `${oom.symbol}() panicked, frame ${frameNumber(oom)}`,
      command: 'bt',
      address: oom.sp,
    };
    const users =
      total === undefined ? [] : (attempt(() => [...largest(scene.target, total)]) ?? []);
    users.sort((a, b) => b.pages - a.pages);
    const [first] = users;
    const isLeak =
      first !== undefined && total !== undefined && first.isKernel && first.pages > total * LARGE;
    yield* verdict(scene, evidence, first, total, isLeak, users);
  },
};

/** A part of all memory that one user does not have on a machine that is well. */
const LARGE = 0.4;

function* verdict(
  _: Scene,
  evidence: Evidence,
  first: User | undefined,
  total: number | undefined,
  isLeak: boolean,
  users: readonly User[],
): Generator<Fact> {
  const share = first && total ? `${Math.round((first.pages / total) * 100)} %` : undefined;
  const list = users.slice(0, MOST_SHOWN).map((user) => ({
    text: `${user.text}: ${user.pages} of ${total} pages`,
    command: user.command,
  }));
  const unchecked = total === undefined ? ['how much memory there was, and who has it'] : [];
  if (isLeak && first) {
    yield fact({
      class: 'leak',
      certainty: 'likely',
      subject: first.name,
      summary: `the machine ran out of memory: ${first.text} has ${share} of it`,
      evidence: [evidence, ...list],
      unchecked: [
        ...unchecked,
        'whether all of it is still used: nobody who holds it was looked for',
      ],
    });
    return;
  }
  yield fact({
    class: 'out-of-memory',
    certainty: 'certain',
    subject:
      first && !first.isKernel && total && first.pages > total * LARGE ? first.name : undefined,
    summary: `the machine ran out of memory, and panics then${first ? `: ${first.text} has ${share} of it` : ''}`,
    evidence: [evidence, ...list],
    unchecked: [...unchecked, 'whether it was the limit of one memory cgroup that was reached'],
  });
}

const MOST_SHOWN = 4;

interface User {
  /** As a subject; undefined for memory that belongs to nobody. */
  readonly name: string | undefined;
  readonly text: string;
  readonly pages: number;
  readonly command: string;
  /** Only the kernel can give it back. */
  readonly isKernel: boolean;
}

/** _totalram_pages since 5.0 (ca79b0c211af, mm: convert totalram_pages and totalhigh_pages variables to atomic). */
function totalPages(target: Target): number {
  const address = target.findSymbol('_totalram_pages') ?? target.symbol('totalram_pages');
  return Number(target.kernel.u64(address));
}

function* largest(target: Target, total: number): Generator<User> {
  for (const cache of attempt(() => slabCaches(target).caches) ?? []) {
    const slabs = attempt(() =>
      cacheNodes(target, cache).reduce((sum, node) => sum + node.slabs, 0),
    );
    const pages = ((slabs ?? 0) * cache.slabSize) / target.pageSize;
    if (pages > total * SMALL)
      yield {
        name: cache.name,
        text: `the slab cache ${cache.name} (${hex(cache.address)})`,
        pages,
        command: `kmem -s ${cache.name}`,
        isKernel: true,
      };
  }
  const shared = vmCounter(target, 'NR_SHMEM') ?? 0;
  if (shared > total * SMALL)
    yield {
      name: undefined,
      text: 'shared memory and tmpfs',
      pages: shared,
      command: 'kmem -V',
      isKernel: false,
    };
  const vmalloc = attempt(() => Number(target.kernel.u64(target.symbol('nr_vmalloc_pages'))));
  if (vmalloc !== undefined && vmalloc > total * SMALL && vmalloc < total)
    yield { name: 'vmalloc', text: 'vmalloc', pages: vmalloc, command: 'kmem -v', isKernel: true };
  for (const task of taskTable(target).tasks) {
    if (!isGroupLeader(task) || task.mm === 0n) continue;
    const pages = memoryUsage(target, task).residentPages ?? 0;
    if (pages > total * SMALL)
      yield {
        name: task.comm,
        text: `the process ${task.comm} (${task.pid})`,
        pages,
        command: `vm ${task.pid}`,
        isKernel: false,
      };
  }
}

/** Users below this part are not listed. */
const SMALL = 0.05;
