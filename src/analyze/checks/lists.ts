import { hex, plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { Check, Finding, Tally } from './check.ts';

/** Lists that the kernel lives on: the head's symbol, and the member of a structure that is the head. */
const HEADS: readonly (readonly [symbol: string, type?: string, member?: string])[] = [
  ['modules'],
  ['slab_caches'],
  ['super_blocks'],
  ['init_task', 'task_struct', 'tasks'],
  ['init_mm', 'mm_struct', 'mmlist'],
  ['vmap_area_list'],
  ['net_namespace_list'],
  ['workqueues'],
  ['bdi_list'],
  ['all_bdevs'],
  ['input_dev_list'],
  ['tty_drivers'],
  ['shrinker_list'],
  ['cgroup_roots'],
  ['pernet_list'],
];

/** More entries than any of them has. */
const MAX_ENTRIES = 1 << 22;

/** Each entry's next and prev against its neighbours'. */
export const listsCheck: Check = {
  name: 'lists',
  title: 'next against prev on the lists that the kernel lives on',
  *run(target, tally) {
    for (const [symbol, type, member] of HEADS) {
      const base = target.findSymbol(symbol);
      if (base === undefined) continue;
      const path =
        type !== undefined && member !== undefined ? target.findMember(type, member) : undefined;
      if (type !== undefined && path === undefined) continue;
      yield* checkList(target, plus(base, path?.offset ?? 0), symbol, tally);
    }
  },
};

function* checkList(target: Target, head: VAddr, name: string, tally: Tally): Generator<Finding> {
  const word = target.arch.pointerSize;
  const seen = new Set<bigint>();
  // A head of zeros was never set up.
  if (target.kernel.tryWord(head) === 0n) return;
  let entry = head;
  for (let i = 0; i < MAX_ENTRIES && !seen.has(entry); i++) {
    seen.add(entry);
    target.kernel.checkpoint();
    let next: VAddr | undefined;
    yield* tally.one(() => {
      next = target.kernel.pointer(entry);
      const back = target.kernel.pointer(plus(next, word));
      return back === entry ? undefined : disagreement(target, { head, name, entry, next, back });
    });
    if (next === undefined) return;
    entry = next;
    if (entry === head) return;
  }
}

interface Broken {
  readonly head: VAddr;
  readonly name: string;
  readonly entry: VAddr;
  readonly next: VAddr;
  /** The prev of the next one. */
  readonly back: VAddr;
}

/** Which of the two pointers is wrong: the one that disagrees with the entry on its other side, too. */
function disagreement(target: Target, { head, name, entry, next, back }: Broken): Finding {
  const word = target.arch.pointerSize;
  // `back` is the entry before `next` by its own word. If that one leads to `next` too, `entry.next` is right and stands
  // beside it; else `next.prev` alone is wrong.
  const forward = target.kernel.tryWord(back);
  const isNextWrong = forward === next && back !== entry;
  const address = isNextWrong ? entry : plus(next, word);
  return {
    address,
    found: isNextWrong ? next : back,
    expected: isNextWrong ? undefined : entry,
    text: isNextWrong
      ? `on the list ${name} ${hex(entry)}.next is ${hex(next)}, whose prev and neighbour are ${hex(back)}`
      : `on the list ${name} ${hex(next)}.prev is ${hex(back)}, and ${hex(entry)}.next leads to it`,
    command: `list -H ${hex(head)}`,
  };
}
