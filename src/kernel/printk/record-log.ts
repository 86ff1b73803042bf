import { plus } from '../../base/address.ts';
import { latin1, viewOf } from '../../base/bytes.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { callerOf, LogPlaces, type LogProblem, type LogRecord, MAX_LOG } from './record.ts';

/** Bytes of the shortest record: its header. */
const MIN_RECORD = 16;

/**
 * The record buffer of 3.5 to 5.9: kernel/printk.c, struct printk_log; struct log before 3.11 (62e32ac3505a, printk:
 * rename struct log to struct printk_log). A record of length 0 says that the next one is at the buffer's start.
 */
export function* readRecordLog(target: Target): Generator<LogRecord | LogProblem, void> {
  const { kernel } = target;
  const where = new LogPlaces(target);
  const size = kernel.u32(target.symbol('log_buf_len'));
  if (size > MAX_LOG) throw new CorruptError(`the log buffer has ${size} bytes`);
  const first = kernel.u32(target.symbol('log_first_idx'));
  const next = kernel.u32(target.symbol('log_next_idx'));
  const buffer = where.pointer('log_buf');
  const at = recordLayout(target, where);
  let index = first;
  // Each step advances by a whole record, and once round the buffer at most.
  let passed = 0;
  while (index !== next) {
    if (index + at.size > size || passed > size) {
      yield { problem: 'invalid log_buf entry encountered' };
      return;
    }
    const header = kernel.view(plus(buffer, index), at.size);
    const length = header.getUint16(at.length, true);
    if (length === 0) {
      // The rest of the buffer is unused. A second such record at the start would be an endless loop.
      if (index === 0) {
        yield { problem: 'invalid log_buf entry encountered' };
        return;
      }
      passed += size - index;
      index = 0;
      continue;
    }
    if (length < MIN_RECORD || index + length > size) {
      yield { problem: 'invalid log_buf entry encountered' };
      return;
    }
    yield readRecord(kernel.read(plus(buffer, index), length), at);
    index += length;
    passed += length;
    // The last record may end where the buffer does.
    if (index === size && first > next) index = 0;
  }
}

type Layout = ReturnType<typeof recordLayout>;

function recordLayout(target: Target, where: LogPlaces) {
  const type =
    target.vmcoreinfo.size('printk_log') === undefined &&
    target.vmcoreinfo.size('log') !== undefined
      ? 'log'
      : 'printk_log';
  const dictLength = where.at(type, 'dict_len');
  const size = where.size(type);
  return {
    size,
    time: where.at(type, 'ts_nsec'),
    length: where.at(type, 'len'),
    textLength: where.at(type, 'text_len'),
    dictLength,
    // VMCOREINFO leaves these out: u8 facility, u8 flags:5 level:3, and u32 caller_id since 5.1 (15ff2069cb7f, printk:
    // Add caller information to printk() output.).
    level: dictLength + 3,
    caller: size >= dictLength + 8 ? dictLength + 4 : undefined,
  };
}

function readRecord(bytes: Uint8Array, at: Layout): LogRecord {
  const view = viewOf(bytes);
  const textEnd = Math.min(at.size + view.getUint16(at.textLength, true), bytes.length);
  const dictEnd = Math.min(textEnd + view.getUint16(at.dictLength, true), bytes.length);
  const dictionary = latin1(bytes.subarray(textEnd, dictEnd)).split('\0');
  return {
    sequence: undefined,
    nanoseconds: view.getBigUint64(at.time, true),
    level: view.getUint8(at.level) >> 5,
    caller: at.caller === undefined ? undefined : callerOf(view.getUint32(at.caller, true)),
    text: bytes.subarray(at.size, textEnd),
    isEmpty: false,
    dictionary: dictionary.filter((part) => part !== ''),
  };
}
