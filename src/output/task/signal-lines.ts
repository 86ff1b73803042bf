import { hex, hex16 } from '../../base/address.ts';
import type {
  PendingSignals,
  ProcessSignals,
  SignalAction,
  ThreadSignals,
} from '../../kernel/task/signals.ts';
import { center } from '../text/justify.ts';

const ADDRESS_WIDTH = 16;
const HANDLER_WIDTH = 10;
const LINE_WIDTH = 80;

const HANDLERS: ReadonlyMap<bigint, string> = new Map([
  [0xffffffffffffffffn, 'SIG_ERR'],
  [0n, 'SIG_DFL'],
  [1n, 'SIG_IGN'],
]);
/** sa_flags in the order in which crash names them; include/uapi/asm-generic/signal-defs.h. */
const ACTION_FLAGS: readonly (readonly [bigint, string])[] = [
  [0x1n, 'SA_NOCLDSTOP'],
  [0x4000000n, 'SA_RESTORER'],
  [0x2n, 'SA_NOCLDWAIT'],
  [0x4n, 'SA_SIGINFO'],
  [0x8000000n, 'SA_ONSTACK'],
  [0x10000000n, 'SA_RESTART'],
  [0x40000000n, 'SA_NODEFER'],
  [0x80000000n, 'SA_RESETHAND'],
];

const bracketed = (signal: number): string => `${signal < 10 ? ' ' : ''}[${signal}]`;

/** A signal with its names. */
export const signalLine = (signal: number, names: readonly string[]): string =>
  `${bracketed(signal)} ${names.join('/')}`;

/** The names of the signals in a set, in lines of 80 columns. */
export function signalSetLines(names: readonly string[]): string[] {
  if (names.length === 0) return ['(none)'];
  const lines: string[] = [];
  let line = '';
  for (const signal of names) {
    const name = line === '' && lines.length === 0 ? signal : ` ${signal}`;
    if (line.length + name.length > LINE_WIDTH) {
      lines.push(line);
      line = name.slice(1);
    } else line += name;
  }
  return [...lines, line];
}

/** The dispositions of a process, which its threads share; not its pending signals. */
export function processSignalLines(signals: ProcessSignals | undefined): string[] {
  if (!signals) return ['SIGNAL_STRUCT: 0  '];
  const heading = [
    center('SIGACTION', ADDRESS_WIDTH),
    'HANDLER'.padStart(HANDLER_WIDTH),
    center('MASK', ADDRESS_WIDTH),
    'FLAGS'.padEnd(ADDRESS_WIDTH),
  ];
  return [
    `SIGNAL_STRUCT: ${hex(signals.address)}  NR_THREADS: ${signals.threads}`,
    ` SIG ${heading.join(' ')}`,
    ...signals.actions.map(actionLine),
  ];
}

function actionLine({ signal, address, handler, mask, flags }: SignalAction): string {
  const names = ACTION_FLAGS.filter(([bit]) => (flags & bit) !== 0n).map(([, name]) => name);
  const text = (HANDLERS.get(handler) ?? hex(handler)).padStart(HANDLER_WIDTH);
  return `${bracketed(signal)} ${hex(address)} ${text} ${hex16(mask)} ${hex(flags)} ${names.length > 0 ? `(${names.join('|')})` : ''}`;
}

/** The signals of one thread. */
export const threadSignalLines = (signals: ThreadSignals): string[] => [
  `SIGPENDING: ${signals.pending ? 'yes' : 'no'}`,
  `   BLOCKED: ${hex16(signals.blocked)}`,
  'PRIVATE_PENDING',
  ...pendingLines(signals.private),
];

/** The signals pending for the whole process. */
export const sharedPendingLines = ({ shared }: ProcessSignals): string[] => [
  'SHARED_PENDING',
  ...pendingLines(shared),
];

function pendingLines({ set, queue }: PendingSignals): string[] {
  return [
    `    SIGNAL: ${hex16(set)}`,
    queue.length === 0
      ? '  SIGQUEUE: (empty)'
      : `  SIGQUEUE:  SIG  ${center('SIGINFO', ADDRESS_WIDTH)}`,
    ...queue.map(
      ({ signal, info }) => `${' '.repeat(13)}${String(signal).padStart(3)}  ${hex(info)}`,
    ),
  ];
}
