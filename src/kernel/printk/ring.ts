import { hex, plus, type VAddr, va } from '../../base/address.ts';
import { cString, viewOf } from '../../base/bytes.ts';
import { CorruptError, ReadError } from '../../base/errors.ts';
import { frameOf } from '../../base/pages.ts';
import type { Target } from '../core/target.ts';
import { callerOf, LogPlaces, type LogProblem, type LogRecord } from './record.ts';
import { descriptorCount, recordIds } from './ring-extent.ts';
import {
  type Ring,
  readableId,
  ringLength,
  ringPlaces,
  sequenceBits,
  sequenceOf,
} from './ring-shape.ts';

/**
 * The lockless ring buffer of printk since 5.10 (kernel/printk/printk_ringbuffer.c): a ring of descriptors, a ring
 * of infos beside it, and a ring of text. A descriptor's state word, an unsigned long, holds its id below the two highest bits.
 */

/** Every readable message, oldest first. Throws ReadError, CorruptError when the ring itself is broken. */
export function* readRingLog(target: Target): Generator<LogRecord | LogProblem, void> {
  const at = ringPlaces(target);
  const where = new LogPlaces(target);
  const ringBytes = target.kernel.read(where.pointer('prb'), at.ringSize);
  const view = viewOf(ringBytes);
  const long = (offset: number): bigint => target.kernel.wordIn(view, offset);
  const textBits = view.getUint32(at.textRing + at.sizeBits, true);
  const said = {
    target,
    at,
    descriptors: va(long(at.descRing + at.descs)),
    infos: va(long(at.descRing + at.infos)),
    text: va(long(at.textRing + at.data)),
    textSize: ringLength(textBits),
  };
  const countBits = view.getUint32(at.descRing + at.countBits, true);
  const { count, problem } = descriptorCount(said, countBits, textBits);
  if (problem !== undefined) yield { problem };
  const ring: Ring = { ...said, count };
  const head = long(at.descRing + at.headId) & at.idMask;
  const tail = long(at.descRing + at.tailId) & at.idMask;
  const records = recordIds(ring, head, tail);
  if (records.problem !== undefined) yield { problem: records.problem };
  yield* readRecords(ring, records.ids);
}

/** The records of some ids. What is lost between two of them is told once: by its first page or record. */
function* readRecords(ring: Ring, ids: Iterable<bigint>): Generator<LogRecord | LogProblem, void> {
  const unreadable = new Set<number>();
  let gap: Gap | undefined;
  for (const id of ids) {
    const slot = id % ring.count;
    const descriptor = plus(ring.descriptors, slot * BigInt(ring.at.descSize));
    const info = plus(ring.infos, slot * BigInt(ring.at.infoSize));
    // A missing page holds many records, and the ring may be far longer than what the dump has of it.
    if (unreadable.has(frameOf(descriptor)) || unreadable.has(frameOf(info))) continue;
    try {
      const record = readRecord(ring, id, descriptor, info);
      if (!record) continue;
      if (gap) yield problemOf(gap);
      gap = undefined;
      yield record;
    } catch (error) {
      if (error instanceof CorruptError) {
        gap ??= { first: error.message, pages: 0, records: 0 };
        gap.records++;
      } else if (error instanceof ReadError) {
        const page = frameOf(error.address);
        if (unreadable.has(page)) continue;
        unreadable.add(page);
        const first = `part of the log cannot be read: ${error.message}`;
        gap ??= { first, pages: 0, records: 0 };
        gap.pages++;
      } else throw error;
    }
  }
  if (gap) yield problemOf(gap);
}

/** What is lost between two records. */
interface Gap {
  /** What is wrong with the first of it. */
  readonly first: string;
  /** Pages that cannot be read. */
  pages: number;
  /** Records that are damaged. */
  records: number;
}

function problemOf({ first, pages, records }: Gap): LogProblem {
  const more = pages + records - 1;
  const unit = pages === 0 ? 'record' : records === 0 ? 'page' : 'page or record';
  const rest = more > 0 ? `, and ${more} more ${unit}${more > 1 ? 's' : ''} after it` : '';
  return { problem: `${first}${rest}`, ...(pages === 0 ? { count: records } : {}) };
}

/**
 * The record of a descriptor id; undefined when its slot has another id now, or is not readable. Throws ReadError, and
 * CorruptError for a record that contradicts itself.
 */
function readRecord(
  ring: Ring,
  id: bigint,
  descriptorAt: VAddr,
  infoAt: VAddr,
): LogRecord | undefined {
  const { target, at } = ring;
  const descriptor = target.kernel.view(descriptorAt, at.descSize);
  const long = (offset: number): bigint => target.kernel.wordIn(descriptor, offset);
  if (readableId(at, long(at.state)) !== id) return undefined;
  const bytes = target.kernel.read(infoAt, at.infoSize);
  const info = viewOf(bytes);
  const sequence = info.getBigUint64(at.sequence, true);
  const expected = sequenceOf(ring, id);
  if (BigInt.asUintN(sequenceBits(at), sequence) !== expected) {
    throw new CorruptError(
      `record ${expected} of the log is damaged: its sequence number is ${sequence}`,
      infoAt,
    );
  }
  const text = readText(
    ring,
    id,
    long(at.begin),
    long(at.next),
    info.getUint16(at.textLength, true),
  );
  return {
    sequence,
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
 * Undefined for positions that mean "no data" (both odd: FAILED_LPOS, NO_LPOS). Throws ReadError, and CorruptError when another
 * record's block is there.
 */
function readText(
  ring: Ring,
  id: bigint,
  begin: bigint,
  next: bigint,
  length: number,
): Uint8Array | undefined {
  const size = ring.textSize;
  // A block begins with its descriptor's id.
  const header = ring.at.long;
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
  const there = Math.min(length, Number(room) - header);
  if (there < 0) return new Uint8Array(0);
  const block = plus(ring.text, from);
  const owner = ring.target.kernel.word(block);
  if (owner !== id) {
    const record = `the text of record ${sequenceOf(ring, id)} of the log`;
    throw new CorruptError(`${record} is damaged: ${hex(block)} has another's`, block);
  }
  return ring.target.kernel.read(plus(block, header), there);
}
