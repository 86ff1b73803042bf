import { plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { walkChain } from '../lib/lists.ts';

/** A registered range of character device numbers: struct char_device_struct, fs/char_dev.c. */
export interface CharacterDevice {
  readonly major: number;
  readonly name: string;
  /** 0n when each minor has its own cdev. */
  readonly cdev: VAddr;
  readonly operations: VAddr;
}

/** A registered block device number: struct blk_major_name, block/genhd.c. */
export interface BlockMajor {
  readonly major: number;
  readonly name: string;
}

/** CHRDEV_MAJOR_HASH_SIZE, BLKDEV_MAJOR_HASH_SIZE and the size of a kobj_map. */
const BUCKETS = 255;
const MINOR_BITS = 20;

/** The registered character devices by major number. Throws MissingError, ReadError. */
export function* characterDevices(target: Target): Generator<CharacterDevice, void> {
  const probes = target.memo(cdevProbes);
  for (const address of hashed(target, target.symbol('chrdevs'), 'char_device_struct')) {
    const device = target.object('char_device_struct', address);
    const major = device.num('major');
    const number = major * 2 ** MINOR_BITS + device.num('baseminor');
    const own = device.pointer('cdev');
    const cdev = own === 0n ? (probes.get(number) ?? own) : own;
    const operations = cdev === 0n ? cdev : target.object('cdev', cdev).pointer('ops');
    yield { major, name: device.string('name'), cdev, operations };
  }
}

/** The registered block device numbers, by major number. Throws MissingError, ReadError. */
export function* blockMajors(target: Target): Generator<BlockMajor, void> {
  for (const address of hashed(target, target.symbol('major_names'), 'blk_major_name')) {
    const major = target.object('blk_major_name', address);
    yield { major: major.num('major'), name: major.string('name') };
  }
}

/** Every chain of a table of pointers, bucket by bucket. */
function* hashed(target: Target, table: VAddr, type: string): Generator<VAddr> {
  const next = target.types.member(type, 'next').offset;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const first = target.kernel.pointer(plus(table, bucket * target.arch.pointerSize));
    yield* walkChain(target.kernel, first, next);
  }
}

/** The cdevs that cdev_add registered, by the first device number of each: struct kobj_map, drivers/base/map.c. */
function cdevProbes(target: Target): ReadonlyMap<number, VAddr> {
  const found = new Map<number, VAddr>();
  const map = target.kernel.pointer(target.symbol('cdev_map'));
  for (const address of hashed(target, map, 'probe')) {
    const probe = target.object('probe', address);
    found.set(probe.num('dev'), probe.pointer('data'));
  }
  return found;
}
