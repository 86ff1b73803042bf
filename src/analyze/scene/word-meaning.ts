import { hex, va } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { describeAddress } from '../../kernel/search/describe-address.ts';
import { knownWord } from '../../kernel/search/known-words.ts';
import { slabObjectAt } from './slab-object.ts';

/** A number below this is a count, a size or a flag rather than half of an address. */
const SMALL_HALF = 0x1_0000n;

/**
 * What a word in a register means, as a clause: what it points to, what pattern it is, or how it is put together. Undefined
 * for words of which nothing is known. Throws no CrashError.
 */
export function wordMeaning(target: Target, value: bigint): string | undefined {
  const known = knownWord(value);
  if (known) {
    const distance = known.offset === 0 ? '' : ` and ${known.offset} bytes`;
    return `${known.text}${distance}: ${known.why}`;
  }
  return pointerMeaning(target, value) ?? halves(value);
}

function pointerMeaning(target: Target, value: bigint): string | undefined {
  const object = slabObjectAt(target, value);
  if (object) {
    const state = object.isFree === undefined ? '' : object.isFree ? 'a free' : 'a used';
    const at = object.offset === 0 ? '' : `0x${object.offset.toString(16)} bytes into `;
    return `${at}${state || 'an'} object of ${object.cache} at ${hex(object.object)}`;
  }
  const meaning = describeAddress(target, va(value));
  switch (meaning?.kind) {
    case 'symbol':
      return `${meaning.symbol.symbol.name}+${meaning.symbol.offset}`;
    case 'stack':
      return meaning.task
        ? `on the stack of ${meaning.task.comm} (${meaning.task.pid})`
        : `on the ${meaning.stack.name} of CPU ${meaning.stack.cpu ?? '?'}`;
    case 'task':
      return `the task_struct of ${meaning.task.comm} (${meaning.task.pid})`;
    case 'page':
      return `the struct page of the frame ${hex(target.pfnAddress(meaning.pfn))}`;
    case 'per-cpu':
      return `per-CPU memory of CPU ${meaning.cpu}`;
    default:
      return undefined;
  }
}

/** Two numbers of 32 bits side by side. */
function halves(value: bigint): string | undefined {
  const low = value & 0xffff_ffffn;
  const high = value >> 32n;
  return low > 0n && high > 0n && low < SMALL_HALF && high < SMALL_HALF
    ? `two numbers of 32 bits side by side, ${low} and ${high}`
    : undefined;
}
