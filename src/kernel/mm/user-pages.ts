import { hex, type PAddr, plus, type VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { type AbsentEntry, absentEntry } from './swap-entry.ts';
import { userSpaceOf } from './translate.ts';
import { type Vma, vmaFileOffset } from './vmas.ts';

/** The place of the content of a page of user memory. */
export type PagePlace =
  | { readonly in: 'memory'; readonly physical: PAddr }
  /** Never touched, or dropped: its content is in the mapped file. Bytes. */
  | { readonly in: 'file'; readonly offset: bigint }
  | { readonly in: 'nowhere' }
  /** A page table on the way is not in the dump. */
  | { readonly in: 'unknown' }
  | { readonly in: 'elsewhere'; readonly entry: AbsentEntry };

/** A page of a mapping and the place of its content. */
export interface UserPage {
  readonly address: VAddr;
  readonly place: PagePlace;
}

/**
 * Every page of a mapping in ascending order, lazily. None for a task without an address space. A page table that is not
 * in the dump is a loss.
 */
export function* pagesOfVma(target: Target, task: Task, vma: Vma): Generator<UserPage, void> {
  const space = userSpaceOf(target, task);
  if (!space) return;
  for (let at = vma.start; at < vma.end; at = plus(at, target.pageSize)) {
    yield { address: at, place: placeOf(target, space, vma, at) };
  }
}

function placeOf(target: Target, space: AddressSpace, vma: Vma, at: VAddr): PagePlace {
  const { outcome, physical, steps, failure } = space.walk(at);
  if (physical !== undefined) return { in: 'memory', physical };
  if (outcome === 'unreadable') {
    const reason = failure instanceof CrashError ? failure.message : `at ${hex(at)}`;
    target.losses.report({ what: 'page table', count: 1, reason });
    return { in: 'unknown' };
  }
  const entry = steps.at(-1)?.entry ?? 0n;
  if (entry !== 0n) return { in: 'elsewhere', entry: absentEntry(target, entry) };
  if (vma.file === 0n) return { in: 'nowhere' };
  return { in: 'file', offset: vmaFileOffset(target, vma, at) };
}
