import { MissingError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { readByteLog } from './byte-log.ts';
import type { LogProblem, LogRecord } from './record.ts';
import { readRecordLog } from './record-log.ts';
import { readRingLog } from './ring.ts';

/**
 * The kernel log from its oldest message on, in any of the kernel's formats. VMCOREINFO alone is enough where it
 * describes the log (nearly always). Throws MissingError when the log is not found, ReadError when its head is not in
 * the dump; damage inside is a {@link LogProblem} between the records.
 */
export function* readLog(target: Target): Generator<LogRecord | LogProblem, void> {
  yield* FORMATS[logFormat(target)](target);
}

/** The format of a kernel's log. */
export type LogFormat = 'ring' | 'records' | 'bytes';

const FORMATS: Record<LogFormat, (target: Target) => Iterable<LogRecord | LogProblem>> = {
  ring: readRingLog,
  records: readRecordLog,
  bytes: readByteLog,
};

/** The format of this kernel's log. Throws MissingError when there is none. */
export const logFormat = (target: Target): LogFormat => target.memo(findFormat);

function findFormat(target: Target): LogFormat {
  const has = (name: string): boolean => target.findSymbol(name) !== undefined;
  // 5.10 (896fbe20b4e2, printk: use the lockless ringbuffer).
  if (has('prb')) return 'ring';
  // 3.5 (7ff9554bb578, printk: convert byte-buffer to variable-length record buffer); up to 5.9.
  if (has('log_first_idx') && has('log_next_idx')) return 'records';
  if (has('log_buf')) return 'bytes';
  throw new MissingError(
    'symbol',
    'prb',
    'the kernel log cannot be found: no symbol "prb" or "log_buf"',
  );
}

/** Width of a caller's number with its letter: crash reads the highest pid only where the log is a ring. */
export const callerWidth = (target: Target): number =>
  logFormat(target) === 'ring' ? pidDigits(target) : WIDE;
const WIDE = 8;

/** Width of a caller's number with its letter, from the system's highest possible pid. */
function pidDigits(target: Target): number {
  const highest = highestPid(target);
  if (highest === undefined || highest > 999_999) return 8;
  return highest <= 99_999 ? 6 : 7;
}

/**
 * pid_max is a member of each pid namespace since 6.14 (7863dcc72d0f, pid: allow pid_max to be set per pid namespace).
 */
function highestPid(target: Target): number | undefined {
  const variable = target.symbols.kernel.named('pid_max');
  if (variable) return target.kernel.u32(variable.address);
  return target.types.has('pid_namespace', 'pid_max')
    ? target.global('init_pid_ns').num('pid_max')
    : undefined;
}
