import { plus, type VAddr, va } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { walkChain } from '../lib/lists.ts';

/** pidhash_init(), kernel/pid.c: 4096 buckets at most. */
const MAX_SHIFT = 12;

/**
 * The struct pids of the first pid namespace, by number, from the hash of all pids that kernels had before 4.15
 * (95846ecf9dac, pid: replace pid bitmap implementation with IDR API): `pid_hash` points to 2^pidhash_shift list heads,
 * on which struct upids are chained. Throws MissingError, ReadError, CorruptError; BrokenListError after the entries
 * before the break.
 */
export function* pidsByHash(target: Target): Generator<{ pid: number; address: VAddr }> {
  const { kernel, types } = target;
  const shift = kernel.u32(target.symbol('pidhash_shift'));
  if (shift > MAX_SHIFT) throw new CorruptError(`pidhash_shift is ${shift}`);
  const table = kernel.pointer(target.symbol('pid_hash'));
  const link = types.member('upid', 'pid_chain').offset;
  // Of the several numbers of a pid the first is that of the first namespace.
  const numbers = types.member('pid', 'numbers').offset;
  const root = target.symbol('init_pid_ns');
  for (let bucket = 0; bucket < 2 ** shift; bucket++) {
    const first = kernel.pointer(plus(table, bucket * kernel.pointerSize));
    for (const node of walkChain(kernel, first)) {
      const upid = target.object('upid', va(node - BigInt(link)));
      if (upid.pointer('ns') !== root) continue;
      yield { pid: upid.num('nr'), address: plus(upid.address, -numbers) };
    }
  }
}
