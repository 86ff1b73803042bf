import { plus, type VAddr, va } from '../../base/address.ts';
import { cString, viewOf } from '../../base/bytes.ts';
import { CorruptError, ReadError } from '../../base/errors.ts';
import { roomInPage } from '../../base/pages.ts';
import type { Target } from '../core/target.ts';
import { callerOf, LogPlaces, type LogProblem, type LogRecord } from './record.ts';

/**
 * The lockless ring buffer of printk since 5.10 (kernel/printk/printk_ringbuffer.c): a ring of descriptors, a ring
 * of infos beside it, and a ring of text. A descriptor's state word holds its id in the low 62 bits.
 */

/** The two highest bits of a descriptor's state word. */
const STATE_SHIFT = 62n;
const ID_MASK = (1n << STATE_SHIFT) - 1n;
/** Records that can be read: committed, or finalized. Reserved ones are being written, reusable ones are free. */
const COMMITTED = 1n;
const FINALIZED = 2n;
/** log_buf_len= goes up to 2 GiB of text; descriptors are fewer than bytes. */
const MAX_RING_BITS = 31;
/** No structure of the log is near as large. */
const MAX_STRUCT = 65_536;
/** A data block begins with its descriptor's id. */
const BLOCK_HEADER = 8;

interface Ring {
  readonly target: Target;
  readonly descriptors: VAddr;
  readonly infos: VAddr;
  readonly count: bigint;
  readonly text: VAddr;
  readonly textSize: bigint;
  readonly at: ReturnType<typeof places>;
}

/** Every readable message, oldest first. Throws ReadError, CorruptError when the ring itself is broken. */
export function* readRingLog(target: Target): Generator<LogRecord | LogProblem, void> {
  const at = places(target);
  const where = new LogPlaces(target);
  const ringBytes = target.kernel.read(where.pointer('prb'), at.ringSize);
  const view = viewOf(ringBytes);
  const ring: Ring = {
    target,
    at,
    descriptors: va(view.getBigUint64(at.descRing + at.descs, true)),
    infos: va(view.getBigUint64(at.descRing + at.infos, true)),
    count: ringLength(view.getUint32(at.descRing + at.countBits, true)),
    text: va(view.getBigUint64(at.textRing + at.data, true)),
    textSize: ringLength(view.getUint32(at.textRing + at.sizeBits, true)),
  };
  const head = view.getBigUint64(at.descRing + at.headId, true) & ID_MASK;
  const tail = view.getBigUint64(at.descRing + at.tailId, true) & ID_MASK;
  // Ids count on beyond the ring's length, and wrap at 2^62.
  const last = (head - tail) & ID_MASK;
  if (last >= ring.count) {
    yield {
      problem: `the log's descriptors run from ${tail} to ${head}, more than its ${ring.count}`,
    };
  }
  const length = last < ring.count ? last + 1n : ring.count;
  const first = last < ring.count ? tail : (head + 1n - ring.count) & ID_MASK;
  let unreadable = '';
  for (let step = 0n; step < length; step++) {
    try {
      const record = readRecord(ring, (first + step) & ID_MASK);
      if (record) yield record;
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      // A missing page holds many records: reported once.
      const problem = `part of the log cannot be read: ${error.message.replace(/: [^:]*$/, '')}`;
      if (problem !== unreadable) yield { problem };
      unreadable = problem;
      step += skippable(ring, error.address, (first + step) & ID_MASK);
    }
  }
}

/** The number of records after `id` with their descriptor or info in the unreadable page. */
function skippable(ring: Ring, failed: bigint, id: bigint): bigint {
  const slot = id % ring.count;
  for (const [start, size] of [
    [ring.descriptors, BigInt(ring.at.descSize)],
    [ring.infos, BigInt(ring.at.infoSize)],
  ] as const) {
    const at = start + slot * size;
    if (failed < at || failed >= at + size) continue;
    const here = (failed + BigInt(roomInPage(failed)) - at) / size;
    // Not beyond the end of the ring, where the next record is at its start.
    const left = ring.count - slot - 1n;
    return here < 1n ? 0n : here - 1n < left ? here - 1n : left;
  }
  return 0n;
}

function ringLength(bits: number): bigint {
  if (bits > MAX_RING_BITS) throw new CorruptError(`the log has a ring of 2^${bits} entries`);
  return 1n << BigInt(bits);
}

