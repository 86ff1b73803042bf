import { plus, type VAddr } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { type Mount, mountsOf } from '../src/kernel/fs/mounts.ts';
import { mountHeader, mountRow } from '../src/output/system/mount-lines.ts';
import { CommandError, defineCommand, error } from '../src/session/command/command.ts';
import { titleOnce } from '../src/session/command/printing.ts';
import { isNumber, parseHexAddress } from '../src/session/line/numbers.ts';

export default defineCommand({
  name: 'mount',
  group: 'kernel',
  summary: 'mounted filesystem data',
  synopsis: '[-f][-i] [-n pid|task] [mount|vfsmount|superblock|dev|dir|dentry|inode]',
  flags: {
    f: { help: 'the open files of each filesystem: only kernels before 3.13 list them' },
    i: { help: 'the dirty inodes of each filesystem: only kernels before 2.6.32 list them' },
    n: { value: 'task', help: 'the mounts that this task sees' },
  },
  operands: [
    {
      name: 'which',
      kind: 'text',
      completion: ['address', 'file'],
      arity: '*',
      help: 'a mount, vfsmount, super_block, dentry or inode, a device or a directory',
    },
  ],
  help: `Shows what is mounted: struct mount, super_block, type, device and
directory, in the mount namespace of init or of the task named. Words choose
among them: an address of the mount, of its super_block, or of a dentry or
inode that lives there, the name of a device, or a directory that is a
mountpoint.`,
  examples: [
    { run: 'mount', on: '', shows: 'what init sees' },
    { run: 'mount -n 1 /dev', on: '', shows: 'what is mounted on /dev' },
  ],

  *run({ flags, operands }, { target }) {
    for (const [letter, list] of UNKEPT_LISTS) {
      if (!flags[letter]) continue;
      yield error(`the ${list} linked list does not exist in this kernel`);
      throw new CommandError(
        `-${letter} option not supported or applicable on this architecture or kernel`,
      );
    }
    const { words } = operands.which;
    let isFound = false;
    for (const mount of mountsOf(target, flags.n)) {
      if (words.length > 0 && !words.some((word) => isMeant(target, mount, word))) continue;
      yield mount;
      isFound = true;
    }
    if (!isFound && words.length > 0) {
      throw new CommandError(`not mounted: ${words.join(' ')}`, {
        fault: { kind: 'text', word: words.join(' '), note: '"mount" lists what is' },
      });
    }
  },

  printer() {
    const title = titleOnce(mountHeader);
    return (mount: Mount, out) => {
      title(out);
      out.line(mountRow(mount));
    };
  },
});

const UNKEPT_LISTS = [
  ['f', 'super_block.s_files'],
  ['i', 'super_block.s_dirty'],
] as const;

function isMeant(target: Target, mount: Mount, word: string): boolean {
  if (word === mount.device || word === mount.directory) return true;
  if (!isNumber(word)) return false;
  const address = parseHexAddress(word);
  return (
    [mount.address, mount.vfsmount, mount.superblock].includes(address) ||
    superblocksOf(target, address).includes(mount.superblock)
  );
}

/** The file systems of a dentry or an inode: the address is tried as both. */
function superblocksOf(target: Target, address: VAddr): VAddr[] {
  return (['dentry.d_sb', 'inode.i_sb'] as const).flatMap((path) => {
    const [type = '', member = ''] = path.split('.');
    const at = plus(address, target.types.member(type, member).offset);
    const bytes = target.kernel.tryRead(at, target.arch.pointerSize);
    return bytes ? [target.kernel.pointer(at)] : [];
  });
}
