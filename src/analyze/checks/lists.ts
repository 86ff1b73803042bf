import { hex, plus, type VAddr, va } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
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

/** Faults of one list that are looked into: each takes a walk from its end. */
const MOST_FAULTS = 256;

function* checkList(target: Target, head: VAddr, name: string, tally: Tally): Generator<Finding> {
  const { kernel } = target;
  const word = target.arch.pointerSize;
  const seen = new Set<bigint>();
  // A head of zeros was never set up.
  if (kernel.tryWord(head) === 0n) return;
  let entry = head;
  let faults = 0;
  for (let i = 0; i < MAX_ENTRIES && !seen.has(entry); i++) {
    seen.add(entry);
    kernel.checkpoint();
    const next = wordAt(target, entry);
    if (next === undefined) {
      tally.skipped++;
      return;
    }
    const back = wordAt(target, plus(va(next), word));
    let onward = va(next);
    if (back === entry) tally.checked++;
    else {
      if (++faults > MOST_FAULTS) return;
      const after = entryAfter(target, head, entry);
      if (after === undefined && isMissing(target, plus(va(next), word))) {
        tally.skipped++;
        return;
      }
      tally.checked++;
      yield disagreement(target, { head, name, entry, next: va(next), back, after });
      if (after !== undefined) onward = after;
      else if (back === undefined) return;
    }
    entry = onward;
    if (entry === head) return;
  }
}

const wordAt = (target: Target, address: VAddr): bigint | undefined =>
  target.kernel.tryWord(address);

/** Whether memory is only missing from the dump, and the kernel had it. */
function isMissing(target: Target, address: VAddr): boolean {
  try {
    target.kernel.word(address);
    return false;
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return error.reason !== 'not-mapped' && error.reason !== 'not-ram';
  }
}

/** The entry whose prev is this one, on the way back from the head; undefined where the way back does not come there. */
function entryAfter(target: Target, head: VAddr, entry: VAddr): VAddr | undefined {
  const word = target.arch.pointerSize;
  const seen = new Set<bigint>();
  let at = head;
  while (!seen.has(at) && seen.size < MAX_ENTRIES) {
    seen.add(at);
    const before = wordAt(target, plus(at, word));
    if (before === undefined || before === 0n) return undefined;
    if (before === entry) return at;
    at = va(before);
  }
  return undefined;
}

interface Broken {
  readonly head: VAddr;
  readonly name: string;
  readonly entry: VAddr;
  readonly next: VAddr;
  /** The prev of the next one; undefined where it cannot be read. */
  readonly back: bigint | undefined;
  /** The entry that has this one as its prev, on the way back. */
  readonly after: VAddr | undefined;
}

/** Which of the two pointers is wrong: next, where the way back comes from another entry, or next leads nowhere. */
function disagreement(target: Target, { head, name, entry, next, back, after }: Broken): Finding {
  const isNextWrong = after !== undefined || back === undefined;
  const address = isNextWrong ? entry : plus(next, target.arch.pointerSize);
  const other = after === undefined ? 'which cannot be read' : `and ${hex(after)}.prev leads to it`;
  return {
    address,
    found: isNextWrong ? next : (back ?? 0n),
    expected: isNextWrong ? after : entry,
    text: isNextWrong
      ? `on the list ${name} ${hex(entry)}.next is ${hex(next)}, ${other}`
      : `on the list ${name} ${hex(next)}.prev is ${hex(back ?? 0n)}, and ${hex(entry)}.next leads to it`,
    command: `list -H ${hex(head)}`,
  };
}
