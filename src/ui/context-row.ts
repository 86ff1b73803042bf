import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { panicMessage } from '../kernel/panic/message.ts';
import { displayBytes, escapeText } from '../output/text/escape.ts';
import type { Session } from '../session/state/session.ts';

const PANIC_LENGTH = 32;
/** How the kernel was built, which __die() adds (arch/x86/kernel/dumpstack.c): true of each of its oopses. */
const BUILT_WITH = / (?:PREEMPT(?:_RT|_LAZY)?|SMP|DEBUG_PAGEALLOC|KASAN|PTI|NOPTI)\b/g;

/**
 * Which dump, which kernel, whose context, and what happened: `vmcore  6.1.0-9  pid 149 sh  cpu 1  Oops: 0002`.
 * The end is what a narrow window loses.
 */
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

/** Without the quotes and what every such message begins with. */
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

/** What the dump does not tell is left out. */
function tried(part: () => string): string {
  try {
    return escapeText(part());
  } catch (error) {
    if (error instanceof CrashError) return '';
    throw error;
  }
}

/** The same for the same dump wherever it lies, and for no other: kernel build and time of the crash. */
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
