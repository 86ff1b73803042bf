import type { Target } from '../src/kernel/core/target.ts';
import {
  ipv4Text,
  type Neighbour,
  type NetDevice,
  neighbours,
  netDevices,
} from '../src/kernel/net/devices.ts';
import { AF_INET, AF_INET6, type Socket, socketsOf } from '../src/kernel/net/sockets.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { structText } from '../src/kernel/values/struct-text.ts';
import {
  deviceHeader,
  deviceRow,
  neighbourHeader,
  neighbourRow,
  socketHeader,
  socketRow,
  wholeSocketHeader,
  wholeSocketRow,
} from '../src/output/system/net-lines.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  plain,
  UsageOnly,
} from '../src/session/command/command.ts';
import { isDecimal, isNumber, parseHex, parseLong } from '../src/session/line/numbers.ts';
import type { Session } from '../src/session/state/session.ts';
import { findTasks } from '../src/session/state/task-words.ts';

type NetRecord =
  | { readonly kind: 'device'; readonly device: NetDevice; readonly first: boolean }
  | { readonly kind: 'neighbour'; readonly neighbour: Neighbour; readonly first: boolean }
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'socket'; readonly socket: Socket; readonly first: boolean }
  | { readonly kind: 'whole'; readonly socket: Socket; readonly text: readonly string[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'blank' };
type Yield = Generator<NetRecord | Notice, void>;

interface SocketView {
  readonly whole: boolean;
  readonly radix: 10 | 16;
  readonly reference: string | undefined;
}

export default defineCommand({
  name: 'net',
  group: 'system',
  summary: 'network command',
  synopsis: '[[-s | -S] [-xd] [-R ref] [pid | task]] [-a] [ -n [pid | task]] [-N addr]',
  flags: {
    s: { help: 'the open sockets of a task' },
    S: { help: 'the same, with struct socket and struct sock in full' },
    R: { value: 'text', help: 'only the socket, sock or descriptor of this number' },
    x: { help: 'with -S: numbers in hexadecimal', excludes: ['d'] },
    d: { help: 'with -S: numbers in decimal', excludes: ['x'] },
    a: { help: 'the ARP cache' },
    n: { help: "the devices of a task's network namespace" },
    N: { value: 'text', help: 'an IPv4 address from its number' },
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
  help: `Shows the network devices with their addresses. -s and -S show the sockets of
tasks, of the current context when none is named: family and type, and for
INET and INET6 the addresses and ports of both ends.`,
  examples: [
    { run: 'net', on: '', shows: 'the interfaces' },
    { run: 'foreach net -s', on: '', shows: 'every open socket' },
  ],

  *run({ flags, operands }, { target, session }) {
    const { words } = operands.tasks;
    const sockets = flags.s || flags.S;
    const others = flags.a || flags.N !== undefined || flags.n;
    if (!sockets && !others && (words.length > 0 || flags.x || flags.d || flags.R !== undefined)) {
      throw new UsageOnly('');
    }
    if (flags.N !== undefined) yield plain(dotted(flags.N));
    if (flags.a) yield* arpCache(target);
    if (sockets) {
      yield* ofTasks(target, session, words, {
        whole: flags.S === true,
        radix: flags.x ? 16 : flags.d ? 10 : session.settings.radix,
        reference: flags.R,
      });
    } else if (flags.n) yield* devices(target, taskNamed(target, session, words[0]));
    else if (!others) yield* devices(target);
  },

  print(record: NetRecord, out) {
    if (record.kind === 'device') {
      if (record.first) out.line(deviceHeader);
      out.line(deviceRow(record.device));
    } else if (record.kind === 'neighbour') {
      if (record.first) out.line(neighbourHeader);
      out.line(neighbourRow(record.neighbour));
    } else if (record.kind === 'task') out.line(taskHeader(record.task));
    else if (record.kind === 'socket') {
      if (record.first) out.line(socketHeader);
      out.line(socketRow(record.socket));
    } else if (record.kind === 'whole') {
      out.line(wholeSocketHeader);
      out.line(wholeSocketRow(record.socket));
      for (const line of ['', ...record.text, '']) out.line(line);
    } else out.line(record.kind === 'none' ? 'No open sockets.' : '');
  },
});

/** A number as it lies in memory: the first byte is the first of the address. */
function dotted(word: string): string {
  const value = Number(BigInt.asUintN(32, parseLong(word)));
  return ipv4Text(new Uint8Array(new Uint32Array([value]).buffer));
}

function* arpCache(target: Target): Yield {
  let first = true;
  for (const neighbour of neighbours(target)) {
    yield { kind: 'neighbour', neighbour, first };
    first = false;
  }
}

function* devices(target: Target, task?: Task): Yield {
  let first = true;
  for (const device of netDevices(target, task)) {
    yield { kind: 'device', device, first };
    first = false;
  }
}

function taskNamed(target: Target, session: Session, word: string | undefined): Task {
  const [task] = word === undefined ? [session.task] : findTasks(target, word);
  if (task) return task;
  throw new CommandError(`invalid task or pid value: ${word}`, {
    fault: { kind: 'task', word: word ?? '' },
  });
}

/** What is no task is named, and the others are shown. */
function* ofTasks(
  target: Target,
  session: Session,
  words: readonly string[],
  view: SocketView,
): Yield {
  if (words.length === 0) yield* ofTask(target, session.task, view);
  for (const [index, word] of words.entries()) {
    if (index > 0) yield { kind: 'blank' };
    const found = findTasks(target, word);
    if (found.length === 0) {
      yield error(`invalid task or pid value: ${word}`, { kind: 'task', word });
    }
    for (const task of found) yield* ofTask(target, task, view);
  }
}

function* ofTask(target: Target, task: Task, { whole, radix, reference }: SocketView): Yield {
  const failed: Notice[] = [];
  let count = 0;
  if (reference === undefined) yield { kind: 'task', task };
  const sockets = socketsOf(target, task, (failure, fd) => {
    failed.push(error(`fd ${fd}: ${failure.message}`));
  });
  for (const socket of sockets) {
    yield* failed.splice(0);
    if (reference !== undefined && !isMeant(socket, reference)) continue;
    const first = count++ === 0;
    if (first && reference !== undefined) yield { kind: 'task', task };
    if (whole) yield { kind: 'whole', socket, text: structures(target, socket, radix) };
    else yield { kind: 'socket', socket, first };
  }
  yield* failed;
  if (reference !== undefined) {
    if (count > 0) yield { kind: 'blank' };
  } else if (count === 0) yield { kind: 'none' };
}

function isMeant({ fd, socket, sock }: Socket, word: string): boolean {
  if (!isNumber(word)) return false;
  const value = parseHex(word);
  return fd === Number(isDecimal(word) ? word : value) || [socket, sock].some((at) => at === value);
}

/** Only the sockets of INET and INET6 are a struct inet_sock, whose beginning is a struct sock. */
function structures(target: Target, { socket, sock, family }: Socket, radix: 10 | 16): string[] {
  const type = family === AF_INET || family === AF_INET6 ? 'inet_sock' : 'sock';
  const whole = structText(target, 'socket', socket, radix);
  return sock === 0n ? [whole] : [whole, structText(target, type, sock, radix)];
}
