import { hex, type VAddr } from '../src/base/address.ts';
import { CrashError } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { openFiles, taskDirectories } from '../src/kernel/fs/open-files.ts';
import { vmaFileName, walkVmas } from '../src/kernel/mm/vmas.ts';
import { type Task, taskTable } from '../src/kernel/task/tasks.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  plain,
  UsageOnly,
} from '../src/session/command/command.ts';
import { titleOnce } from '../src/session/command/printing.ts';
import { isNumber, parseHexAddress } from '../src/session/line/numbers.ts';
import { isKernelAddress } from '../src/shared/struct-views.ts';

/** One task's uses of the file. */
interface UserRecord {
  readonly pid: number;
  readonly task: VAddr;
  readonly comm: string;
  readonly usage: readonly ('root' | 'cwd' | 'fd' | 'mmap')[];
}

export default defineCommand({
  name: 'fuser',
  group: 'kernel',
  summary: 'file users',
  synopsis: '[pathname | inode]',
  flags: {},
  operands: [
    {
      name: 'file',
      kind: 'text',
      completion: ['file', 'address'],
      arity: '?',
      help: 'a full path, or the address of an inode',
    },
  ],
  help: `Shows which tasks use a file: as root or working directory, as an open
file, or mapped into memory.`,
  examples: [{ run: 'fuser /dev/console', on: '', shows: 'who has the console open' }],

  *run({ operands }, { target }) {
    const word = operands.file;
    if (word === undefined) throw new UsageOnly('');
    const wanted = readWanted(target, word);
    let isUsed = false;
    for (const task of taskTable(target).tasks) {
      const failed: Notice[] = [];
      const usage = usageOf(target, task, wanted, failed);
      yield* failed;
      if (usage.length === 0) continue;
      const { pid, address, comm } = task;
      yield { pid, task: address, comm, usage } satisfies UserRecord;
      isUsed = true;
    }
    if (!isUsed) yield plain(`No users of ${word} found`);
  },

  printer() {
    const title = titleOnce(' PID         TASK        COMM             USAGE');
    return ({ pid, task, comm, usage }: UserRecord, out) => {
      title(out);
      const name = `"${displayBytes(comm)}"`.slice(0, COMM_WIDTH).padEnd(COMM_WIDTH);
      const words = usage.map((each) => `${each} `).join('');
      out.line(`${String(pid).padStart(5)}  ${hex(task).padEnd(16)}  ${name}  ${words}`);
    };
  },
});

/** Width including the quotes; a longer name is cut. */
const COMM_WIDTH = 15;

/** A path, or an inode's address. */
type Wanted = { readonly path: string } | { readonly inode: VAddr };

function readWanted(target: Target, word: string): Wanted {
  if (word.startsWith('/')) return { path: word };
  const inode = isNumber(word) ? parseHexAddress(word) : undefined;
  if (inode !== undefined && isKernelAddress(target, inode)) return { inode };
  throw new CommandError(`invalid argument: ${word}`, { fault: { kind: 'text', word } });
}

function usageOf(
  target: Target,
  task: Task,
  wanted: Wanted,
  failed: Notice[],
): UserRecord['usage'] {
  const usage: UserRecord['usage'][number][] = [];
  const attempt = (what: string, look: () => void): void => {
    try {
      look();
    } catch (failure) {
      if (!(failure instanceof CrashError)) throw failure;
      failed.push(error(`${what} of pid ${task.pid}: ${failure.message}`));
    }
  };
  attempt('directories', () => {
    if (!('path' in wanted)) return;
    const { root, workingDirectory } = taskDirectories(target, task);
    if (root === wanted.path) usage.push('root');
    if (workingDirectory === wanted.path) usage.push('cwd');
  });
  attempt('files', () => {
    for (const file of openFiles(target, task)) {
      const found = 'path' in wanted ? file.path === wanted.path : file.inode === wanted.inode;
      if (!found) continue;
      usage.push('fd');
      break;
    }
  });
  attempt('mappings', () => {
    if (maps(target, task, wanted)) usage.push('mmap');
  });
  return usage;
}

/** A zombie has no address space. */
function maps(target: Target, task: Task, wanted: Wanted): boolean {
  if (task.mm === 0n) return false;
  for (const vma of walkVmas(target, task.mm)) {
    if (vma.file === 0n) continue;
    if (
      'path' in wanted
        ? vmaFileName(target, vma) === wanted.path
        : inodeOf(target, vma.file) === wanted.inode
    ) {
      return true;
    }
  }
  return false;
}

/** A file's inode: f_inode since 3.9 (dd37978c50bc, cache the value of file_inode() in struct file). */
const inodeOf = (target: Target, file: VAddr): VAddr =>
  target.object('file', file).pointer('f_inode');
