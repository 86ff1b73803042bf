import { plus, type VAddr } from '../base/address.ts';
import type { UnwindContext } from './types.ts';

/** No function of the kernel has a larger frame: the build warns at 2 KiB (CONFIG_FRAME_WARN). */
const MAX_FRAME_WORDS = 1024;

/**
 * The nearest word at or above `sp`, on the same stack, that a call may have left as its return address:
 * best one whose call goes to the very function at `ip`, else the first one that any call left. Undefined
 * when there is none within the largest possible frame.
 */
export function scanForReturn(
  context: UnwindContext,
  { ip, sp }: { readonly ip: VAddr; readonly sp: VAddr },
): { readonly at: VAddr; readonly by: 'call' | 'scan' } | undefined {
  const stack = context.stackOf(sp);
  if (!stack) return undefined;
  const start = context.functionStart(ip);
  const { wordSize, hasTables } = context.abi;
  let first: VAddr | undefined;
  for (let i = 0; i < MAX_FRAME_WORDS; i++) {
    const at = plus(sp, i * wordSize);
    if (at >= stack.top) break;
    const stored = context.word(at);
    if (stored === undefined) break;
    if (!context.isText(stored)) continue;
    const word = context.trueReturn(stored, at, start)?.ip ?? stored;
    const call = context.callBefore(word);
    if (!call) {
      if (context.functionStart(word) !== word && context.lacksCode(word)) first ??= at;
      continue;
    }
    if (call.target !== undefined && call.target === start) return { at, by: 'call' };
    // An indirect call may go anywhere; a direct one elsewhere only helps if nothing better comes.
    first ??= at;
    // Where all frames are found so, nothing better can come.
    if (call.target === undefined && first === at) return { at, by: hasTables ? 'scan' : 'call' };
  }
  return first === undefined ? undefined : { at: first, by: 'scan' };
}
