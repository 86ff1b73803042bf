import { plus, type VAddr, va } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { walkChain } from '../../../kernel/lib/lists.ts';

/** KPROBE_TABLE_SIZE, kernel/kprobes.c: 1 << KPROBE_HASH_BITS. */
const BUCKETS = 64;
/** More probes of one bucket are a circle. */
const MOST_PROBES = 100_000;

/**
 * The places where kprobes stand: code there is a trap or a jump, and what follows it may be the rest of an instruction. Throws
 * CrashError where their table cannot be followed.
 */
export const probedPlaces = (target: Target): readonly VAddr[] => target.memo(readPlaces);
function readPlaces(target: Target): VAddr[] {
  const table = target.findSymbol('kprobe_table');
  if (table === undefined) return [];
  const link = target.types.member('kprobe', 'hlist').offset;
  const word = target.arch.pointerSize;
  const places: VAddr[] = [];
  for (let i = 0; i < BUCKETS; i++) {
    const first = target.kernel.pointer(plus(table, i * word));
    if (first === 0n) continue;
    for (const node of walkChain(target.kernel, first, 0, MOST_PROBES))
      places.push(va(target.object('kprobe', plus(node, -link)).big('addr')));
  }
  return places;
}
