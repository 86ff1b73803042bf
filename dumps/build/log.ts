import type { Kernel } from './kernel.ts';
import { PAGE, u64Bytes, wordBytes } from './ram.ts';

/** One record of the kernel's log; text may hold newlines. */
export interface LogLine {
  /** Seconds after boot. */
  readonly at: number;
  readonly text: string;
  /** 0 emergency to 7 debug; 6 when left out. */
  readonly level?: number;
  readonly facility?: number;
  /** The printing task's pid, or 0x80000000 + CPU (CONFIG_PRINTK_CALLER). */
  readonly caller?: number;
  /** SUBSYSTEM= and DEVICE= of dev_printk(). */
  readonly subsystem?: string;
  readonly device?: string;
}

const FINALIZED = 2n;
const REUSABLE = 3n;
const STATE_SHIFT = 62n;
const ID_MASK = (1n << STATE_SHIFT) - 1n;

/** Lines of text as records: every line, `step` seconds later than the one before. */
export const logLines = (from: number, text: string, step = 0): LogLine[] =>
  text
    .replace(/^\n|\n$/g, '')
    .split('\n')
    .map((line, i) => ({ at: from + i * step, text: line }));

/** Writes the log in the release's own way. */
export function buildLog(kernel: Kernel, lines: readonly LogLine[]): void {
  if (kernel.release.log === 'ring') buildRing(kernel, lines);
  else buildBuffer(kernel, lines);
}

const nanoseconds = (at: number): bigint => BigInt(Math.round(at * 1_000_000)) * 1000n;
/** Room for twice the records, a power of two. */
const powerFor = (need: number, least: number): number =>
  Math.max(least, Math.ceil(Math.log2(need)));

/**
 * The lockless ring (kernel/printk/printk_ringbuffer.h, since 5.10): descriptors and infos by number modulo their count,
 * texts as blocks that begin with the number. Numbers and positions begin below zero, so that the first wrap comes soon.
 * `capacityBits` small enough makes it wrap: only the newest records stay.
 */
export function buildRing(
  kernel: Kernel,
  lines: readonly LogLine[],
  capacityBits?: { descriptors: number; text: number },
): void {
  const { machine, types } = kernel;
  const texts = lines.map(({ text }) => Buffer.from(text, 'latin1'));
  const blockSize = (text: Uint8Array): number => Math.ceil((8 + text.length) / 8) * 8;
  const need = texts.reduce((sum, text) => sum + blockSize(text), 0);
  const countBits = capacityBits?.descriptors ?? powerFor(2 * (lines.length + 1), 8);
  const sizeBits = capacityBits?.text ?? powerFor(2 * (need + 1), 12);
  const count = 2 ** countBits;
  const size = 2 ** sizeBits;
  const sizeOf = (type: string) => types.sizeof(type);
  const pages = (bytes: number) => machine.pages(Math.ceil(bytes / PAGE));
  const descs = pages(count * sizeOf('prb_desc'));
  const infos = pages(count * sizeOf('printk_info'));
  const data = pages(size);
  const first = BigInt.asUintN(62, -BigInt(count));
  machine.thing('prb_desc', descs + BigInt((count - 1) * sizeOf('prb_desc'))).set({
    'state_var.counter': ((first - 1n) & ID_MASK) | (REUSABLE << STATE_SHIFT),
    'text_blk_lpos.begin': 1n,
    'text_blk_lpos.next': 1n,
  });
  let position = BigInt.asUintN(64, -BigInt(size));
  const start = position;
  for (const [i, line] of lines.entries()) {
    const text = texts[i] as Uint8Array;
    const slot = i % count;
    const id = (first + BigInt(i)) & ID_MASK;
    let begin = position;
    const length = BigInt(blockSize(text));
    // A block that would cross the end begins at the start instead; the rest is unused.
    if (begin / BigInt(size) !== (begin + length - 1n) / BigInt(size))
      begin = (begin / BigInt(size) + 1n) * BigInt(size);
    const wrapped = BigInt.asUintN(64, begin);
    const at = data + (wrapped % BigInt(size));
    machine.write(at, u64Bytes(id));
    machine.write(at + 8n, text);
    const next = BigInt.asUintN(64, begin + length);
    machine.thing('prb_desc', descs + BigInt(slot * sizeOf('prb_desc'))).set({
      'state_var.counter': id | (FINALIZED << STATE_SHIFT),
      'text_blk_lpos.begin': position,
      'text_blk_lpos.next': next,
    });
    machine.thing('printk_info', infos + BigInt(slot * sizeOf('printk_info'))).set({
      seq: i,
      ts_nsec: nanoseconds(line.at),
      text_len: text.length,
      facility: line.facility ?? 0,
      level: line.level ?? 6,
      caller_id: line.caller ?? 0,
      'dev_info.subsystem': line.subsystem ?? '',
      'dev_info.device': line.device ?? '',
    });
    position = next;
  }
  const wrappedBy = lines.length > count ? lines.length - count : undefined;
  const tail = wrappedBy === undefined ? first - 1n : first + BigInt(wrappedBy);
  const ring = machine.variable('printk_rb_static', 'printk_ringbuffer', {
    'desc_ring.count_bits': countBits,
    'desc_ring.descs': descs,
    'desc_ring.infos': infos,
    'desc_ring.head_id.counter': (first + BigInt(lines.length - 1)) & ID_MASK,
    'desc_ring.tail_id.counter': tail & ID_MASK,
    'text_data_ring.size_bits': sizeBits,
    'text_data_ring.data': data,
    'text_data_ring.head_lpos.counter': position,
    'text_data_ring.tail_lpos.counter': start,
  });
  machine.word('prb', ring.address);
  machine.variable('clear_seq', 'latched_seq');
}

/** struct printk_log of kernel/printk/printk.c, 3.5 to 5.9. */
const RECORD = 16;

/** The buffer of records, each with its length before it; a zero length means: go on at the start. */
export function buildBuffer(kernel: Kernel, lines: readonly LogLine[]): void {
  const { machine } = kernel;
  const parts = lines.map((line) => {
    const text = Buffer.from(line.text, 'latin1');
    const length = Math.ceil((RECORD + text.length) / 8) * 8;
    const record = new Uint8Array(length);
    record.set(u64Bytes(nanoseconds(line.at)));
    record.set(wordBytes(length, 2), 8);
    record.set(wordBytes(text.length, 2), 10);
    record[14] = line.facility ?? 0;
    record[15] = (line.level ?? 6) << 5;
    record.set(text, RECORD);
    return record;
  });
  const bytes = Buffer.concat(parts);
  const size = 2 ** powerFor(bytes.length + RECORD, 16);
  const address = machine.pages(size / PAGE);
  machine.write(address, bytes);
  machine.word('log_buf', address);
  machine.data('log_buf_len', wordBytes(size, 4));
  machine.data('log_first_idx', wordBytes(0, 4));
  machine.data('log_next_idx', wordBytes(bytes.length, 4));
  machine.data('clear_idx', wordBytes(0, 4));
  machine.word('log_first_seq', 0);
  machine.word('log_next_seq', lines.length);
}
