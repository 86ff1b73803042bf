import { CrashError, LostError, MissingError } from '../../base/errors.ts';
import type { Types } from '../../types/types.ts';
import type { Target } from './target.ts';

/**
 * The kernel's types, or undefined in a dump that has none: for readers that can do without. Types that the kernel has and that
 * cannot be read are a loss.
 */
export function knownTypes(target: Target): Types | undefined {
  try {
    return target.types;
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    if (!(error instanceof MissingError) || error instanceof LostError)
      target.losses.report({ what: 'type', reason: error.message });
    return undefined;
  }
}
