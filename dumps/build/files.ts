import type { Kernel } from './kernel.ts';
import type { KernelThing } from './objects.ts';
import { cString } from './ram.ts';

/** A mounted filesystem. The first must be at `/`. */
export interface MountSpec {
  readonly at: string;
  readonly device: string;
  readonly type: string;
}

const S_IFDIR = 0o040755;
const S_IFREG = 0o100644;
const S_IFCHR = 0o020666;

/** Files of the image: mounts, dentries, inodes and open files, made when a path is first asked for. */
export class Files {
  readonly kernel: Kernel;
  readonly #mounts: {
    spec: MountSpec;
    mount: KernelThing;
    root: KernelThing;
    superBlock: KernelThing;
  }[] = [];
  readonly #dentries = new Map<string, KernelThing>();
  readonly #open = new Map<string, KernelThing>();
  readonly #operations = new Map<string, bigint>();
  #inode = 2;

  constructor(kernel: Kernel, mounts: readonly MountSpec[]) {
    this.kernel = kernel;
    const { slabs, types } = kernel;
    for (const [name, type] of [
      ['dentry', 'dentry'],
      ['inode_cache', 'inode'],
      ['filp', 'file'],
      ['mnt_cache', 'mount'],
    ] as const) {
      slabs.create({ name, objectSize: types.sizeof(type), align: 64, flags: 0x2000 });
    }
    for (const mount of mounts) this.#mount(mount);
    this.#finishMounts();
  }

  #mount(spec: MountSpec): void {
    const { kernel } = this;
    const { machine, slabs } = kernel;
    const type = kernel.thing('file_system_type', { name: machine.string(spec.type) });
    const superBlock = kernel.thing('super_block', {
      s_blocksize: 4096,
      s_type: type,
      s_id: spec.device.replace(/^.*\//, '').slice(0, 31),
      s_dev: 0x800001 + this.#mounts.length,
    });
    const root = this.#dentry('/', undefined, S_IFDIR, superBlock);
    superBlock.set({ s_root: root });
    const mount = machine.thing('mount', slabs.allocate('mnt_cache'));
    mount.set({
      mnt_parent: mount,
      mnt_mountpoint: root,
      mnt_devname: this.#text(spec.device),
      'mnt.mnt_root': root,
      'mnt.mnt_sb': superBlock,
    });
    if (spec.at !== '/') {
      const { dentry, mount: above } = this.#find(spec.at);
      mount.set({ mnt_parent: above, mnt_mountpoint: dentry });
    }
    machine.list(superBlock.at('s_mounts'), [mount.at('mnt_instance')]);
    machine.list(mount.at('mnt_mounts'), []);
    this.#mounts.push({ spec, mount, root, superBlock });
  }

  /** mnt_namespace.list, and super_blocks. */
  #finishMounts(): void {
    const { kernel } = this;
    const { machine } = kernel;
    const first = this.#mounts[0];
    if (!first) return;
    const namespace = kernel.thing('mnt_namespace', {
      root: first.mount,
      mounts: this.#mounts.length,
    });
    machine.list(
      namespace.at('list'),
      this.#mounts.map(({ mount }) => mount.at('mnt_list')),
    );
    for (const { mount } of this.#mounts) mount.set({ mnt_ns: namespace });
    const heads = machine.variable('super_blocks', 'list_head');
    machine.list(
      heads.address,
      this.#mounts.map(({ superBlock }) => superBlock.at('s_list')),
    );
    this.mountNamespace = namespace;
  }

  mountNamespace: KernelThing | undefined;

  #text(text: string): bigint {
    const bytes = cString(text);
    const address = this.kernel.slabs.kmalloc(bytes.length);
    this.kernel.machine.write(address, bytes);
    return address;
  }

  /** The mount and dentry of an absolute path, made as far as they are missing. */
  #find(path: string): { mount: KernelThing; dentry: KernelThing } {
    const under = this.#mounts.filter(
      ({ spec }) => path === spec.at || path.startsWith(spec.at === '/' ? '/' : `${spec.at}/`),
    );
    const home = under.sort((a, b) => b.spec.at.length - a.spec.at.length)[0];
    if (!home) throw new Error(`no mount of the image holds ${path}`);
    const inside = path
      .slice(home.spec.at === '/' ? 0 : home.spec.at.length)
      .split('/')
      .filter(Boolean);
    let dentry = home.root;
    let key = `${home.mount.address}:`;
    for (const [i, name] of inside.entries()) {
      key += `/${name}`;
      const known = this.#dentries.get(key);
      const last = i === inside.length - 1;
      const mode = !last ? S_IFDIR : path.startsWith('/dev/') ? S_IFCHR : S_IFREG;
      dentry = known ?? this.#dentry(name, dentry, mode, home.superBlock);
      this.#dentries.set(key, dentry);
    }
    return { mount: home.mount, dentry };
  }

  #dentry(
    name: string,
    parent: KernelThing | undefined,
    mode: number,
    superBlock: KernelThing,
  ): KernelThing {
    const { machine, slabs } = this.kernel;
    const dentry = machine.thing('dentry', slabs.allocate('dentry'));
    const inode = machine.thing('inode', slabs.allocate('inode_cache'));
    const short = dentry.has('d_iname') ? 'd_iname' : 'd_shortname.string';
    const room = dentry.has('d_iname') ? 32 : 40;
    const text = name.length < room ? dentry.at(short) : this.#text(name);
    if (name.length < room) dentry.set({ [short]: name });
    dentry.set({
      d_parent: parent ?? dentry,
      'd_name.name': text,
      'd_name.len': name.length,
      d_inode: inode,
      d_sb: superBlock,
    });
    inode
      .set({
        i_mode: mode,
        i_ino: this.#inode++,
        i_sb: superBlock,
        i_mapping: inode.at('i_data'),
        'i_data.host': inode,
      })
      .setKnown({ __i_nlink: 1 });
    return dentry;
  }

  /** An open file: one struct file for each path and mode. */
  open(path: string, flags = 0o100000): KernelThing {
    const key = `${path} ${flags}`;
    const known = this.#open.get(key);
    if (known) return known;
    const { machine, slabs } = this.kernel;
    const { mount, dentry } = this.#find(path);
    const inode = machine.thing('inode', dentry.get('d_inode'));
    const file = machine.thing('file', slabs.allocate('filp')).set({
      'f_path.mnt': mount.at('mnt'),
      'f_path.dentry': dentry,
      f_inode: inode,
      f_flags: flags,
      f_count: 1,
      f_mapping: inode.get('i_mapping'),
      f_op: this.operations(path.startsWith('/dev/') ? 'tty_fops' : 'ext4_file_operations'),
    });
    this.#open.set(key, file);
    return file;
  }

  /** The address of a struct file_operations by symbol name. */
  operations(name: string): bigint {
    let address = this.#operations.get(name);
    if (address === undefined) {
      address = this.kernel.machine.room('constants', 256);
      this.kernel.machine.addSymbol(name, address, 'd');
      this.#operations.set(name, address);
    }
    return address;
  }

  /** The dentry of a path. */
  dentry(path: string): KernelThing {
    return this.#find(path).dentry;
  }

  /** The inode behind a path. */
  inode(path: string): KernelThing {
    return this.kernel.machine.thing('inode', this.#find(path).dentry.get('d_inode'));
  }

  /** fs_struct and files_struct of a task: its directories, and open files by number. */
  taskFiles(
    open: Readonly<Record<number, string>>,
    cwd = '/',
  ): { fs: KernelThing; files: KernelThing } {
    const { kernel } = this;
    const { machine, slabs } = kernel;
    const root = this.#find('/');
    const here = this.#find(cwd);
    const fs = machine.thing('fs_struct', slabs.allocate('fs_cache')).set({
      users: 1,
      umask: 0o22,
      'root.mnt': root.mount.at('mnt'),
      'root.dentry': root.dentry,
      'pwd.mnt': here.mount.at('mnt'),
      'pwd.dentry': here.dentry,
    });
    const files = machine.thing('files_struct', slabs.allocate('files_cache')).set({ count: 1 });
    const numbers = Object.keys(open).map(Number);
    const table = machine.thing('fdtable', files.at('fdtab'));
    table.set({
      max_fds: 64,
      fd: files.at('fd_array'),
      open_fds: files.at('open_fds_init'),
      close_on_exec: files.at('close_on_exec_init'),
    });
    files.set({
      fdt: table,
      next_fd: Math.max(-1, ...numbers) + 1,
      'open_fds_init[0]': numbers.reduce((mask, fd) => mask | (1n << BigInt(fd)), 0n),
    });
    for (const fd of numbers)
      files.set({
        [`fd_array[${fd}]`]: this.open(open[fd] as string, fd === 0 ? 0o100000 : 0o100002),
      });
    return { fs, files };
  }
}
