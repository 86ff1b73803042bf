import { type Bits, hex, type VAddr, va } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { memoryUsage } from '../src/kernel/mm/task-memory.ts';
import { pagesOfVma, type UserPage } from '../src/kernel/mm/user-pages.ts';
import { vmaFlagNames } from '../src/kernel/mm/vma-flags.ts';
import { type Vma, vmaFileName, walkVmas } from '../src/kernel/mm/vmas.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { type ShownValue, shownStruct } from '../src/kernel/values/shown-value.ts';
import { addressSpaceLines, userPageHeader, userPageRow } from '../src/output/mm/vm-lines.ts';
import { vmaHeader, vmaRow } from '../src/output/mm/vma-rows.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  type Out,
  plain,
  UsageOnly,
} from '../src/session/command/command.ts';
import { byKind, lineByLine } from '../src/session/command/printing.ts';
import { isNumber, parseHex, parseHexAddress } from '../src/session/line/numbers.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';
import { isKernelAddress } from '../src/shared/struct-views.ts';

type VmRecord =
  | { readonly kind: 'task'; readonly task: Task }
  | {
      readonly kind: 'space';
      readonly mm: VAddr;
      readonly pgd: VAddr;
      readonly resident: number | undefined;
      readonly total: number | undefined;
    }
  | { readonly kind: 'vma'; readonly vma: Vma; readonly file: string }
  | { readonly kind: 'page'; readonly page: UserPage; readonly file: string }
  | { readonly kind: 'flags'; readonly flags: Bits; readonly names: readonly string[] }
  | ({ readonly kind: 'struct' } & ShownValue);
type Yield = Generator<VmRecord | Notice, void>;

/** The parsed options of one call. */
interface Request {
  readonly view: string | undefined;
  readonly radix: 10 | 16;
  readonly vma: VAddr | undefined;
  /** The mm_struct for tasks that have released their own. */
  readonly mm: VAddr;
}