function places(target: Target) {
  const where = new LogPlaces(target);
  const at = {
    ringSize: where.size('printk_ringbuffer'),
    descRing: where.at('printk_ringbuffer', 'desc_ring'),
    textRing: where.at('printk_ringbuffer', 'text_data_ring'),
    countBits: where.at('prb_desc_ring', 'count_bits'),
    descs: where.at('prb_desc_ring', 'descs'),
    infos: where.at('prb_desc_ring', 'infos'),
    headId: where.at('prb_desc_ring', 'head_id'),
    tailId: where.at('prb_desc_ring', 'tail_id'),
    descSize: where.size('prb_desc'),
    state: where.at('prb_desc', 'state_var'),
    begin: where.at('prb_desc', 'text_blk_lpos') + where.at('prb_data_blk_lpos', 'begin'),
    next: where.at('prb_desc', 'text_blk_lpos') + where.at('prb_data_blk_lpos', 'next'),
    infoSize: where.size('printk_info'),
    sequence: where.at('printk_info', 'seq'),
    time: where.at('printk_info', 'ts_nsec'),
    textLength: where.at('printk_info', 'text_len'),
    caller: where.at('printk_info', 'caller_id'),
    // VMCOREINFO leaves level out. The flags (5 bits) and level (3) follow the facility, behind text_len.
    level: where.at('printk_info', 'text_len') + 3,
    subsystem: where.at('printk_info', 'dev_info') + where.at('dev_printk_info', 'subsystem'),
    device: where.at('printk_info', 'dev_info') + where.at('dev_printk_info', 'device'),
    deviceEnd: where.at('printk_info', 'dev_info') + where.size('dev_printk_info'),
    sizeBits: where.at('prb_data_ring', 'size_bits'),
    data: where.at('prb_data_ring', 'data'),
  };
  const inRing = [at.countBits, at.descs, at.infos, at.headId, at.tailId].map(
    (to) => at.descRing + to,
  );
  checkInside('printk_ringbuffer', at.ringSize, [
    ...inRing,
    at.textRing + at.sizeBits,
    at.textRing + at.data,
  ]);
  checkInside('prb_desc', at.descSize, [at.state, at.begin, at.next]);
  checkInside('printk_info', at.infoSize, [at.sequence, at.time, at.textLength - 4, at.caller - 4]);
  return at;
}

/** Offsets come from a note that may be damaged, as the size does: words of 8 bytes must lie inside. */
function checkInside(type: string, size: number, members: readonly number[]): void {
  if (size <= MAX_STRUCT && members.every((member) => member + 8 <= size)) return;
  throw new CorruptError(`${type} of ${size} bytes has members beyond its end`);
}

/** The record of a descriptor id; undefined when its slot has another id now, or is not readable. */
function readRecord(ring: Ring, id: bigint): LogRecord | undefined {
  const { target, at } = ring;
  const slot = id % ring.count;
  const descriptor = target.kernel.view(
    plus(ring.descriptors, slot * BigInt(at.descSize)),
    at.descSize,
  );
  const state = descriptor.getBigUint64(at.state, true);
  if ((state & ID_MASK) !== id) return undefined;
  if (state >> STATE_SHIFT !== COMMITTED && state >> STATE_SHIFT !== FINALIZED) return undefined;
  const bytes = target.kernel.read(plus(ring.infos, slot * BigInt(at.infoSize)), at.infoSize);
  const info = viewOf(bytes);
  const text = readText(
    ring,
    descriptor.getBigUint64(at.begin, true),
    descriptor.getBigUint64(at.next, true),
    info.getUint16(at.textLength, true),
  );
  return {
    sequence: info.getBigUint64(at.sequence, true),
    nanoseconds: info.getBigUint64(at.time, true),
    level: info.getUint8(at.level) >> 5,
    caller: callerOf(info.getUint32(at.caller, true)),
    text: text ?? new Uint8Array(0),
    isEmpty: text === undefined,
    dictionary: [
      ...entry('SUBSYSTEM', bytes.subarray(at.subsystem, at.device)),
      ...entry('DEVICE', bytes.subarray(at.device, at.deviceEnd)),
    ],
  };
}

const entry = (key: string, bytes: Uint8Array): string[] => {
  const value = cString(bytes);
  return value === '' ? [] : [`${key}=${value}`];
};

/**
 * The text between two logical positions. A block that does not fit before the ring's end lies at its start instead.
 * Undefined for positions that mean "no data" (both odd: FAILED_LPOS, NO_LPOS).
 */
function readText(ring: Ring, begin: bigint, next: bigint, length: number): Uint8Array | undefined {
  const size = ring.textSize;
  const to = next % size;
  let from = begin % size;
  if (from === to) return undefined;
  let room = to - from;
  if (from > to) {
    // 6.18 lets a block end exactly where the ring does; any other that runs over the end begins at the start.
    if (to === 0n) room = size - from;
    else {
      from = 0n;
      room = to;
    }
  }
  const there = Math.min(length, Number(room) - BLOCK_HEADER);
  if (there <= 0) return new Uint8Array(0);
  return ring.target.kernel.read(plus(ring.text, from + BigInt(BLOCK_HEADER)), there);
}
