import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { roomInPage } from '../../base/pages.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import { walkXarray } from '../lib/xarray.ts';
import type { Task } from '../task/tasks.ts';
import { type KernelPath, pathName, pathOfFile } from './paths.ts';

/** A name in a file system: struct dentry and the inode that it names (include/linux/dcache.h, fs.h). */
export interface NamedInode {
  readonly dentry: VAddr;
  /** Address of the inode; 0n for a negative dentry. */
  readonly inode: VAddr;
  readonly superblock: VAddr;
  /** `REG`, `DIR`, `CHR` ... `UNKN`. */
  readonly type: string;
  readonly path: string;
}

/** One open file descriptor. */
export interface OpenFile extends NamedInode {
  readonly fd: number;
  readonly file: VAddr;
}

/** Root, working directory and files of a task; undefined once it has released them. */
export interface TaskFiles {
  readonly root: string | undefined;
  readonly workingDirectory: string | undefined;
}

/** S_IFMT of include/uapi/linux/stat.h. */
const TYPES: Readonly<Record<number, string>> = {
  1: 'FIFO',
  2: 'CHR',
  4: 'DIR',
  6: 'BLK',
  8: 'REG',
  10: 'LNK',
  12: 'SOCK',
};

/** Descriptors read at a time. */
const WORD_BITS = 64;
/** Descriptors that fail one after another before the table is given up. */
const MAX_BROKEN = 1024;
/** fs.nr_open may be raised to this (sysctl_nr_open_max, fs/file.c). */
const MAX_DESCRIPTORS = 0x4000_0000;

/** Root and working directory of a task: struct fs_struct. Throws ReadError. */
export function taskDirectories(target: Target, task: Task): TaskFiles {
  const fs = target.object('task_struct', task.address).follow('fs');
  if (!fs) return { root: undefined, workingDirectory: undefined };
  const name = (member: string): string =>
    pathName(target, {
      dentry: fs.pointer(`${member}.dentry`),
      mount: fs.pointer(`${member}.mnt`),
    });
  return { root: name('root'), workingDirectory: name('pwd') };
}

/**
 * The open files of a task by descriptor, lazily: struct files_struct and its fdtable, include/linux/fdtable.h. A file
 * that cannot be followed is a loss, as is a page of the table. Throws ReadError when the table's head is not in the dump.
 */
export function* openFiles(target: Target, task: Task): Generator<OpenFile, void> {
  const table = target.object('task_struct', task.address).follow('files')?.follow('fdt');
  if (!table) return;
  const { losses, kernel } = target;
  const lose = (what: string, count: number, error: unknown): void => {
    if (!(error instanceof CrashError)) throw error;
    losses.report({ what: `${what} of pid ${task.pid}`, count, reason: error.message });
  };
  const limit = descriptorLimit(target, table, task);
  const open = table.pointer('open_fds');
  const files = table.pointer('fd');
  const wordSize = target.arch.pointerSize;
  let broken = 0;
  for (let base = 0; base < limit; base += WORD_BITS) {
    const at = plus(open, base / 8);
    let set: bigint;
    try {
      set = kernel.u64(at);
    } catch (error) {
      lose('page of open descriptors', 1, error);
      // The words on the same page are as unreadable.
      base += Math.floor((roomInPage(at) - 1) / 8) * WORD_BITS;
      continue;
    }
    for (let bit = 0; set >> BigInt(bit) !== 0n && base + bit < limit; bit++) {
      if (((set >> BigInt(bit)) & 1n) === 0n) continue;
      const fd = base + bit;
      try {
        const file = kernel.pointer(plus(files, fd * wordSize));
        if (file !== 0n) yield { fd, file, ...fileTarget(target, file) };
        broken = 0;
      } catch (error) {
        lose(`fd ${fd}`, 1, error);
        if (++broken < MAX_BROKEN) continue;
        const reason = `${MAX_BROKEN} descriptors one after another lead nowhere`;
        losses.report({ what: `descriptor of pid ${task.pid}`, reason });
        return;
      }
    }
  }
}

/**
 * The number of descriptors that a table has room for. It is kept twice: as max_fds, and as the distance of its two
 * bitmaps, which are one allocation (alloc_fdtable, fs/file.c) or neighbours in files_struct.
 */
function descriptorLimit(target: Target, table: KernelObject, task: Task): number {
  const count = table.num('max_fds');
  const apart = Number(table.pointer('close_on_exec') - table.pointer('open_fds'));
  const room = Math.abs(apart) * 8;
  // No table has more pointers than the machine has memory.
  const most = Math.min(
    MAX_DESCRIPTORS,
    target.memory.maxPfn * (target.pageSize / target.arch.pointerSize),
  );
  if (room === count && count <= most) return count;
  target.losses.report({
    what: `${table.type} of pid ${task.pid}`,
    count: 1,
    isDamaged: true,
    reason: `max_fds is ${count}, and its bitmaps have room for ${room}`,
  });
  return Math.min(count, room, most);
}

/** The name that an open file was opened by. Throws ReadError. */
const fileTarget = (target: Target, file: VAddr): NamedInode =>
  namedInode(target, pathOfFile(target, file));

/** The inode of a dentry. Throws ReadError. */
export function namedInode(target: Target, path: KernelPath): NamedInode {
  const dentry = target.object('dentry', path.dentry);
  const inode = dentry.pointer('d_inode');
  const mode = inode === 0n ? 0 : target.object('inode', inode).num('i_mode');
  return {
    dentry: path.dentry,
    inode,
    superblock: dentry.pointer('d_sb'),
    type: TYPES[mode >> 12] ?? 'UNKN',
    path: pathName(target, path),
  };
}

/** An inode's page cache: its struct address_space. Throws ReadError. */
export interface PageCache {
  readonly mapping: VAddr;
  readonly pages: number;
}

/** The page cache of an inode. Throws ReadError. */
export function pageCacheOf(target: Target, inode: VAddr): PageCache {
  const mapping = target.object('inode', inode).pointer('i_mapping');
  if (mapping === 0n) return { mapping, pages: 0 };
  return { mapping, pages: target.object('address_space', mapping).num('nrpages') };
}

/** The page structs of a mapping's page cache in file order, lazily; a large folio comes as its head. */
export function* cachedPages(target: Target, mapping: VAddr): Generator<VAddr, void> {
  const space = target.object('address_space', mapping);
  // Renamed in 4.17 (b93b016313b3, page cache: use xa_lock).
  const root = space.addressOf(space.pick('i_pages', 'page_tree'));
  let last = va(0n);
  for (const { value } of walkXarray(target, root)) {
    if (value !== last) yield value;
    last = value;
  }
}
