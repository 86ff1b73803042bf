import { latin1 } from '../../base/bytes.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { readLog } from '../printk/log.ts';

/** The task that the log's last report of a fault or panic names. */
export interface ReportedTask {
  readonly cpu: number;
  readonly pid: number;
  readonly comm: string;
}

/** dump_stack_print_info() of lib/dump_stack.c; UID since 6.12. */
const REPORT = /^CPU: (\d+) (?:UID: \d+ )?PID: (\d+) Comm: (.{1,15}?) (?:Tainted|Not tainted)/;

/** The last of them; undefined where the log has none. What of the log cannot be read is a loss. */
export function lastReported(target: Target): ReportedTask | undefined {
  let last: ReportedTask | undefined;
  try {
    for (const record of readLog(target)) {
      if ('problem' in record) continue;
      const found = REPORT.exec(latin1(record.text));
      if (found) last = { cpu: Number(found[1]), pid: Number(found[2]), comm: found[3] ?? '' };
    }
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'log', reason: error.message });
  }
  return last;
}
