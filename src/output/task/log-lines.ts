import type { LogRecord } from '../../kernel/printk/record.ts';
import type { SafeBuffer } from '../../kernel/printk/safe-buffers.ts';
import { dateText } from '../text/dates.ts';

/** What stands before a message, and what follows it. */
export interface LogStyle {
  /** `none`; seconds since boot; or the time of day. */
  readonly time: 'none' | 'seconds' | 'date';
  readonly level: boolean;
  /** Columns of a caller's number; undefined when callers are not shown. */
  readonly callerWidth: number | undefined;
  readonly dictionary: boolean;
}

/** A message of the log, as a record. */
export interface LogMessage extends Omit<LogRecord, 'text'> {
  /** The bytes of the message, one per character; may hold line feeds. */
  readonly text: string;
  /** Its time of day, in seconds since 1970, when that is wanted. */
  readonly date?: number | undefined;
}

/** What crash's log says of a message; what follows a line feed is indented to where the text begins. */
export function logLineText(record: LogMessage, style: LogStyle): string {
  const before = [timeText(record, style), callerText(record, style), levelText(record, style)];
  // Of a record without data crash prints an empty line.
  const prefix = record.isEmpty ? '' : before.join('');
  const text = printable(record.text);
  const indent = `\n${' '.repeat(prefix.length)}`;
  const lines = text.includes('\n') ? text.replaceAll('\n', indent) : text;
  if (!style.dictionary) return prefix + lines;
  const entries = record.dictionary.map((entry) => indent + printable(entry));
  return prefix + lines + entries.join('');
}

function timeText({ nanoseconds, date }: LogMessage, { time }: LogStyle): string {
  if (time === 'none' || nanoseconds === undefined) return '';
  if (time === 'date') return `[${dateText(date ?? 0)}] `;
  const seconds = Number(nanoseconds / 1_000_000_000n);
  const micros = String((nanoseconds / 1000n) % 1_000_000n).padStart(6, '0');
  return `[${String(seconds).padStart(5)}.${micros}] `;
}

function callerText({ caller }: LogMessage, { callerWidth }: LogStyle): string {
  if (callerWidth === undefined || caller === undefined) return '';
  const text = `${caller.kind === 'cpu' ? 'C' : 'T'}${caller.number}`;
  return `[${text.padStart(callerWidth)}] `;
}

const levelText = ({ level }: LogMessage, style: LogStyle): string =>
  style.level && level !== undefined ? `<${level.toString(16)}>` : '';

/** Text of a log: white space stays, everything else that is not printable becomes a dot. */
const printable = (text: string): string => text.replace(/[^\x09-\x0d\x20-\x7e]/g, '.');

/** How far crash indents what is under the header of a printk_safe buffer. */
const SAFE_INDENT = 2;
/** KERN_SOH: a level character follows. */
const SOH = 1;

/** One CPU's printk_safe buffer; with `header`, as `log -s` shows it, empty ones included. */
export function safeBufferText(
  buffer: SafeBuffer,
  style: { readonly header: boolean; readonly level: boolean; readonly name: boolean },
): string {
  const lead = style.header ? ' '.repeat(SAFE_INDENT) : style.name ? `[${buffer.name}] ` : '';
  const head = style.header
    ? `CPU: ${buffer.cpu}  ADDR: ${buffer.address.toString(16)} LEN: ${buffer.length}  MESSAGE_LOST: ${buffer.lost}\n`
    : '';
  if (buffer.bytes.length === 0) return style.header ? `${head}${lead}(empty)\n\n` : '';
  const indent = ' '.repeat(lead.length + (style.level ? 3 : 0));
  let text = head;
  let startOfLine = true;
  for (let at = 0; at < buffer.bytes.length; at++) {
    const byte = buffer.bytes[at]!;
    if (byte === SOH) {
      const level = String.fromCharCode(buffer.bytes[++at] ?? 0);
      text += (startOfLine ? '' : '\n') + lead;
      if (style.level && /[0-7c]/.test(level)) text += `<${level}>`;
      startOfLine = false;
      continue;
    }
    text += (startOfLine ? indent : '') + printable(String.fromCharCode(byte));
    startOfLine = byte === 10;
  }
  return `${text}${startOfLine ? '' : '\n'}${style.header ? '\n' : ''}`;
}
