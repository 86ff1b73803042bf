import { plus, type VAddr, va } from '../../base/address.ts';
import { MissingError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { walkRbTree } from '../lib/rbtree.ts';
import { type Task, taskOfPid, taskTable } from '../task/tasks.ts';
import { mountDevice, pathName } from './paths.ts';

/** A mounted file system: struct mount, fs/mount.h. */
export interface Mount {
  readonly address: VAddr;
  /** Its struct vfsmount, to which paths point. */
  readonly vfsmount: VAddr;
  readonly superblock: VAddr;
  readonly type: string;
  readonly device: string;
  readonly directory: string;
}

/** The task with the machine's own mounts: init, or the idle task of the first CPU when init has exited. */
function firstTask(target: Target): Task | undefined {
  return taskOfPid(target, 1) ?? taskTable(target).tasks[0];
}

/** The mounts that a task sees, lazily, in the order of its namespace. Throws ReadError, MissingError. */
export function* mountsOf(target: Target, task = firstTask(target)): Generator<Mount, void> {
  const proxy = task && target.object('task_struct', task.address).follow('nsproxy');
  const namespace = proxy?.follow('mnt_ns');
  if (!namespace) {
    throw new MissingError('symbol', 'mnt_ns', 'the task has no mount namespace any more');
  }
  const node = target.findMember('mount', 'mnt_node');
  // The list of a namespace is a tree since 6.8 (2eea9ce4310d, mounts: keep list of mounts in an rbtree).
  if (node) {
    for (const at of walkRbTree(target, namespace.addressOf('mounts'))) {
      yield readMount(target, va(at - BigInt(node.offset)));
    }
    return;
  }
  const link = target.types.member('mount', 'mnt_list').offset;
  for (const at of walkList(target.kernel, namespace.addressOf('list'))) {
    yield readMount(target, va(at - BigInt(link)));
  }
}

/** Reads a struct mount. Throws ReadError. */
export function readMount(target: Target, address: VAddr): Mount {
  const mount = target.object('mount', address);
  const vfsmount = plus(address, target.types.member('mount', 'mnt').offset);
  const superblock = mount.pointer('mnt.mnt_sb');
  const type = target.object('super_block', superblock).follow('s_type');
  return {
    address,
    vfsmount,
    superblock,
    type: type ? target.kernel.cstring(type.pointer('name'), 64) : '',
    device: mountDevice(target, vfsmount),
    directory: pathName(target, { dentry: mount.pointer('mnt.mnt_root'), mount: vfsmount }),
  };
}

/** A mount of the file system that a dentry belongs to, which makes its whole path known. */
export function mountOfSuperblock(target: Target, superblock: VAddr): Mount | undefined {
  for (const mount of mountsOf(target)) if (mount.superblock === superblock) return mount;
  return undefined;
}
