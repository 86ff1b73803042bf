import { hex, type VAddr, va } from '../src/base/address.ts';
import type { CrashError } from '../src/base/errors.ts';
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
import { physicalDigits } from '../src/kernel/mm/nodes.ts';
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
import { CommandError, defineCommand, error, type Notice } from '../src/session/command/command.ts';
import { isDecimal, isNumber, parseHex, parseHexAddress } from '../src/session/line/numbers.ts';
import { findTasks } from '../src/session/state/task-words.ts';
import { isKernelAddress } from '../src/shared/struct-views.ts';

type FilesRecord =
  | {
      readonly kind: 'task';
      readonly task: Task;
      readonly root: string | undefined;
      readonly workingDirectory: string | undefined;
      readonly referring: boolean;
    }
  | { readonly kind: 'file'; readonly file: OpenFile; readonly first: boolean }
  | {
      readonly kind: 'cached';
      readonly file: OpenFile;
      readonly cache: PageCache;
      readonly first: boolean;
    }
  | { readonly kind: 'dentry'; readonly name: NamedInode }
  | { readonly kind: 'inode'; readonly inode: VAddr; readonly pages: number }
  | { readonly kind: 'page'; readonly page: PageInfo; readonly first: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'blank' };
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
      yield* filesOf(target, session.task, view);
      return;
    }
    for (const [index, word] of operands.tasks.words.entries()) {
      const found = findTasks(target, word);
      if (found.length === 0) {
        yield error(`invalid task or pid value: ${word}`, { kind: 'task', word });
      }
      for (const task of found) {
        if (index > 0) yield { kind: 'blank' };
        yield* filesOf(target, task, view);
        yield { kind: 'blank' };
      }
    }
  },

  print(record: FilesRecord, out, { target }) {
    if (record.kind === 'task') {
      out.line(taskHeader(record.task));
      out.line(directoryLine(record));
    } else if (record.kind === 'file') {
      if (record.first) out.line(openFileHeader);
      out.line(openFileRow(record.file));
    } else if (record.kind === 'cached') {
      if (record.first) out.line(cachedFileHeader);
      out.line(cachedFileRow(record.file, record.cache));
    } else if (record.kind === 'dentry') {
      out.line(dentryHeader);
      out.line(dentryRow(record.name));
    } else if (record.kind === 'inode') {
      out.line(inodeHeader);
      out.line(inodeRow(record.inode, record.pages));
      out.line();
    } else if (record.kind === 'page') {
      const digits = physicalDigits(target);
      if (record.first) out.line(pageHeader(digits));
      out.line(pageRow(record.page, digits));
    } else out.line(record.kind === 'none' ? 'No open files' : '');
  },
});

interface View {
  readonly cached: boolean;
  readonly reference: string | undefined;
}

/** An unknown directory, of a task that is exiting, is left empty. */
function directoryLine(record: Extract<FilesRecord, { kind: 'task' }>): string {
  const root = displayBytes(record.root ?? '');
  const directory = displayBytes(record.workingDirectory ?? '');
  return `ROOT: ${root}    CWD: ${directory}${record.referring ? ' ' : ''}`;
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
  let first = true;
  for (const address of cachedPages(target, mapping)) {
    const pfn = pageToPfn(target, address);
    if (pfn === undefined) {
      yield error(`invalid page address in the page cache of inode ${hex(inode)}: ${hex(address)}`);
      continue;
    }
    yield { kind: 'page', page: pageAt(target, address, pfn), first };
    first = false;
  }
}

/** What a dentry names, with the path that leads to it through the mounts. */
function nameOf(target: Target, dentry: VAddr): NamedInode {
  const name = namedInode(target, { dentry, mount: va(0n) });
  if (!name.path.startsWith('/')) return name;
  const mount = mountOfSuperblock(target, name.superblock)?.vfsmount ?? va(0n);
  return mount === 0n ? name : namedInode(target, { dentry, mount });
}

function* filesOf(target: Target, task: Task, { cached, reference }: View): Yield {
  const directories = taskDirectories(target, task);
  const head: FilesRecord = {
    kind: 'task',
    task,
    ...directories,
    referring: reference !== undefined,
  };
  const { root, workingDirectory } = directories;
  let headed = reference === undefined || root === reference || workingDirectory === reference;
  if (headed) yield head;
  const failed: Notice[] = [];
  const onError = (failure: CrashError, fd: number): void => {
    failed.push(error(`fd ${fd}: ${failure.message}`));
  };
  let count = 0;
  for (const file of openFiles(target, task, onError)) {
    yield* failed.splice(0);
    const cache = cached ? pageCacheOf(target, file.inode) : undefined;
    if (reference !== undefined && !fits(file, cache, reference)) continue;
    if (!headed) yield head;
    headed = true;
    const first = count++ === 0;
    yield cache ? { kind: 'cached', file, cache, first } : { kind: 'file', file, first };
  }
  yield* failed;
  if (reference === undefined) {
    if (count === 0) yield { kind: 'none' };
  } else if (headed) yield { kind: 'blank' };
}

/** Every path begins with a slash: alone it means the root directory, not every file. */
function fits(file: OpenFile, cache: PageCache | undefined, word: string): boolean {
  if (!isNumber(word)) return word !== '/' && file.path.includes(word);
  const value = parseHex(word);
  if (file.fd === (isDecimal(word) ? Number(word) : Number(value))) return true;
  return [file.file, file.dentry, file.inode, cache?.mapping].some((each) => each === value);
}
