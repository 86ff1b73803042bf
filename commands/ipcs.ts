import type { VAddr } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import {
  type IpcObject,
  ipcNamespace,
  type MessageQueue,
  messageQueues,
  type SegmentPages,
  type SemaphoreArray,
  type SharedSegment,
  segmentPages,
  semaphoreArrays,
  sharedSegments,
} from '../src/kernel/ipc.ts';
import {
  queueHeader,
  queueRow,
  segmentHeader,
  segmentPageLines,
  segmentRow,
  semaphoreHeader,
  semaphoreRow,
} from '../src/output/system/ipc-lines.ts';
import {
  CommandError,
  defineCommand,
  type Notice,
  type Out,
  plain,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { isDecimal, isNumber, parseHex } from '../src/session/line/numbers.ts';

type IpcRecord =
  | {
      readonly kind: 'segment';
      readonly object: SharedSegment;
      /** With -M: its pages in memory and in swap. */
      readonly pages: SegmentPages | undefined;
    }
  | { readonly kind: 'semaphores'; readonly object: SemaphoreArray }
  | { readonly kind: 'queue'; readonly object: MessageQueue }
  /** The namespace has no object of a kind. */
  | { readonly kind: 'none'; readonly of: IpcKind };
type IpcKind = 'segment' | 'semaphores' | 'queue';
type Yield = Generator<IpcRecord | Notice, boolean>;

export default defineCommand({
  name: 'ipcs',
  group: 'system',
  summary: 'System V IPC facilities',
  synopsis: '[-smMq] [-n pid|task] [id | addr]',
  flags: {
    s: { help: 'semaphore arrays' },
    m: { help: 'shared memory segments' },
    M: { help: 'shared memory segments, with what of them is in memory' },
    q: { help: 'message queues' },
    n: { value: 'task', help: 'the IPC namespace of this task' },
  },
  operands: [
    {
      name: 'which',
      kind: 'text',
      completion: ['address'],
      arity: '?',
      help: 'an id, or the address of a shmid_kernel, sem_array or msg_queue',
    },
  ],
  help: `Shows System V shared memory, semaphores and message queues, all of them or
those with one id.`,
  examples: [{ run: 'ipcs -M', on: '', shows: 'shared memory, and what of it is swapped out' }],

  *run({ flags, operands }, { target }): Generator<IpcRecord | Notice> {
    const word = operands.which;
    if (word !== undefined && !isNumber(word)) {
      throw new CommandError(`not a valid number: ${word}`, { fault: { kind: 'number', word } });
    }
    const namespace = ipcNamespace(target, flags.n);
    const all = !(flags.s || flags.m || flags.M || flags.q);
    const isMeant = ({ id, address }: IpcObject): boolean =>
      word === undefined || (isDecimal(word) && id === Number(word)) || address === parseHex(word);
    let found = false;
    if (all || flags.m || flags.M)
      found = (yield* segments(target, namespace, isMeant, flags.M === true)) || found;
    if (all || flags.s)
      found = (yield* listed('semaphores', semaphoreArrays(target, namespace), isMeant)) || found;
    if (all || flags.q)
      found = (yield* listed('queue', messageQueues(target, namespace), isMeant)) || found;
    if (word !== undefined && !found) yield plain(`invalid id or address: ${word}\n`);
  },

  printer({ flags }) {
    let last: IpcKind | undefined;
    /** A table ends with a blank line. With -M each segment is a table of its own. */
    const end = (out: Out): void => {
      if (last) out.line();
      last = undefined;
    };
    const begin = (kind: IpcKind, out: Out): void => {
      if (kind === last && !(kind === 'segment' && flags.M)) return;
      end(out);
      out.line(TITLES[kind]);
      last = kind;
    };
    const print = byKind<IpcRecord>({
      segment({ object, pages }, out) {
        begin('segment', out);
        out.line(segmentRow(object));
        if (pages) for (const line of segmentPageLines(pages)) out.line(line);
      },
      semaphores({ object }, out) {
        begin('semaphores', out);
        out.line(semaphoreRow(object));
      },
      queue({ object }, out) {
        begin('queue', out);
        out.line(queueRow(object));
      },
      none({ of }, out) {
        begin(of, out);
        out.line('(none allocated)');
        end(out);
      },
    });
    return Object.assign(print, { end });
  },
});

const TITLES: Readonly<Record<IpcKind, string>> = {
  segment: segmentHeader,
  semaphores: semaphoreHeader,
  queue: queueHeader,
};

type Test = (object: IpcObject) => boolean;

function* segments(target: Target, namespace: VAddr, isMeant: Test, withPages: boolean): Yield {
  let count = 0;
  let chosen = 0;
  for (const object of sharedSegments(target, namespace)) {
    count++;
    if (!isMeant(object)) continue;
    const pages = withPages ? segmentPages(target, object) : undefined;
    yield { kind: 'segment', object, pages };
    chosen++;
  }
  if (count === 0) yield { kind: 'none', of: 'segment' };
  return chosen > 0;
}

function* listed(
  kind: 'semaphores' | 'queue',
  objects: Iterable<SemaphoreArray | MessageQueue>,
  isMeant: Test,
): Yield {
  let count = 0;
  let chosen = 0;
  for (const object of objects) {
    count++;
    if (!isMeant(object)) continue;
    yield { kind, object } as IpcRecord;
    chosen++;
  }
  if (count === 0) yield { kind: 'none', of: kind };
  return chosen > 0;
}
