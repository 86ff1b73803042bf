import { hex, type VAddr, va } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { mountOfSuperblock } from '../src/kernel/fs/mounts.ts';
import {
  cachedPages,
  type NamedInode,
  namedInode,
  type OpenFile,
  openFiles,
  type PageCache,
  pageCacheOf,
  taskDirectories,
} from '../src/kernel/fs/open-files.ts';
import { type PageInfo, pageAt } from '../src/kernel/mm/pages.ts';
import { pageToPfn } from '../src/kernel/mm/sections.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { pageHeader, pageRow } from '../src/output/mm/page-rows.ts';
import {
  cachedFileHeader,
  cachedFileRow,
  dentryHeader,
  dentryRow,
  inodeHeader,
  inodeRow,
  openFileHeader,
  openFileRow,
} from '../src/output/system/file-lines.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  type Out,
} from '../src/session/command/command.ts';
import { byKind, titleOnce } from '../src/session/command/printing.ts';
import { isDecimal, isNumber, parseHex, parseHexAddress } from '../src/session/line/numbers.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';
import { isKernelAddress } from '../src/shared/struct-views.ts';

type FilesRecord =
  | {
      readonly kind: 'task';
      readonly task: Task;
      readonly root: string | undefined;
      readonly workingDirectory: string | undefined;
      /** Index of the word that named the task; undefined for the current context. */
      readonly operand: number | undefined;
    }
  | {
      readonly kind: 'file';
      readonly file: OpenFile;
      /** With -c: the file's page cache. */
      readonly cache?: PageCache;
    }
  | { readonly kind: 'dentry'; readonly name: NamedInode }
  | { readonly kind: 'inode'; readonly inode: VAddr; readonly pages: number }
  | { readonly kind: 'page'; readonly page: PageInfo }
  /** The end of a task's files. */
  | {
      readonly kind: 'total';
      readonly pid: number;
      /** Number of files shown. */
      readonly files: number;
      readonly operand: number | undefined;
    };
type Yield = Generator<FilesRecord | Notice, void>;

export default defineCommand({
  name: 'files',
  group: 'kernel',
  summary: 'open files',
  synopsis: '[-d dentry] | [-p inode] | [-c] [-R reference] [pid | taskp] ... ',
  flags: {
    d: { value: 'text', completion: ['address'], help: 'what this dentry names' },
    p: {
      value: 'text',
      completion: ['address'],
      help: 'the pages of this inode in the page cache',
    },
    c: { help: 'inode, address_space and number of cached pages of each file' },
    R: { value: 'text', repeat: true, help: 'only files that this number or name fits' },
  },
  operands: [
    {
      name: 'tasks',
      kind: 'text',
      completion: ['task'],
      arity: '*',
      help: 'a pid or a task address',
    },
  ],
  help: `Shows root, working directory and open files of tasks, of the current context
when none is named: descriptor, struct file, dentry, inode, type and path.

The reference of -R is a descriptor, the address of a file, dentry, inode or
address_space, or part of a path.`,
  examples: [
    { run: 'files 1', on: '', shows: 'the open files of init' },
    { run: 'foreach files -R /var/log', on: '', shows: 'who has a log file open' },
  ],

  *run({ flags, operands }, { target, session }) {
    if (flags.p !== undefined) {
      yield* cacheOfInode(target, kernelAddress(target, flags.p, 'inode buffer'));
      return;
    }
    if (flags.d !== undefined) {
      const dentry = kernelAddress(target, flags.d, 'dentry');
      yield { kind: 'dentry', name: nameOf(target, dentry) };
      return;
    }
    if (flags.R && flags.R.length > 1) {
      throw new CommandError('only one -R option allowed', { usage: true });
    }
    const [reference] = flags.R ?? [];
    const view: View = { cached: flags.c === true, reference };
    if (operands.tasks.length === 0) {
      yield* filesOf(target, session.task, view, undefined);
      return;
    }
    for (const [operand, word] of operands.tasks.words.entries()) {
      const found = findTasks(target, word);
      if (found.length === 0) {
        yield error(noSuchTask(target, word), { kind: 'task', word });
      }
      for (const task of found) yield* filesOf(target, task, view, operand);
    }
  },

  printer({ flags }, { headed, widths }) {
    const refers = flags.R !== undefined;
    const fileTitle = flags.c ? cachedFileHeader : openFileHeader;
    const pageTitle = titleOnce(pageHeader(widths.physical));
    let title = titleOnce(fileTitle);
    let isBegun = false;
    let isHeaded = false;
    /** A blank line separates a task from the one before it. */
    const begin = (operand: number | undefined, out: Out): void => {
      if (!isBegun && operand !== undefined && operand > 0) out.gap();
      isBegun = true;
    };
    return byKind<FilesRecord>({
      task(record, out) {
        begin(record.operand, out);
        isHeaded = true;
        if (headed) out.line(taskHeader(record.task));
        out.line(directoryLine(record, refers));
      },
      file({ file, cache }, out) {
        title(out);
        out.line(cache ? cachedFileRow(file, cache) : openFileRow(file));
      },
      total({ files, operand }, out) {
        begin(operand, out);
        if (refers) {
          if (isHeaded) out.gap();
        } else if (files === 0) out.line('No open files');
        if (operand !== undefined) out.gap();
        title = titleOnce(fileTitle);
        isBegun = false;
        isHeaded = false;
      },
      dentry({ name }, out) {
        out.line(dentryHeader);
        out.line(dentryRow(name));
      },
      inode({ inode, pages }, out) {
        out.line(inodeHeader);
        out.line(inodeRow(inode, pages));
        out.line();
      },
      page({ page }, out) {
        pageTitle(out);
        out.line(pageRow(page, widths.physical));
      },
    });
  },
});

