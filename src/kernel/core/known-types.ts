import { CrashError } from '../../base/errors.ts';
import type { Types } from '../../types/types.ts';
import type { Target } from './target.ts';

/** The kernel's types, or undefined in a dump that has none: for readers that can do without. */
export function knownTypes(target: Target): Types | undefined {
  try {
    return target.types;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
