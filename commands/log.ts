import { MissingError } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { type AuditRecord, readAuditLog } from '../src/kernel/printk/audit-log.ts';
import { logFormat, readLog } from '../src/kernel/printk/log.ts';
import type { LogRecord } from '../src/kernel/printk/record.ts';
import { readSafeBuffers, type SafeBuffer } from '../src/kernel/printk/safe-buffers.ts';
import { bootTime } from '../src/kernel/time/clock.ts';
import {
  type LogMessage,
  type LogStyle,
  logLineText,
  safeBufferText,
} from '../src/output/task/log-lines.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  warning,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';

type Row =
  | ({ readonly kind: 'message' } & LogMessage)
  | ({ readonly kind: 'audit' } & AuditRecord)
  | ({ readonly kind: 'safe-buffer' } & SafeBuffer);

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

  *run({ flags }, { target }): Generator<Row | Notice> {
    if (flags.a) {
      yield* auditRows(target);
      return;
    }
    if (!flags.s) {
      refuseForBytes(target, flags);
      const boot = flags.T && !flags.t ? bootTime(target) : undefined;
      for (const item of readLog(target)) {
        if ('problem' in item) {
          const { problem, count } = item;
          target.losses.report({ what: 'record', reason: problem, ...(count ? { count } : {}) });
          yield warning(problem);
        } else yield messageOf(item, boot);
      }
    }
    for (const buffer of readSafeBuffers(target)) yield { kind: 'safe-buffer', ...buffer };
  },

  printer({ flags }, { widths }) {
    const style: LogStyle = {
      time: flags.t ? 'none' : flags.T ? 'date' : 'seconds',
      level: flags.m ?? false,
      callerWidth: flags.c && !flags.s && !flags.a ? widths.caller : undefined,
      dictionary: flags.d ?? false,
    };
    const safe = { header: flags.s ?? false, level: style.level, name: !flags.t };
    let before = '';
    return byKind<Row>({
      message(record, out) {
        out.line(logLineText(record, style));
      },
      audit({ type, text }, out) {
        out.line(`type=${type} ${text}`);
      },
      'safe-buffer'(buffer, out) {
        if (safe.header && buffer.name !== before) out.line(`PRINTK_SAFE_SEQ_BUF: ${buffer.name}`);
        before = buffer.name;
        out.write(safeBufferText(buffer, safe));
      },
    });
  },
});

function messageOf(record: LogRecord, boot: number | undefined): Row {
  const { buffer, byteOffset, length } = record.text;
  const text = Buffer.from(buffer, byteOffset, length).toString('latin1');
  return { kind: 'message', ...record, text, ...dateOf(record, boot) };
}

/** A message's time in seconds since 1970, when the machine's start is known and dates are asked for. */
const dateOf = (
  { nanoseconds }: LogRecord,
  boot: number | undefined,
): { readonly date?: number } =>
  boot === undefined || nanoseconds === undefined
    ? {}
    : { date: boot + Number(nanoseconds / 1_000_000_000n) };

/** The oldest format has no times and no device properties. */
function refuseForBytes(
  target: Target,
  flags: { readonly T?: true; readonly t?: true; readonly d?: true },
): void {
  if (logFormat(target) !== 'bytes') return;
  const refused = (['T', 'd', 't'] as const).find((flag) => flags[flag]);
  if (refused) throw new CommandError(`-${refused} ${NOT_SUPPORTED}`);
}

function* auditRows(target: Target) {
  let count = 0;
  try {
    for (const audit of readAuditLog(target)) {
      count++;
      yield { kind: 'audit', ...audit } satisfies Row;
    }
  } catch (failure) {
    if (failure instanceof MissingError && failure.kind === 'symbol') {
      throw new CommandError(`-a ${NOT_SUPPORTED}`);
    }
    throw failure;
  }
  if (count === 0) yield error('kernel audit log is empty');
}
