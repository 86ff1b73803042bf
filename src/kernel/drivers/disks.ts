import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { sbitmapQueue } from '../lib/sbitmap.ts';
import { walkXarray } from '../lib/xarray.ts';

/** A whole disk: struct gendisk, include/linux/blkdev.h. */
export interface Disk {
  readonly address: VAddr;
  readonly name: string;
  readonly major: number;
  /** Address of its struct request_queue. */
  readonly queue: VAddr;
  readonly operations: VAddr;
}

/** Requests that the driver has received and not finished. */
export interface InFlight {
  readonly reads: number;
  readonly writes: number;
}

/** Bound on hardware queues: there are no more than CPUs. */
const MAX_QUEUES = 8192;
/** enum mq_rq_state, include/linux/blk-mq.h. */
const MQ_RQ_IN_FLIGHT = 1;

/** The kernel's disks, in the order in which they were added. Throws MissingError, ReadError. */
export function* disks(target: Target): Generator<Disk, void> {
  const diskType = target.symbol('disk_type');
  const privateAt = target.types.member('device_private', 'knode_class.n_node').offset;
  const devices = classDevices(target, target.symbol('block_class'));
  for (const node of walkList(target.kernel, devices)) {
    const device = target.object('device_private', va(node - BigInt(privateAt))).follow('device');
    if (!device || device.pointer('type') !== diskType) continue;
    const disk = diskOf(target, device);
    yield {
      address: disk.address,
      name: disk.string('disk_name'),
      major: disk.num('major'),
      queue: disk.pointer('queue'),
      operations: disk.pointer('fops'),
    };
  }
}

/** Address of the list of a class's devices. */
function classDevices(target: Target, address: VAddr): VAddr {
  const wanted = target.object('class', address);
  if (wanted.has('p')) {
    return plus(wanted.pointer('p'), devicesAt(target));
  }
  // Since 6.4 (7b884b7f24b4, driver core: class.c: convert to only use class_to_subsys) a class does not point to its
  // private part: all of them are searched.
  const all = target.object('kset', target.kernel.pointer(target.symbol('class_kset')));
  const entry = target.types.member('subsys_private', 'subsys.kobj.entry').offset;
  for (const node of walkList(target.kernel, all.addressOf('list'))) {
    const found = target.object('subsys_private', va(node - BigInt(entry)));
    if (found.pointer('class') === address) return plus(found.address, devicesAt(target));
  }
  throw new CrashError('the block class is not among the classes of this kernel');
}

const devicesAt = (target: Target): number =>
  target.types.member('subsys_private', 'klist_devices.k_list').offset;

/** The gendisk that contains the device. */
function diskOf(target: Target, device: KernelObject): KernelObject {
  // struct block_device contains the device since 5.11 (0d02129e76ed, block: merge struct block_device and struct
  // hd_struct).
  const inside = target.findMember('block_device', 'bd_device');
  if (inside) {
    const part = va(device.address - BigInt(inside.offset));
    return target.object('gendisk', target.object('block_device', part).pointer('bd_disk'));
  }
  const offset = target.types.member('gendisk', 'part0.__dev').offset;
  return target.object('gendisk', va(device.address - BigInt(offset)));
}

/**
 * How many requests of a queue the driver has. Undefined for a queue without blk-mq. Throws ReadError, CorruptError.
 */
export function requestsInFlight(target: Target, queue: VAddr): InFlight | undefined {
  if (target.object('request_queue', queue).pointer('mq_ops') === 0n) return undefined;
  let reads = 0;
  let writes = 0;
  for (const request of eachRequest(target, queue)) {
    if (isWrite(request)) writes++;
    else reads++;
  }
  return { reads, writes };
}

/** REQ_OP_WRITE and every operation that sends data has bit 0 set. */
export const isWrite = (request: KernelObject): boolean => (request.num('cmd_flags') & 1) !== 0;

/**
 * The requests of a queue that the driver has and has not finished (struct blk_mq_tags, block/blk-mq-tag.c): objects of
 * struct request. None for a queue without blk-mq. Throws ReadError, CorruptError.
 */
export function* eachRequest(target: Target, queue: VAddr): Generator<KernelObject, void> {
  const object = target.object('request_queue', queue);
  if (object.pointer('mq_ops') === 0n) return;
  const seen = new Set<VAddr>();
  for (const context of hardwareQueues(target, object)) {
    // The driver's tags are of requests that it has; a scheduler's tags include requests that still wait.
    const tags = target.object('blk_mq_hw_ctx', context).follow('tags');
    if (!tags || seen.has(tags.address)) continue;
    seen.add(tags.address);
    for (const request of requestsOf(target, tags)) {
      if (request.pointer('q') !== queue || request.num('state') !== MQ_RQ_IN_FLIGHT) continue;
      yield request;
    }
  }
}

function* hardwareQueues(target: Target, queue: KernelObject): Generator<VAddr> {
  // The array is an xarray since 5.18 (4e5cc99e1e48, blk-mq: manage hctx map via xarray), and an array again since 6.19
  // (d0c98769ee7d, blk-mq: use array manage hctx map instead of xarray).
  if (queue.has('hctx_table')) {
    for (const { value } of walkXarray(target, queue.addressOf('hctx_table'))) yield value;
    return;
  }
  const table = queue.pointer('queue_hw_ctx');
  const count = Math.min(queue.num('nr_hw_queues'), MAX_QUEUES);
  for (let index = 0; index < count; index++) {
    const context = target.kernel.pointer(plus(table, index * target.arch.pointerSize));
    if (context !== 0n) yield context;
  }
}

function* requestsOf(target: Target, tags: KernelObject): Generator<KernelObject> {
  const word = target.arch.pointerSize;
  const table = tags.pointer('rqs');
  const reserved = tags.num('nr_reserved_tags');
  for (const [member, base] of [
    ['breserved_tags', 0],
    ['bitmap_tags', reserved],
  ] as const) {
    const pointed = target.types.resolve(tags.member(member).type).kind === 'pointer';
    const map = pointed ? tags.pointer(member) : tags.addressOf(member);
    const { bits, depth } = sbitmapQueue(target, map, () => []);
    for (let bit = 0; bit < depth; bit++) {
      if (((bits[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) continue;
      const request = target.kernel.pointer(plus(table, (base + bit) * word));
      if (request !== 0n) yield target.object('request', request);
    }
  }
}
