import { plus } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { LogPlaces, type LogProblem, type LogRecord, MAX_LOG } from './record.ts';

const LINE_FEED = 10;

/**
 * The byte buffer of kernels before 3.5: lines of `<level>text`, with `[seconds]` in the text. log_end counts all
 * bytes ever written; the buffer holds the last log_buf_len of them.
 */
export function* readByteLog(target: Target): Generator<LogRecord | LogProblem, void> {
  const { kernel } = target;
  const where = new LogPlaces(target);
  const size = kernel.u32(target.symbol('log_buf_len'));
  if (size === 0 || size > MAX_LOG) throw new CorruptError(`the log buffer has ${size} bytes`);
  const end = kernel.u32(target.symbol('log_end'));
  const buffer = where.pointer('log_buf');
  const start = end < size ? 0 : end & (size - 1);
  const bytes = new Uint8Array(Math.min(end, size));
  const upper = Math.min(bytes.length, size - start);
  bytes.set(kernel.read(plus(buffer, start), upper));
  if (upper < bytes.length) bytes.set(kernel.read(buffer, bytes.length - upper), upper);
  for (let from = 0; from < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, from);
    const to = feed < 0 ? bytes.length : feed;
    yield lineOf(bytes.subarray(from, to));
    from = to + 1;
  }
}

/** `<6>text`: the number is the level, with the facility above its three bits. */
function lineOf(line: Uint8Array): LogRecord {
  const head = /^<(\d{1,4})>/.exec(Buffer.from(line.subarray(0, 8)).toString('latin1'));
  return {
    sequence: undefined,
    nanoseconds: undefined,
    level: head ? Number(head[1]) & 7 : undefined,
    caller: undefined,
    text: line.subarray(head?.[0].length ?? 0).filter((byte) => byte !== 0),
    isEmpty: false,
    dictionary: [],
  };
}
