import type { Target } from '../../kernel/core/target.ts';
import { type NamedPlace, placeOf } from '../../kernel/values/symbol-text.ts';
import { displayBytes } from './escape.ts';

/**
 * A place as crash names it: `schedule`, `init_task+168` (the distance in hexadecimal with radix 16), `(faulty)` for
 * the start of a module.
 */
export function namedPlaceText({ symbol, offset, isModule }: NamedPlace, radix: 10 | 16): string {
  const name = displayBytes(symbol);
  if (offset === 0) return isModule ? `(${name})` : name;
  return `${name}+${radix === 16 ? `0x${offset.toString(16)}` : offset}`;
}

/** The place that a word points into, as text; undefined where it is no address of the kernel or a module. */
export function symbolText(target: Target, word: bigint, radix: 10 | 16): string | undefined {
  const place = placeOf(target, word);
  return place && namedPlaceText(place, radix);
}
