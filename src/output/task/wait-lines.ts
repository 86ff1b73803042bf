import { hex } from '../../base/address.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import type {
  Certainty,
  Holder,
  RootSubject,
  Thing,
  ThingName,
  Wait,
  WaitEvidence,
  WaitKind,
} from '../../kernel/waits/types.ts';
import { displayBytes } from '../text/escape.ts';

type Named = Pick<Task, 'pid' | 'comm'>;

/** `154 faulty/ab`. */
export const taskWords = ({ pid, comm }: Named): string => `${pid} ${displayBytes(comm)}`;

/** What is waited for, in words. */
const KIND_WORDS: Readonly<Record<WaitKind, string>> = {
  mutex: 'mutex',
  'rwsem-read': 'rwsem (to read)',
  'rwsem-write': 'rwsem (to write)',
  'rt-mutex': 'rt_mutex',
  semaphore: 'semaphore',
  completion: 'completion',
  'wait-queue': 'wait queue',
  bit: 'bit of',
  spinlock: 'spinlock',
  ipi: 'an answer to an IPI',
  rcu: 'a grace period of RCU',
  work: 'work item',
  futex: 'futex',
  vfork: 'vfork of',
  io: 'I/O',
  timer: 'time',
  event: 'an event',
};
export const kindWords = (kind: WaitKind): string => KIND_WORDS[kind];

function nameWords({ symbol, offset, module }: ThingName): string {
  const name = offset === 0 ? symbol : `${symbol}+${offset}`;
  return module === undefined ? name : `${name} [${module}]`;
}

/** `faulty_a [faulty]`, `ffff8c0182ca20c0`, `ffffcee94037be50 on the stack of 154`. */
export function thingWords({ address, name, onStackOf }: Thing): string {
  if (name) return nameWords(name);
  return onStackOf === undefined ? hex(address) : `${hex(address)} on the stack of ${onStackOf}`;
}

/** Kinds whose address says nothing to a reader: those of structures that are made for one wait. */
const WITHOUT_THING: ReadonlySet<WaitKind> = new Set(['rcu', 'ipi', 'timer', 'event', 'io']);

/** `mutex faulty_b [faulty]`. */
export function waitedFor({ kind, thing }: Pick<Wait, 'kind' | 'thing'>): string {
  const words = kindWords(kind);
  if (!thing || WITHOUT_THING.has(kind)) return words.replace(/ of$/, '');
  return `${words} ${thingWords(thing)}`;
}

const MAYBE: Readonly<Record<Certainty, string>> = {
  certain: '',
  likely: 'likely ',
  possible: 'possibly ',
};

/** `155 faulty/ba`, `CPU 1 (faulty/deaf)`, `a task that is gone: 153 faulty/gone`. */
export function holderWords(holder: Exclude<Holder, { kind: 'unknown' }>): string {
  const maybe = MAYBE[holder.certainty];
  switch (holder.kind) {
    case 'task':
      return `${maybe}${taskWords(holder.task)}`;
    case 'cpu':
      return `${maybe}CPU ${holder.cpu}${holder.task ? ` (${taskWords(holder.task)})` : ''}`;
    default:
      return `${maybe}a task that is gone, ${hex(holder.address)}${lastWords(holder)}`;
  }
}

function lastWords({ pid, comm }: { readonly pid?: number; readonly comm?: string }): string {
  return pid === undefined || comm === undefined ? '' : `: it was ${taskWords({ pid, comm })}`;
}

/** Nanoseconds as seconds or, from ten minutes on, as hours and minutes. */
export function durationWords(nanoseconds: bigint): string {
  const seconds = Number(nanoseconds) / 1e9;
  if (seconds < 600) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `in __mutex_lock, called by faulty_ab [faulty], for 10.7 s`. */
export function placeWords({ by, caller, executes, since }: Wait): string {
  const work = executes === undefined ? [] : [`executing ${nameWords(executes)}`];
  const plain = caller === undefined ? [] : [`called by ${nameWords({ offset: 0, ...caller })}`];
  return [
    by === undefined ? [] : [`in ${by}`],
    executes === undefined || caller?.symbol !== 'process_one_work' ? plain : work,
    since === undefined ? [] : [`for ${durationWords(since)}`],
  ]
    .flat()
    .join(', ');
}

/** What lines need not say of a wait, since it stands above them. */
export interface Told {
  /** The one who holds what is waited for. */
  readonly holder?: bigint | undefined;
  readonly reason?: string | undefined;
}

/** Columns of a terminal. */
const WIDTH = 80;

/** What a task waits for, who holds it, and where it waits: two lines, or one more for each thing that is not known. */
export function* waitLines(wait: Wait, indent: string, told: Told = {}): Generator<string> {
  const named = wait.holders.filter((holder) => holder.kind !== 'unknown');
  const isTold = named.length > 0 && named.every((holder) => addressOf(holder) === told.holder);
  const held = named.length === 0 || isTold ? '' : `${heldWords(wait.kind)} ${holdersWords(named)}`;
  const maybe = wait.thing ? MAYBE[wait.certainty] : '';
  const first = `${indent}${taskWords(wait.task)} waits ${maybe}for ${waitedFor(wait)}`;
  const fits = first.length + 2 + held.length <= WIDTH;
  yield held !== '' && fits ? `${first}, ${held}` : first;
  if (held !== '' && !fits) yield `${indent}    ${held}`;
  yield `${indent}    ${placeWords(wait)}`;
  for (const holder of wait.holders) {
    if (holder.kind !== 'unknown' || holder.reason === '' || holder.reason === told.reason)
      continue;
    yield `${indent}    ${holder.reason}`;
  }
}

/** The task_struct of who holds something: a task, what was one, or that which a CPU was running. */
export function addressOf(holder: RootSubject | Holder): bigint | undefined {
  if (holder.kind === 'gone') return holder.address;
  return holder.kind === 'task' || holder.kind === 'cpu' ? holder.task?.address : undefined;
}

/** A wait in one row: its task, how long, for what, and where. */
export function waitRow(wait: Wait): string {
  const { by, caller, since } = wait;
  const time = since === undefined ? '' : durationWords(since);
  const place = [by, caller?.symbol].filter((name) => name !== undefined).join(' < ');
  const thing = wait.thing ? waitedFor(wait) : kindWords(wait.kind).replace(/ of$/, '');
  return `${taskWords(wait.task).padEnd(22)} ${time.padStart(9)}  ${thing}, ${place}`;
}

const heldWords = (kind: WaitKind): string =>
  kind === 'ipi' || kind === 'rcu' ? 'held up by' : kind === 'work' ? 'executed by' : 'held by';

/** Holders that are named in a line; of more, their number is told. */
const SHOWN_HOLDERS = 4;

function holdersWords(holders: readonly Exclude<Holder, { kind: 'unknown' }>[]): string {
  const shown = holders.slice(0, SHOWN_HOLDERS).map(holderWords).join(', ');
  const more = holders.length - SHOWN_HOLDERS;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

/** The heading of a root: what it is. */
export function subjectWords(subject: RootSubject): string {
  switch (subject.kind) {
    case 'task':
      return taskWords(subject.task);
    case 'thing':
      return waitedFor({ kind: subject.of, thing: subject.thing });
    default:
      return holderWords({ ...subject, certainty: 'certain' });
  }
}

/** `mutex.owner at ffff...: ffff8c0182ca0001`. */
export const evidenceLine = ({ what, address, value }: WaitEvidence): string =>
  `${what} at ${hex(address)}: ${hex(value)}`;