interface View {
  readonly cached: boolean;
  readonly reference: string | undefined;
}

/** An unknown directory, of a task that is exiting, is shown as empty. */
function directoryLine(record: Extract<FilesRecord, { kind: 'task' }>, refers: boolean): string {
  const root = displayBytes(record.root ?? '');
  const directory = displayBytes(record.workingDirectory ?? '');
  return `ROOT: ${root}    CWD: ${directory}${refers ? ' ' : ''}`;
}

function kernelAddress(target: Target, word: string, what: string): VAddr {
  const address = parseHexAddress(word);
  if (isKernelAddress(target, address)) return address;
  throw new CommandError(`invalid kernel virtual address: ${hex(address)}  type: "${what}"`, {
    fault: { kind: 'text', word: hex(address) },
  });
}

function* cacheOfInode(target: Target, inode: VAddr): Yield {
  const { mapping, pages } = pageCacheOf(target, inode);
  yield { kind: 'inode', inode, pages };
  if (pages === 0) return;
  for (const address of cachedPages(target, mapping)) {
    const pfn = pageToPfn(target, address);
    if (pfn === undefined) {
      yield error(`invalid page address in the page cache of inode ${hex(inode)}: ${hex(address)}`);
      continue;
    }
    yield { kind: 'page', page: pageAt(target, address, pfn) };
  }
}

/** The inode of a dentry, with the path to it through the mounts. */
function nameOf(target: Target, dentry: VAddr): NamedInode {
  const name = namedInode(target, { dentry, mount: va(0n) });
  if (!name.path.startsWith('/')) return name;
  const mount = mountOfSuperblock(target, name.superblock)?.vfsmount ?? va(0n);
  return mount === 0n ? name : namedInode(target, { dentry, mount });
}

function* filesOf(
  target: Target,
  task: Task,
  { cached, reference }: View,
  operand: number | undefined,
): Yield {
  const directories = taskDirectories(target, task);
  const head: FilesRecord = { kind: 'task', task, ...directories, operand };
  const { root, workingDirectory } = directories;
  let headed = reference === undefined || root === reference || workingDirectory === reference;
  if (headed) yield head;
  let files = 0;
  for (const file of openFiles(target, task)) {
    const cache = cached ? pageCacheOf(target, file.inode) : undefined;
    if (reference !== undefined && !fits(file, cache, reference)) continue;
    if (!headed) yield head;
    headed = true;
    files++;
    yield { kind: 'file', file, ...(cache ? { cache } : {}) };
  }
  yield { kind: 'total', pid: task.pid, files, operand };
}

/** Every path begins with a slash: alone it means the root directory, not every file. */
function fits(file: OpenFile, cache: PageCache | undefined, word: string): boolean {
  if (!isNumber(word)) return word !== '/' && file.path.includes(word);
  const value = parseHex(word);
  if (file.fd === (isDecimal(word) ? Number(word) : Number(value))) return true;
  return [file.file, file.dentry, file.inode, cache?.mapping].some((each) => each === value);
}
