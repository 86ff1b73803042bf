import type { VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import type { SlabCache } from '../mm/slab/caches.ts';
import { expressionTypes, findVariable } from '../values/variables.ts';
import type { AddressMeaning } from './describe-address.ts';

/** Address of a structure, and its type's name as `struct` takes it. */
export interface StructureAt {
  readonly type: string;
  readonly address: VAddr;
}

/**
 * Slab caches whose objects have another type than their name says: names are arguments of kmem_cache_create all over
 * the kernel. Newest type first.
 */
const CACHE_TYPES: Readonly<Record<string, readonly string[]>> = {
  inode_cache: ['inode'],
  shmem_inode_cache: ['shmem_inode_info'],
  proc_inode_cache: ['proc_inode'],
  sock_inode_cache: ['socket_alloc'],
  bdev_cache: ['bdev_inode'],
  filp: ['file'],
  files_cache: ['files_struct'],
  fs_cache: ['fs_struct'],
  signal_cache: ['signal_struct'],
  sighand_cache: ['sighand_struct'],
  cred_jar: ['cred'],
  key_jar: ['key'],
  mnt_cache: ['mount'],
  net_namespace: ['net'],
  kernfs_node_cache: ['kernfs_node'],
  // radix_tree_node is another name of xa_node since 4.20 (01959dfe771c, xarray: Define struct xa_node).
  radix_tree_node: ['xa_node', 'radix_tree_node'],
  skbuff_head_cache: ['sk_buff'],
  skbuff_fclone_cache: ['sk_buff_fclones', 'sk_buff'],
  TCP: ['tcp_sock'],
  TCPv6: ['tcp6_sock'],
  UDP: ['udp_sock'],
  UDPv6: ['udp6_sock'],
  UNIX: ['unix_sock'],
  'UNIX-STREAM': ['unix_sock'],
  RAW: ['raw_sock'],
  mqueue_inode_cache: ['mqueue_inode_info'],
  hugetlbfs_inode_cache: ['hugetlbfs_inode_info'],
  posix_timers_cache: ['k_itimer'],
  ep_head: ['epitems_head'],
  eventpoll_epi: ['epitem'],
  eventpoll_pwq: ['eppoll_entry'],
  numa_policy: ['mempolicy'],
  shared_policy_node: ['sp_node'],
  dax_cache: ['dax_device'],
  jbd2_journal_head: ['journal_head'],
  ext4_extent_status: ['extent_status'],
  ext4_pending_reservation: ['pending_reservation'],
  mbcache: ['mb_cache_entry'],
  ip_fib_alias: ['fib_alias'],
  request_sock_TCP: ['tcp_request_sock'],
  request_sock_TCPv6: ['tcp_request_sock'],
  tw_sock_TCP: ['tcp_timewait_sock'],
  tw_sock_TCPv6: ['tcp6_timewait_sock', 'tcp_timewait_sock'],
  blkdev_ioc: ['io_context'],
};

/** The structure that contains an address's target; undefined when it is unknown. Never throws CrashError. */
export function structureAt(target: Target, meaning: AddressMeaning): StructureAt | undefined {
  try {
    return FINDERS[meaning.kind]?.(target, meaning as never);
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

type Finders = {
  readonly [K in AddressMeaning['kind']]?: (
    target: Target,
    meaning: Extract<AddressMeaning, { kind: K }>,
  ) => StructureAt | undefined;
};

const FINDERS: Finders = {
  task: (_, { task }) => ({ type: 'task_struct', address: task.address }),
  page: (_, { page }) => ({ type: 'page', address: page }),
  slab: (target, { cache, object }) =>
    object === undefined ? undefined : known(target, fittingTypes(target, cache), object),
  symbol: (target, { symbol: { symbol } }) =>
    known(target, [structOf(target, symbol.name)], symbol.address),
  'per-cpu': (target, { symbol: found, copy }) =>
    found && known(target, [structOf(target, found.symbol.name)], copy),
};

/** A structure larger than the object is of another type, except those that the kernel allocates without their end. */
const fittingTypes = (target: Target, { name, objectSize }: SlabCache): readonly string[] =>
  typesOfCache(name).filter(
    (type) => type === name || (target.types.has(type) && target.types.sizeof(type) <= objectSize),
  );

/**
 * `ext4_inode_cache` holds ext4_inode_info, `bio-184` a bio; `dentry` and `vm_area_struct` hold the type of that name.
 */
function typesOfCache(name: string): readonly string[] {
  const listed = CACHE_TYPES[name];
  if (listed) return listed;
  const inode = /^(\w+)_inode(?:_cache)?$/.exec(name)?.[1];
  const fromInode = inode === undefined ? [] : [`${inode}_inode_info`, `${inode}_inode`];
  return [...fromInode, name.replace(/_(cache|cachep|slab)$|-\d+$/, ''), name];
}

function known(
  target: Target,
  names: readonly (string | undefined)[],
  address: VAddr,
): StructureAt | undefined {
  const type = names.find((name) => name !== undefined && target.types.has(name));
  return type === undefined ? undefined : { type, address };
}

/** The structure type of a variable; undefined for numbers, pointers and arrays. */
function structOf(target: Target, name: string): string | undefined {
  const variable = findVariable(target, name);
  if (variable?.type === undefined) return undefined;
  const type = expressionTypes(target).resolve(variable.type);
  return type?.kind === 'struct' && type.name !== '' ? type.name : undefined;
}
