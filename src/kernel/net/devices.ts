import { plus, type VAddr, va } from '../../base/address.ts';
import { MissingError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { walkChain, walkList } from '../lib/lists.ts';
import type { Task } from '../task/tasks.ts';

/** A network interface: struct net_device, include/linux/netdevice.h. */
export interface NetDevice {
  readonly address: VAddr;
  readonly name: string;
  /** Dotted quads, then IPv6 addresses. */
  readonly addresses: readonly string[];
}

/** An entry of the ARP cache: struct neighbour, include/net/neighbour.h. */
export interface Neighbour {
  readonly address: VAddr;
  readonly ip: string;
  /** ARPHRD_* of the device, include/uapi/linux/if_arp.h. */
  readonly hardwareType: number;
  readonly hardwareAddress: Uint8Array;
  readonly device: string;
  /** NUD_* bits. */
  readonly state: number;
}

/** Buckets of the ARP cache's hash, more than any machine has. */
const MAX_HASH_SHIFT = 20;
/** MAX_ADDR_LEN, include/linux/netdevice.h. */
const MAX_HARDWARE_ADDRESS = 32;

/** The devices of a task's network namespace, or of the first one. Throws MissingError, ReadError. */
export function* netDevices(target: Target, task?: Task): Generator<NetDevice, void> {
  const net = task ? namespaceOf(target, task) : target.symbol('init_net');
  const head = target.object('net', net).addressOf('dev_base_head');
  const link = target.types.member('net_device', 'dev_list').offset;
  for (const at of walkList(target.kernel, head)) {
    const address = va(at - BigInt(link));
    const device = target.object('net_device', address);
    yield {
      address,
      name: device.string('name'),
      addresses: [
        ...addresses4(target, device.pointer('ip_ptr')),
        ...addresses6(target, device.has('ip6_ptr') ? device.pointer('ip6_ptr') : va(0n)),
      ],
    };
  }
}

function namespaceOf(target: Target, task: Task): VAddr {
  const proxy = target.object('task_struct', task.address).follow('nsproxy');
  const net = proxy?.pointer('net_ns');
  if (net) return net;
  throw new MissingError('symbol', 'net_ns', 'the task has no network namespace any more');
}

function* addresses4(target: Target, inDevice: VAddr): Generator<string> {
  if (inDevice === 0n) return;
  const next = target.types.member('in_ifaddr', 'ifa_next').offset;
  const first = target.object('in_device', inDevice).pointer('ifa_list');
  for (const at of walkChain(target.kernel, first, next)) {
    yield ipv4Text(target.object('in_ifaddr', at).bytes('ifa_address'));
  }
}

function* addresses6(target: Target, inet6Device: VAddr): Generator<string> {
  if (inet6Device === 0n || !target.types.has('inet6_dev')) return;
  const link = target.types.member('inet6_ifaddr', 'if_list').offset;
  const head = target.object('inet6_dev', inet6Device).addressOf('addr_list');
  for (const at of walkList(target.kernel, head)) {
    yield ipv6Text(target.object('inet6_ifaddr', va(at - BigInt(link))).bytes('addr'));
  }
}

/** The entries of the ARP cache. Throws MissingError, ReadError. */
export function* neighbours(target: Target): Generator<Neighbour, void> {
  const table = target.object('neigh_table', target.symbol('arp_tbl')).follow('nht');
  if (!table) return;
  const shift = Math.min(table.num('hash_shift'), MAX_HASH_SHIFT);
  const keyAt = target.types.member('neighbour', 'primary_key').offset;
  for (const at of hashed(target, table, shift)) {
    const entry = target.object('neighbour', at);
    const device = entry.follow('dev');
    const length = Math.min(device?.num('addr_len') ?? 0, MAX_HARDWARE_ADDRESS);
    yield {
      address: at,
      ip: ipv4Text(target.kernel.read(plus(at, keyAt), 4)),
      hardwareType: device?.num('type') ?? 0,
      hardwareAddress: entry.bytes('ha').subarray(0, length),
      device: device?.string('name') ?? '',
      state: entry.num('nud_state'),
    };
  }
}

type Table = ReturnType<Target['object']>;

function* hashed(target: Target, table: Table, shift: number): Generator<VAddr> {
  const word = target.arch.pointerSize;
  // Hash chains are hlists since 6.13 (a01a67ab2fff, neighbour: Remove bare neighbour::next pointer); before, linked by
  // neighbour.next.
  const isHlist = table.has('hash_heads');
  const buckets = table.pointer(isHlist ? 'hash_heads' : 'hash_buckets');
  const link = target.types.member('neighbour', isHlist ? 'hash' : 'next').offset;
  for (let bucket = 0; bucket < 2 ** shift; bucket++) {
    const first = target.kernel.pointer(plus(buckets, bucket * word));
    for (const at of walkChain(target.kernel, first, isHlist ? 0 : link)) {
      yield isHlist ? va(at - BigInt(link)) : at;
    }
  }
}

/** Four bytes in network order as a dotted quad. */
export const ipv4Text = (bytes: Uint8Array): string => bytes.subarray(0, 4).join('.');

/** Sixteen bytes as eight groups, `::` for the first of the longest runs of zeros: RFC 5952. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = groupsOf(bytes);
  let start = 0;
  let length = 1;
  for (let from = 0; from < groups.length; from++) {
    let to = from;
    while (groups[to] === '0') to++;
    if (to - from > length) [start, length] = [from, to - from];
  }
  if (length === 1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** Sixteen bytes as eight groups, all of them. */
export const ipv6Groups = (bytes: Uint8Array): string => groupsOf(bytes).join(':');

function groupsOf(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  return Array.from({ length: 8 }, (_, group) => view.getUint16(group * 2).toString(16));
}
