import type { Bits } from './address.ts';
import { CorruptError, MissingError, ReadError, type ReadReason, type Space } from './errors.ts';

/** What is wrong, as data: beside the words that say it. */
export type Problem =
  /** Memory could not be read. */
  | {
      readonly kind: 'read';
      readonly space: Space;
      readonly address: Bits;
      readonly reason: ReadReason;
    }
  /** This kernel or this dump has no such thing. */
  | { readonly kind: 'missing'; readonly what: MissingError['kind']; readonly name: string }
  /** A structure contradicts itself. */
  | { readonly kind: 'corrupt'; readonly address?: Bits }
  /** Part of the answer is not in the dump, or is damaged there. */
  | {
      readonly kind: 'lost';
      readonly what: string;
      /** How many; 0 where that is not known. */
      readonly count?: number;
      readonly address?: Bits;
      readonly isDamaged?: true;
      readonly reason: string;
    };

/** The problem behind an error, or behind its cause; undefined where it is no fault of the dump. */
export function problemOf(failure: unknown): Problem | undefined {
  if (failure instanceof ReadError) {
    const { space, address, reason } = failure;
    return { kind: 'read', space, address, reason };
  }
  if (failure instanceof MissingError) {
    return { kind: 'missing', what: failure.kind, name: failure.what };
  }
  if (failure instanceof CorruptError) {
    const { address } = failure;
    return { kind: 'corrupt', ...(address === undefined ? {} : { address }) };
  }
  return failure instanceof Error && failure.cause ? problemOf(failure.cause) : undefined;
}
