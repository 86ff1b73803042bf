import { latin1 } from '../../base/bytes.ts';
import type { Target } from '../core/target.ts';
import { readLog } from '../printk/log.ts';

/**
 * Lines of a dying kernel, the most informative first; the first pattern that the log has, oldest line first, is the
 * panic message.
 */
const PANIC_LINES = [
  // Newer kernels write `sysrq: Trigger a crash` and panic with another message.
  'SysRq : Crash',
  'SysRq : Trigger a crash',
  'SysRq : Netdump',
  'Kernel panic: ',
  'Kernel panic - ',
  'Kernel BUG at',
  'kernel BUG at',
  'Unable to handle kernel paging request',
  'Unable to handle kernel NULL pointer dereference',
  'BUG: unable to handle kernel ',
  'general protection fault: ',
  'double fault: ',
  'divide error: ',
  'stack segment: ',
  '[Hardware Error]: ',
  'Bad mode in ',
  'Oops: ',
] as const;

/** The line of the log with the reason of the panic; '' without one, as in the dump of a running machine. */
export const panicMessage = (target: Target): string => target.memo(findPanicMessage);

function findPanicMessage(target: Target): string {
  let best = '';
  let rank: number = PANIC_LINES.length;
  for (const record of readLog(target)) {
    if (!('text' in record)) continue;
    for (const line of latin1(record.text).split('\n')) {
      const place = PANIC_LINES.slice(0, rank).findIndex((words) => line.includes(words));
      if (place < 0) continue;
      best = line;
      rank = place;
    }
  }
  return best;
}
