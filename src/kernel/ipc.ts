import { type VAddr, va } from '../base/address.ts';
import { MissingError } from '../base/errors.ts';
import type { KernelObject } from './core/object.ts';
import type { Target } from './core/target.ts';
import { walkXarray } from './lib/xarray.ts';
import type { Task } from './task/tasks.ts';

/** The common part of System V objects: struct kern_ipc_perm, include/linux/ipc.h. */
export interface IpcObject {
  readonly address: VAddr;
  readonly key: number;
  readonly id: number;
  readonly uid: number;
  readonly mode: number;
}
/** struct shmid_kernel, ipc/shm.c. */
export interface SharedSegment extends IpcObject {
  readonly bytes: bigint;
  readonly attached: bigint;
  /** SHM_DEST: removed at the last detach. SHM_LOCKED: not swappable. */
  readonly isDoomed: boolean;
  readonly isLocked: boolean;
  readonly file: VAddr;
}
/** struct sem_array, ipc/sem.c. */
export interface SemaphoreArray extends IpcObject {
  readonly semaphores: number;
}
/** struct msg_queue, ipc/msg.c. */
export interface MessageQueue extends IpcObject {
  readonly bytes: bigint;
  readonly messages: bigint;
}
/** The pages of a shared segment. */
export interface SegmentPages {
  readonly inode: VAddr;
  readonly allocated: bigint;
  readonly resident: number;
  readonly swapped: number;
}

/** Indices of ipc_namespace.ids, ipc/util.h. */
const SEMAPHORES = 0;
const MESSAGES = 1;
const SEGMENTS = 2;
/** Bits of a segment's mode, include/linux/shm.h. */
const SHM_DEST = 0o1000;
const SHM_LOCKED = 0o2000;

/** Address of the IPC namespace of a task, or of the first one. Throws MissingError, ReadError. */
export function ipcNamespace(target: Target, task?: Task): VAddr {
  if (!task) return target.symbol('init_ipc_ns');
  const proxy = target.object('task_struct', task.address).follow('nsproxy');
  const found = proxy?.pointer('ipc_ns');
  if (found) return found;
  throw new MissingError('symbol', 'ipc_ns', 'the task has no IPC namespace any more');
}

/** The objects of one kind by index; each begins with its struct kern_ipc_perm. */
function* objects(
  target: Target,
  namespace: VAddr,
  kind: number,
  type: string,
  perm: string,
): Generator<{ readonly base: IpcObject; readonly object: KernelObject }> {
  const ids = target.object('ipc_namespace', namespace);
  const offset = target.types.member(type, perm).offset;
  for (const { value } of walkXarray(target, ids.addressOf(`ids[${kind}].ipcs_idr.idr_rt`))) {
    const object = target.object(type, va(value - BigInt(offset)));
    const base = {
      address: object.address,
      key: object.num(`${perm}.key`) >>> 0,
      id: object.num(`${perm}.id`),
      uid: object.num(`${perm}.uid.val`),
      mode: object.num(`${perm}.mode`),
    };
    yield { base, object };
  }
}

/** The shared memory segments. Throws ReadError, CorruptError. */
export function* sharedSegments(target: Target, namespace: VAddr): Generator<SharedSegment, void> {
  for (const { base, object } of objects(target, namespace, SEGMENTS, 'shmid_kernel', 'shm_perm')) {
    yield {
      ...base,
      bytes: object.big('shm_segsz'),
      attached: object.big('shm_nattch'),
      isDoomed: (base.mode & SHM_DEST) !== 0,
      isLocked: (base.mode & SHM_LOCKED) !== 0,
      file: object.pointer('shm_file'),
    };
  }
}

/** The semaphore arrays. Throws as {@link sharedSegments}. */
export function* semaphoreArrays(
  target: Target,
  namespace: VAddr,
): Generator<SemaphoreArray, void> {
  for (const { base, object } of objects(target, namespace, SEMAPHORES, 'sem_array', 'sem_perm')) {
    yield { ...base, semaphores: object.num('sem_nsems') };
  }
}

/** The message queues. Throws as {@link sharedSegments}. */
export function* messageQueues(target: Target, namespace: VAddr): Generator<MessageQueue, void> {
  for (const { base, object } of objects(target, namespace, MESSAGES, 'msg_queue', 'q_perm')) {
    yield { ...base, bytes: object.big('q_cbytes'), messages: object.big('q_qnum') };
  }
}

/** The pages of a segment in memory and in swap: its file in tmpfs (struct shmem_inode_info). Throws ReadError. */
export function segmentPages(target: Target, segment: SharedSegment): SegmentPages {
  const inode = target.object('file', segment.file).pointer('f_inode');
  const mapping = target.object('inode', inode).follow('i_mapping');
  const info = target.types.member('shmem_inode_info', 'vfs_inode').offset;
  const shmem = target.object('shmem_inode_info', va(inode - BigInt(info)));
  return {
    inode,
    allocated: BigInt(target.pfnOf(segment.bytes + BigInt(target.pageSize - 1))),
    resident: mapping?.num('nrpages') ?? 0,
    swapped: shmem.num('swapped'),
  };
}
