import type { VAddr } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { LogPlaces } from './record.ts';

/** A descriptor's state word is an unsigned long; its two highest bits are the record's stage. */
const STAGE_BITS = 2;
/** A sequence number is compared by so many of its bits, or by as many as an id has. */
const SEQUENCE_BITS = 32;
/** Records that can be read: committed, or finalized. Reserved ones are being written, reusable ones are free. */
const COMMITTED = 1n;
const FINALIZED = 2n;
/** log_buf_len= goes up to 2 GiB of text; descriptors are fewer than bytes. */
const MAX_RING_BITS = 31;
/** No structure of the log is near as large. */
const MAX_STRUCT = 65_536;
/** The arrays of a ring. */
export interface Ring {
  readonly target: Target;
  readonly descriptors: VAddr;
  readonly infos: VAddr;
  readonly count: bigint;
  readonly text: VAddr;
  readonly textSize: bigint;
  readonly at: ReturnType<typeof ringPlaces>;
}

/** Entries of a ring of 2^bits. Throws CorruptError for more than any has. */
export function ringLength(bits: number): bigint {
  if (bits > MAX_RING_BITS) throw new CorruptError(`the log has a ring of 2^${bits} entries`);
  return 1n << BigInt(bits);
}

/** Sizes and offsets of the ring's structures. Throws CorruptError when they contradict each other, MissingError. */
export function ringPlaces(target: Target) {
  const where = new LogPlaces(target);
  const long = target.kernel.pointerSize;
  const idBits = 8 * long - STAGE_BITS;
  const at = {
    /** Bytes of an unsigned long: of ids, logical positions and the head of a block of text. */
    long,
    idBits,
    /** A state word without its stage. */
    idMask: (1n << BigInt(idBits)) - 1n,
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
  checkInside('printk_ringbuffer', at.ringSize, long, [
    ...inRing,
    at.textRing + at.sizeBits,
    at.textRing + at.data,
  ]);
  checkInside('prb_desc', at.descSize, long, [at.state, at.begin, at.next]);
  const inInfo = [at.sequence, at.time, at.textLength - 4, at.caller - 4];
  checkInside('printk_info', at.infoSize, 8, inInfo);
  return at;
}

/** Offsets come from a note that may be damaged, as the size does: words of that many bytes must lie inside. */
function checkInside(type: string, size: number, word: number, members: readonly number[]): void {
  if (size <= MAX_STRUCT && members.every((member) => member >= 0 && member + word <= size)) return;
  throw new CorruptError(`${type} of ${size} bytes has members beyond its end`);
}

/** The id of a descriptor's state word, when its record can be read: committed or finalized. */
export function readableId({ idBits, idMask }: Places, state: bigint): bigint | undefined {
  const stage = state >> BigInt(idBits);
  return stage === COMMITTED || stage === FINALIZED ? state & idMask : undefined;
}

/** What {@link ringPlaces} gives. */
type Places = ReturnType<typeof ringPlaces>;

/** The bits of a sequence number that {@link sequenceOf} gives. */
export const sequenceBits = ({ idBits }: Places): number => Math.min(SEQUENCE_BITS, idBits);

/**
 * The low bits of the sequence number that a record's id has. Both count on with each record, from 0 and from one round
 * below 0 (prb_reserve and DESC0_ID, kernel/printk/printk_ringbuffer.[ch]); that round is of 32 bits where the
 * number of descriptors is an unsigned int, and of as many as an id has where these are fewer.
 */
export const sequenceOf = ({ at, count }: Ring, id: bigint): bigint =>
  BigInt.asUintN(sequenceBits(at), id + count);

/** Where a record's id stands among those of a ring, over the wrap of ids. */
export const ageOf = ({ at, count }: Ring, id: bigint): bigint => (id + count) & at.idMask;
