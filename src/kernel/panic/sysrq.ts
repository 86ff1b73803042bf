import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { panicTask, stackSize } from './panic.ts';

/** Was the panic asked for with sysrq-c? sysrq_handle_crash (drivers/tty/sysrq.c) is then on the panicking stack. */
export const panickedBySysrq = (target: Target): boolean => target.memo(findSysrq);

function findSysrq(target: Target): boolean {
  const task = panicTask(target);
  try {
    const symbol = target.symbols.named('sysrq_handle_crash');
    const next = symbol && target.symbols.next(symbol);
    if (!task || !symbol || !next) return false;
    const bytes = target.kernel.read(task.stack, stackSize(target));
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const word = words.getBigUint64(at, true);
      if (word > symbol.address && word < next.address) return true;
    }
    return false;
  } catch (error) {
    // A stack that is not in the dump does not say how the machine died.
    if (error instanceof CrashError) return false;
    throw error;
  }
}
