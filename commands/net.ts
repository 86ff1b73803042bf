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
import { type ShownValue, shownStruct } from '../src/kernel/values/shown-value.ts';
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
  type Out,
  UsageOnly,
} from '../src/session/command/command.ts';
import { byKind, titleOnce } from '../src/session/command/printing.ts';
import { isDecimal, isNumber, parseHex, parseLong } from '../src/session/line/numbers.ts';
import type { Session } from '../src/session/state/session.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';

type NetRecord =
  | { readonly kind: 'device'; readonly device: NetDevice }
  | { readonly kind: 'neighbour'; readonly neighbour: Neighbour }
  | { readonly kind: 'ipv4'; readonly address: string }
  | { readonly kind: 'task'; readonly task: Task; readonly operand: number | undefined }
  /** A word that names no task; an error follows. */
  | { readonly kind: 'no-task'; readonly word: string; readonly operand: number }
  | {
      readonly kind: 'socket';
      readonly socket: Socket;
      /** With -S: struct socket, and the struct sock behind it. */
      readonly structs?: readonly ShownValue[];
    }
  /** The end of a task's sockets. */
  | {
      readonly kind: 'total';
      readonly pid: number;
      readonly sockets: number;
      readonly operand: number | undefined;
    };
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

  *run({ flags, operands }, { target, session }): Yield {
    const { words } = operands.tasks;
    const sockets = flags.s || flags.S;
    const others = flags.a || flags.N !== undefined || flags.n;
    if (!sockets && !others && (words.length > 0 || flags.x || flags.d || flags.R !== undefined)) {
      throw new UsageOnly('');
    }
    if (flags.N !== undefined) yield { kind: 'ipv4', address: dotted(flags.N) };
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

  printer({ flags }, { headed }) {
    const deviceTitle = titleOnce(deviceHeader);
    const neighbourTitle = titleOnce(neighbourHeader);
    let socketTitle = titleOnce(socketHeader);
    let last: number | undefined;
    /** The tasks of two words are separated by a blank line. */
    const begin = (operand: number | undefined, out: Out): void => {
      if (operand !== undefined && operand > 0 && operand !== last) out.gap();
      last = operand;
    };
    return byKind<NetRecord>({
      device({ device }, out) {
        deviceTitle(out);
        out.line(deviceRow(device));
      },
      neighbour({ neighbour }, out) {
        neighbourTitle(out);
        out.line(neighbourRow(neighbour));
      },
      ipv4({ address }, out) {
        out.line(address);
      },
      task({ task, operand }, out) {
        begin(operand, out);
        if (headed) out.line(taskHeader(task));
        socketTitle = titleOnce(socketHeader);
      },
      'no-task'({ operand }, out) {
        begin(operand, out);
      },
      socket({ socket, structs }, out) {
        if (!structs) {
          socketTitle(out);
          out.line(socketRow(socket));
          return;
        }
        out.line(wholeSocketHeader);
        out.line(wholeSocketRow(socket));
        for (const line of ['', ...structs.map(({ text }) => text())]) out.line(line);
        out.gap();
      },
      total({ sockets, operand }, out) {
        begin(operand, out);
        if (flags.R === undefined) {
          if (sockets === 0) out.line('No open sockets.');
        } else if (sockets > 0) out.gap();
      },
    });
  },
});

/** A number as it lies in memory: the first byte is the first of the address. */
function dotted(word: string): string {
  const value = Number(BigInt.asUintN(32, parseLong(word)));
  return ipv4Text(new Uint8Array(new Uint32Array([value]).buffer));
}

function* arpCache(target: Target): Yield {
  for (const neighbour of neighbours(target)) yield { kind: 'neighbour', neighbour };
}

function* devices(target: Target, task?: Task): Yield {
  for (const device of netDevices(target, task)) yield { kind: 'device', device };
}

function taskNamed(target: Target, session: Session, word: string | undefined): Task {
  const [task] = word === undefined ? [session.task] : findTasks(target, word);
  if (task) return task;
  throw new CommandError(noSuchTask(target, word ?? ''), {
    fault: { kind: 'task', word: word ?? '' },
  });
}

/** A word that names no task is reported, and the others are shown. */
function* ofTasks(
  target: Target,
  session: Session,
  words: readonly string[],
  view: SocketView,
): Yield {
  if (words.length === 0) yield* ofTask(target, session.task, view, undefined);
  for (const [operand, word] of words.entries()) {
    const found = findTasks(target, word);
    if (found.length === 0) {
      yield { kind: 'no-task', word, operand };
      yield error(noSuchTask(target, word), { kind: 'task', word });
    }
    for (const task of found) yield* ofTask(target, task, view, operand);
  }
}

function* ofTask(
  target: Target,
  task: Task,
  { whole, radix, reference }: SocketView,
  operand: number | undefined,
): Yield {
  let count = 0;
  if (reference === undefined) yield { kind: 'task', task, operand };
  for (const socket of socketsOf(target, task)) {
    if (reference !== undefined && !isMeant(socket, reference)) continue;
    if (count++ === 0 && reference !== undefined) yield { kind: 'task', task, operand };
    yield {
      kind: 'socket',
      socket,
      ...(whole ? { structs: structures(target, socket, radix) } : {}),
    };
  }
  yield { kind: 'total', pid: task.pid, sockets: count, operand };
}

function isMeant({ fd, socket, sock }: Socket, word: string): boolean {
  if (!isNumber(word)) return false;
  const value = parseHex(word);
  return fd === Number(isDecimal(word) ? word : value) || [socket, sock].some((at) => at === value);
}

/** Only sockets of INET and INET6 are a struct inet_sock, which begins with a struct sock. */
function structures(
  target: Target,
  { socket, sock, family }: Socket,
  radix: 10 | 16,
): ShownValue[] {
  const type = family === AF_INET || family === AF_INET6 ? 'inet_sock' : 'sock';
  const whole = shownStruct(target, 'socket', socket, radix);
  return sock === 0n ? [whole] : [whole, shownStruct(target, type, sock, radix)];
}