export default defineCommand({
  name: 'vm',
  group: 'memory',
  summary: 'virtual memory',
  synopsis: `[-p | -P vma | -M mm | -v | -m | -x | -d | [-R reference] [pid | task]]
     [-f vm_flags]`,
  flags: {
    p: { help: 'where each page is: in memory, in swap, in its file' },
    P: { value: 'text', completion: ['address'], help: 'the pages of this vm_area_struct alone' },
    M: {
      value: 'text',
      completion: ['address'],
      help: 'use this mm_struct where the task has none',
    },
    R: { value: 'text', repeat: true, help: 'only what this number or file name occurs in' },
    m: { help: 'the mm_struct' },
    v: { help: 'every vm_area_struct' },
    x: { help: 'with -m and -v: numbers in hexadecimal', excludes: ['d'] },
    d: { help: 'with -m and -v: numbers in decimal', excludes: ['x'] },
    f: { value: 'text', repeat: true, help: 'the names of the bits of a FLAGS value' },
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
  help: `Shows the address space of tasks, of the current context when none is
named: the mm_struct, its page tables, what it takes, and every mapping. -p
adds a line for each page; a page that is not in memory is in swap, in the
file that is mapped, poisoned or migrating, or was never touched.

With -R only what holds the reference is shown, and what leads to it. A number
is looked for among the addresses of structures and pages, flags and offsets,
any other word in the names of files and swap devices.`,
  examples: [
    { run: 'vm 1', on: '', shows: 'the mappings of init' },
    { run: 'vm -p -R 7ffe2b7a3000 1', on: '', shows: 'one page, and the mapping it is in' },
    { run: 'vm -f 8000071', on: '', shows: 'what the bits of FLAGS mean' },
  ],

  *run({ flags, operands, order }, { target, session }): Yield {
    if (flags.f) {
      for (const word of flags.f) {
        const value = parseHex(word);
        yield { kind: 'flags', flags: value, names: vmaFlagNames(value) };
      }
      return;
    }
    const views = order.filter((letter) => 'pPRmv'.includes(letter)).join('');
    if (flags.R && flags.R.length > 1) {
      throw new CommandError('only one -R option allowed', { usage: true });
    }
    if (views.length > 1 && views !== 'pR') throw new UsageOnly('');
    const request: Request = {
      view: views[0],
      radix: flags.x ? 16 : flags.d ? 10 : session.settings.radix,
      vma: flags.P === undefined ? undefined : parseHexAddress(flags.P),
      mm: flags.M === undefined ? va(0n) : mmAddress(target, flags.M),
    };
    const tasks: Task[] = [];
    let bad = false;
    for (const word of operands.tasks.words) {
      const found = findTasks(target, word);
      tasks.push(...found);
      if (found.length > 0) continue;
      bad = true;
      yield error(noSuchTask(target, word), { kind: 'task', word });
    }
    if (tasks.length === 0 && !bad) tasks.push(session.task);
    const [reference] = flags.R ?? [];
    for (const task of tasks) {
      if (reference !== undefined) yield* referring(target, task, request, reference);
      else yield* whole(target, task, request);
    }
  },

  printer({ flags }, { headed, widths }) {
    const refers = flags.R !== undefined;
    // With pages, every mapping has a title of its own.
    const titled = flags.p === true && !refers;
    let before: VmRecord['kind'] | undefined;
    const printed = byKind<VmRecord>({
      task({ task }, out) {
        if (refers && before) out.gap();
        if (headed) out.line(taskHeader(task));
      },
      space: lineByLine(addressSpaceLines),
      vma({ vma, file }, out) {
        if (titled || before !== 'vma') out.line(vmaHeader);
        out.line(vmaRow(vma, file));
      },
      page({ page, file }, out) {
        if (before !== 'page') out.line(userPageHeader(widths.physical));
        out.line(userPageRow(page, file, widths.physical));
      },
      struct({ text }, out) {
        out.line(text());
      },
      flags({ flags, names }, out) {
        out.line(`${hex(flags)}: (${names.join('|')})`);
      },
    });
    return Object.assign(
      (record: VmRecord, out: Out): void => {
        printed(record, out);
        before = record.kind;
      },
      {
        end(out: Out): void {
          if (refers && before) out.gap();
        },
      },
    );
  },
});

function mmAddress(target: Target, word: string): VAddr {
  const address = parseHex(word);
  if (isKernelAddress(target, address)) return va(address);
  throw new CommandError(`invalid mm_struct address: ${hex(address)}`, {
    fault: { kind: 'text', word: hex(address) },
  });
}

const structRecord = (value: ShownValue): VmRecord =>
  Object.assign(value, { kind: 'struct' } as const);

/** The records of one task's view. */
function* whole(target: Target, task: Task, request: Request): Yield {
  const { view, radix } = request;
  const owner = ownerOf(task, request);
  yield { kind: 'task', task };
  if (view === 'm') {
    if (owner.mm) yield structRecord(shownStruct(target, 'mm_struct', owner.mm, radix));
  } else if (view === 'v') {
    if (!owner.mm) return;
    for (const { address } of walkVmas(target, owner.mm)) {
      yield structRecord(shownStruct(target, 'vm_area_struct', address, radix));
    }
  } else if (view === 'P') yield* oneMapping(target, owner, request.vma);
  else yield* mappings(target, task, owner, view === 'p');
}

/** The task, with the mm_struct of -M when it has released its own. */
const ownerOf = (task: Task, { mm }: Request): Task => (task.mm === 0n ? { ...task, mm } : task);

function* mappings(target: Target, task: Task, owner: Task, withPages: boolean): Yield {
  yield summary(target, task);
  if (!owner.mm) return;
  for (const vma of walkVmas(target, owner.mm)) {
    const file = vmaFileName(target, vma);
    yield { kind: 'vma', vma, file };
    if (withPages) yield* pages(target, owner, vma, file);
  }
}

function* oneMapping(target: Target, owner: Task, address: VAddr | undefined): Yield {
  if (!owner.mm) return;
  for (const vma of walkVmas(target, owner.mm)) {
    if (vma.address !== address) continue;
    const file = vmaFileName(target, vma);
    yield { kind: 'vma', vma, file };
    yield* pages(target, owner, vma, file);
    return;
  }
  yield plain('(not found)');
}

function* pages(target: Target, owner: Task, vma: Vma, file: string): Yield {
  for (const page of pagesOfVma(target, owner, vma)) yield { kind: 'page', page, file };
}

function summary(target: Target, task: Task): VmRecord {
  const { mm } = task;
  const { virtualPages, residentPages } = memoryUsage(target, task);
  const kib = (count: number | undefined) =>
    count === undefined ? undefined : (count * target.pageSize) / 1024;
  return {
    kind: 'space',
    mm,
    pgd: mm ? target.object('mm_struct', mm).pointer('pgd') : va(0n),
    resident: kib(residentPages),
    total: kib(virtualPages),
  };
}

/**
 * The mappings and pages of a task's address space that refer to an address, and the lines above them; none without a
 * match.
 */
function* referring(target: Target, task: Task, request: Request, word: string): Yield {
  const owner = ownerOf(task, request);
  if (!owner.mm) return;
  const lead: VmRecord[] = [
    { kind: 'task', task },
    { ...summary(target, task), mm: owner.mm } as VmRecord,
  ];
  const has = finder(word);
  let found = false;
  const begin = function* (): Yield {
    if (!found) yield* lead;
    found = true;
  };
  if (has.number(owner.mm, target.object('mm_struct', owner.mm).pointer('pgd'))) yield* begin();
  for (const vma of walkVmas(target, owner.mm)) {
    const file = vmaFileName(target, vma);
    const matches = has.number(vma.address, vma.flags) || has.text(file);
    let shown = matches;
    if (matches) {
      yield* begin();
      yield { kind: 'vma', vma, file };
    }
    for (const page of pagesOfVma(target, owner, vma)) {
      if (!pageHas(page, has)) continue;
      yield* begin();
      if (!shown) yield { kind: 'vma', vma, file };
      shown = true;
      yield { kind: 'page', page, file };
    }
  }
}

interface Finder {
  number(...values: readonly bigint[]): boolean;
  /** Whether a number is shown in decimal. */
  decimal(value: bigint): boolean;
  text(text: string): boolean;
}

function finder(word: string): Finder {
  const value = isNumber(word) ? parseHex(word) : undefined;
  return {
    number: (...values) => value !== undefined && values.includes(value),
    decimal: (each) => String(each) === word,
    text: (text) => value === undefined && text.includes(word),
  };
}

function pageHas({ address, place }: UserPage, has: Finder): boolean {
  if (has.number(address)) return true;
  if (place.in === 'memory') return has.number(place.physical);
  if (place.in === 'file') return has.number(place.offset);
  if (place.in !== 'elsewhere') return false;
  const { entry } = place;
  if (entry.kind === 'swap') return has.text(entry.device) || has.decimal(entry.offset);
  return entry.kind !== 'unknown' && has.number(entry.pfn);
}
