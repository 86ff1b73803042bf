import { MissingError } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { type AuditRecord, readAuditLog } from '../src/kernel/printk/audit-log.ts';
import { logFormat, pidDigits, readLog } from '../src/kernel/printk/log.ts';
import { readSafeBuffers, type SafeBuffer } from '../src/kernel/printk/safe-buffers.ts';
import { bootTime } from '../src/kernel/time/clock.ts';
import {
  type LogLine,
  type LogStyle,
  logLine,
  logLineText,
  safeBufferText,
} from '../src/output/task/log-lines.ts';
import { CommandError, defineCommand, error, warning } from '../src/session/command/command.ts';

/** A CPU's printk_safe buffer and how it is shown. */
interface SafeRow {
  readonly safe: SafeBuffer;
  readonly header: boolean;
  readonly first: boolean;
  readonly level: boolean;
  readonly name: boolean;
}
type Row = LogLine | { readonly audit: AuditRecord } | SafeRow;

const NOT_SUPPORTED = 'option not supported or applicable on this architecture or kernel';

export default defineCommand({
  name: 'log',
  group: 'kernel',
  summary: 'dump system message buffer',
  synopsis: '[-Ttdmasc]',
  flags: {
    T: { help: 'show the time of day of each message' },
    t: { help: 'show no time' },
    d: { help: 'show what drivers said of the device' },
    m: { help: 'show the level of each message' },
    a: { help: 'show the audit messages that were not fetched' },
    s: { help: 'show the printk_safe buffers of each CPU' },
    c: { help: 'show the task or CPU that printed each message' },
  },
  operands: [
    { name: 'ignored', kind: 'text', arity: '*', help: 'words are ignored, as crash ignores them' },
  ],
  help: [
    'Prints the kernel log from its oldest message on. It needs nothing but',
    'VMCOREINFO, so it works on dumps whose symbols and types are lost.',
    '',
    'The times are those of the log itself, in seconds since boot; -T adds',
    'the time of day at which the machine was started.',
  ].join('\n'),
  examples: [
    { run: 'log | tail', on: '', shows: 'the last words of the kernel' },
    { run: 'log -T -m', on: '', shows: 'with the time of day and the level of each message' },
  ],

  *run({ flags }, { target }) {
    if (flags.a) {
      yield* auditRows(target);
      return;
    }
    if (!flags.s) {
      const style = styleOf(target, flags);
      for (const item of readLog(target)) {
        if ('problem' in item) yield warning(item.problem);
        else yield logLine(item, style);
      }
    }
    let before = '';
    for (const safe of readSafeBuffers(target)) {
      const first = safe.name !== before;
      before = safe.name;
      yield {
        safe,
        header: flags.s ?? false,
        first,
        level: flags.m ?? false,
        name: !flags.t,
      } satisfies Row;
    }
  },

  print(row: Row, out) {
    if ('prefix' in row) out.line(logLineText(row));
    else if ('audit' in row) out.line(`type=${row.audit.type} ${row.audit.text}`);
    else {
      if (row.header && row.first) out.line(`PRINTK_SAFE_SEQ_BUF: ${row.safe.name}`);
      out.write(safeBufferText(row.safe, row));
    }
  },
});

interface StyleFlags {
  readonly T?: true;
  readonly t?: true;
  readonly d?: true;
  readonly m?: true;
  readonly c?: true;
}

function styleOf(target: Target, flags: StyleFlags): LogStyle {
  const format = logFormat(target);
  if (format === 'bytes') {
    const refused = (['T', 'd', 't'] as const).find((flag) => flags[flag]);
    if (refused) throw new CommandError(`-${refused} ${NOT_SUPPORTED}`);
  }
  const time = flags.t ? 'none' : flags.T ? 'date' : 'seconds';
  return {
    time,
    bootTime: time === 'date' ? bootTime(target) : 0,
    level: flags.m ?? false,
    callerWidth: flags.c ? (format === 'ring' ? pidDigits(target) : WIDE) : undefined,
    dictionary: flags.d ?? false,
  };
}
/** Columns that crash gives a caller where it does not ask for pid_max. */
const WIDE = 8;

function* auditRows(target: Target) {
  let count = 0;
  try {
    for (const audit of readAuditLog(target)) {
      count++;
      yield { audit } satisfies Row;
    }
  } catch (failure) {
    if (failure instanceof MissingError && failure.kind === 'symbol') {
      throw new CommandError(`-a ${NOT_SUPPORTED}`);
    }
    throw failure;
  }
  if (count === 0) yield error('kernel audit log is empty');
}
