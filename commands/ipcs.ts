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
import { CommandError, defineCommand, type Notice, plain } from '../src/session/command/command.ts';
import { isDecimal, isNumber, parseHex } from '../src/session/line/numbers.ts';

type IpcRecord =
  | {
      readonly kind: 'segment';
      readonly object: SharedSegment;
      readonly pages: SegmentPages | undefined;
      readonly first: boolean;
    }
  | { readonly kind: 'semaphores'; readonly object: SemaphoreArray; readonly first: boolean }
  | { readonly kind: 'queue'; readonly object: MessageQueue; readonly first: boolean }
  | { readonly kind: 'none'; readonly header: string }
  | { readonly kind: 'blank' };
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

  *run({ flags, operands }, { target }) {
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
      found =
        (yield* listed(
          'semaphores',
          semaphoreHeader,
          semaphoreArrays(target, namespace),
          isMeant,
        )) || found;
    if (all || flags.q)
      found =
        (yield* listed('queue', queueHeader, messageQueues(target, namespace), isMeant)) || found;
    if (word !== undefined && !found) yield plain(`invalid id or address: ${word}\n`);
  },

  print(record: IpcRecord, out) {
    if (record.kind === 'blank') out.line();
    else if (record.kind === 'none') {
      out.line(record.header);
      out.line('(none allocated)');
    } else if (record.kind === 'segment') {
      if (record.first) out.line(segmentHeader);
      out.line(segmentRow(record.object));
      if (record.pages) for (const line of segmentPageLines(record.pages)) out.line(line);
    } else if (record.kind === 'semaphores') {
      if (record.first) out.line(semaphoreHeader);
      out.line(semaphoreRow(record.object));
    } else {
      if (record.first) out.line(queueHeader);
      out.line(queueRow(record.object));
    }
  },
});

type Test = (object: IpcObject) => boolean;

/** The segments; with their pages each is a table of its own. */
function* segments(target: Target, namespace: VAddr, isMeant: Test, withPages: boolean): Yield {
  let count = 0;
  let chosen = 0;
  for (const object of sharedSegments(target, namespace)) {
    count++;
    if (!isMeant(object)) continue;
    if (withPages && chosen > 0) yield { kind: 'blank' };
    const pages = withPages ? segmentPages(target, object) : undefined;
    yield { kind: 'segment', object, pages, first: withPages || chosen === 0 };
    chosen++;
  }
  if (count === 0) yield { kind: 'none', header: segmentHeader };
  if (count === 0 || chosen > 0) yield { kind: 'blank' };
  return chosen > 0;
}

function* listed(
  kind: 'semaphores' | 'queue',
  header: string,
  objects: Iterable<SemaphoreArray | MessageQueue>,
  isMeant: Test,
): Yield {
  let count = 0;
  let chosen = 0;
  for (const object of objects) {
    count++;
    if (!isMeant(object)) continue;
    yield { kind, object, first: chosen++ === 0 } as IpcRecord;
  }
  if (count === 0) yield { kind: 'none', header };
  if (count === 0 || chosen > 0) yield { kind: 'blank' };
  return chosen > 0;
}
