import { hex } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { panicMessage } from '../../kernel/panic/message.ts';
import { initialContext } from '../../kernel/panic/panic.ts';
import { utsname } from '../../kernel/system/utsname.ts';
import { wallClock } from '../../kernel/time/clock.ts';
import { displayBytes } from '../../output/text/escape.ts';
import { type DumpIdentity, IDENTITY_LABELS } from '../../output/transcript/formats.ts';
import type { Session } from '../state/session.ts';
import { type SessionState, sessionState } from '../state/session-state.ts';

/** Identity of this dump and state of the session. Unknown facts are empty. */
export function dumpIdentity(
  session: Session,
  now: Date,
  state: SessionState = sessionState(session),
): DumpIdentity {
  const { target, version } = session;
  const { vmcoreinfo } = target;
  const { crashTime } = vmcoreinfo;
  return {
    tscrash: version,
    dump: target.memory.paths.join(' '),
    kernel: vmcoreinfo.osrelease ?? tried(() => utsname(target).release),
    buildId: vmcoreinfo.buildId ?? '',
    crashed: tried(() => isoTime(new Date((crashTime ?? wallClock(target)) * 1000))),
    panic: tried(() => displayBytes(panicMessage(target)).replace(/^"|"$/g, '')),
    context: tried(() => {
      const { address, pid, comm } = state.task ?? initialContext(target);
      return `${hex(address)} (pid ${pid} "${displayBytes(comm)}")`;
    }),
    settings: state.settings,
    recorded: isoTime(now),
  };
}

/** Facts that tell two dumps apart; the file's name and the session's state do not. */
const TELLS_APART: ReadonlySet<keyof DumpIdentity> = new Set([
  'buildId',
  'kernel',
  'crashed',
  'panic',
]);

/** The facts of a recorded identity that differ here; facts that either side lacks are left out. */
export const differences = (
  recorded: Partial<DumpIdentity>,
  here: DumpIdentity,
): { readonly what: string; readonly recorded: string; readonly here: string }[] =>
  IDENTITY_LABELS.filter(([key]) => TELLS_APART.has(key))
    .map(([key, what]) => ({ what, recorded: recorded[key] ?? '', here: here[key] }))
    .filter((each) => each.recorded !== '' && each.here !== '' && each.recorded !== each.here);

/** To the second: `2026-11-21T02:01:18Z`. */
function isoTime(date: Date): string {
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function tried(read: () => string): string {
  try {
    return read().replace(/\s+/g, ' ').trim();
  } catch (error) {
    if (error instanceof CrashError) return '';
    throw error;
  }
}
