import { type PAddr, type VAddr, va } from '../../base/address.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import { roomInPage } from '../../base/pages.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { virtToPhys } from './address-map.ts';

/** A generous limit: exec admits three quarters of the default stack limit (fs/exec.c, bprm_stack_limits). */
const MAX_STRINGS = 8 << 20;

/** A user page with arguments or environment that is not in the dump. */
export class NoUserStackError extends CrashError {
  override name = 'NoUserStackError';
}

/** The physical address of the top page table of an mm_struct. Throws ReadError. */
export const pageTableRoot = (target: Target, mm: VAddr): PAddr =>
  virtToPhys(target, target.object('mm_struct', mm).pointer('pgd'));

/**
 * The strings between mm->arg_start and arg_end, latin1. Throws NoUserStackError for the first page that is not in the
 * dump.
 */
export const taskArguments = (target: Target, task: Task): readonly string[] =>
  userStrings(target, task, 'arg_start', 'arg_end');

/** The strings between mm->env_start and env_end. Throws as {@link taskArguments}. */
export const taskEnvironment = (target: Target, task: Task): readonly string[] =>
  userStrings(target, task, 'env_start', 'env_end');

function userStrings(target: Target, task: Task, from: string, to: string): readonly string[] {
  const mm = target.object('mm_struct', task.mm);
  const start = mm.pointer(from);
  const length = mm.pointer(to) - start;
  if (length <= 0n) return [];
  if (length > MAX_STRINGS)
    throw new NoUserStackError(`cannot access user stack address: ${start.toString(16)}`);
  const space = target.userSpace(pageTableRoot(target, task.mm));
  const bytes = Buffer.alloc(Number(length));
  for (let at = start; at < start + length; ) {
    const size = Math.min(roomInPage(at), Number(start + length - at));
    try {
      space.readInto(at, bytes.subarray(Number(at - start), Number(at - start) + size));
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      throw new NoUserStackError(`cannot access user stack address: ${at.toString(16)}`);
    }
    at = va(at + BigInt(size));
  }
  return bytes
    .toString('latin1')
    .split('\0')
    .filter((text) => text !== '');
}
