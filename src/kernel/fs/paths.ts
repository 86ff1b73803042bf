import { hex, type VAddr, va } from '../../base/address.ts';
import { CorruptError, ReadError } from '../../base/errors.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';

/** NAME_MAX is 255; pseudo filesystems have longer names. */
const MAX_NAME = 4096;

/** A dentry and the mount through which it is seen (struct path, include/linux/path.h). */
export interface KernelPath {
  readonly dentry: VAddr;
  /** Address of the struct vfsmount; 0n when it is unknown: the path then ends at the filesystem's root. */
  readonly mount: VAddr;
}

/** `struct file` -> its path. */
export function pathOfFile(target: Target, file: VAddr): KernelPath {
  const object = target.object('file', file);
  return { dentry: object.pointer('f_path.dentry'), mount: object.pointer('f_path.mnt') };
}

/**
 * The full name of a dentry: its names up to the filesystem's root, then up through the mounts. A dentry outside any
 * tree (pipe, socket, `anon_hugepage`) has its own name alone; `''` when the dentry is NULL. Where an unreadable or impossible
 * one is above, the name begins with `.../`, and its start is a loss. Throws ReadError when the dentry itself is not in the dump.
 */
export function pathName(target: Target, path: KernelPath): string {
  if (path.dentry === 0n) return '';
  const names: string[] = [];
  let dentry = target.object('dentry', path.dentry);
  let mount = path.mount === 0n ? undefined : mountOf(target, path.mount);
  const seen = new Set<VAddr>();
  const partial = (): string => names.reverse().join('/');
  for (;;) {
    try {
      const parent = dentry.pointer('d_parent');
      if (parent !== dentry.address) {
        if (seen.has(dentry.address)) throw circleOf('d_parent', dentry);
        seen.add(dentry.address);
        names.push(nameOf(target, dentry));
        dentry = target.object('dentry', parent);
        continue;
      }
      const root = nameOf(target, dentry);
      if (root !== '/') names.push(root);
      const above = mount?.pointer('mnt_parent');
      if (!mount || above === undefined || above === mount.address) {
        return root === '/' ? `/${partial()}` : partial();
      }
      if (seen.has(mount.address)) throw circleOf('mnt_parent', mount);
      seen.add(mount.address);
      // The path continues with the mountpoint's names.
      dentry = target.object('dentry', mount.pointer('mnt_mountpoint'));
      mount = target.object(mount.type, above);
    } catch (error) {
      // The names of a circle say nothing, but for the first.
      const isCircle = error instanceof CorruptError;
      if (!(error instanceof ReadError || isCircle) || names.length === 0) throw error;
      const reason = error.message;
      const known = `.../${isCircle ? names[0] : partial()}`;
      target.losses.report({ what: `start of the path "${known}"`, count: 1, reason });
      return known;
    }
  }
}

const circleOf = (member: string, { type, address }: KernelObject): CorruptError =>
  new CorruptError(`${member} of ${type} ${hex(address)} leads back to it`, address);

/** The last name of a path. */
function nameOf(target: Target, dentry: KernelObject): string {
  const length = Math.min(dentry.num('d_name.len'), MAX_NAME);
  if (length === 0) return '';
  return target.kernel.cstring(dentry.pointer('d_name.name'), length);
}

/** struct mount contains the vfsmount since 3.3; before, there was only vfsmount. */
function mountOf(target: Target, vfsmount: VAddr): KernelObject {
  const inside = target.findMember('mount', 'mnt');
  return inside
    ? target.object('mount', va(vfsmount - BigInt(inside.offset)))
    : target.object('vfsmount', vfsmount);
}

/** The full name of an open file; '' for NULL. */
export const fileName = (target: Target, file: VAddr): string =>
  file === 0n ? '' : pathName(target, pathOfFile(target, file));

/** The device of a struct vfsmount: `/dev/vda1`, `devtmpfs`. */
export const mountDevice = (target: Target, vfsmount: VAddr): string =>
  vfsmount === 0n ? '' : mountOf(target, vfsmount).string('mnt_devname');
