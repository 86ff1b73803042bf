import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { panicMessage } from '../kernel/panic/message.ts';
import { displayBytes, escapeText } from '../output/text/escape.ts';
import type { Session } from '../session/state/session.ts';

const PANIC_LENGTH = 32;
/** The kernel's options that __die() adds (arch/x86/kernel/dumpstack.c): the same in each of its oopses. */
const BUILT_WITH = / (?:PREEMPT(?:_RT|_LAZY)?|SMP|DEBUG_PAGEALLOC|KASAN|PTI|NOPTI)\b/g;

/** Dump, kernel, context and panic: `vmcore  6.1.0-9  pid 149 sh  cpu 1  Oops: 0002`. A narrow window cuts the end. */
export function contextRow(session: Session): string {
  const { target } = session;
  return [
    () => basename(target.memory.paths[0] ?? ''),
    () => target.vmcoreinfo.osrelease ?? '',
    () => `pid ${session.task.pid} ${displayBytes(session.task.comm)}`,
    () => `cpu ${session.task.cpu}`,
    () => shortPanic(panicMessage(target)),
  ]
    .map(tried)
    .filter((part) => part !== '')
    .join('  ');
}

/** The row of a session, made again only when the context's task has changed. */
export class ContextRow {
  readonly #session: Session;
  #task: bigint | undefined;
  #row = '';
  /** The first prompt does not wait for the row, which reads the dump. */
  wanted = false;

  constructor(session: Session) {
    this.#session = session;
  }

  text(): string {
    if (!this.wanted || this.#session.settings.context === false) return '';
    const task = currentTask(this.#session);
    if (this.#row === '' || task !== this.#task) {
      this.#task = task;
      this.#row = contextRow(this.#session);
    }
    return this.#row;
  }
}

/** The address of the context's task; undefined when the dump's tasks cannot be read. */
function currentTask(session: Session): bigint | undefined {
  try {
    return session.task.address;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** Without quotes and the common beginning of such messages. */
function shortPanic(message: string): string {
  const text = message
    .replace(/ \(check log for details\)$/, '')
    .replace(/^"|"$/g, '')
    .replace(/^Kernel panic - not syncing: /, '');
  const short = text
    .replace(/^BUG: /, '')
    .replace(BUILT_WITH, '')
    .replace(/\s+/g, ' ')
    .trim();
  return short.length <= PANIC_LENGTH ? short : `${short.slice(0, PANIC_LENGTH).trimEnd()}..`;
}

/** A part that the dump does not have is left out. */
function tried(part: () => string): string {
  try {
    return escapeText(part());
  } catch (error) {
    if (error instanceof CrashError) return '';
    throw error;
  }
}

/** Identity of a dump, wherever it lies: kernel build and time of the crash. */
export function dumpId(target: Target): string {
  const { vmcoreinfo, memory } = target;
  const { buildId, crashTime, osrelease } = vmcoreinfo;
  const facts = [
    buildId ?? osrelease ?? '',
    crashTime ?? basename(memory.paths[0] ?? ''),
    memory.maxPfn,
  ];
  return createHash('sha256').update(facts.join(' ')).digest('hex').slice(0, 12);
}
