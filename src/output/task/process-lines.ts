import { hex } from '../../base/address.ts';
import type { ProcessRow } from '../../kernel/stacktrace/process-row.ts';
import type { ResourceLimit } from '../../kernel/task/rlimits.ts';
import { displayBytes } from '../text/escape.ts';
import { center } from '../text/justify.ts';

const ADDRESS_WIDTH = 16;

/** In place of an unknown number: 0 would be an answer. */
const UNKNOWN = '-';

/** The line above a process list; `withStack` shows stack pointers in place of task addresses. */
export function processHeader(withStack: boolean): string {
  const column = center(withStack ? 'KSTACKP' : 'TASK', ADDRESS_WIDTH, 'right');
  return `      PID    PPID  CPU ${column}  ST  %MEM      VSZ      RSS  COMM`;
}

/** One line of a process list. */
export function processLine(row: ProcessRow, withStack: boolean): string {
  const { stack } = row;
  const pointer = withStack ? (stack === undefined ? '--' : hex(stack)) : hex(row.task);
  const memory = (row.memoryPercent?.toFixed(1) ?? UNKNOWN).padStart(4);
  const comm = displayBytes(row.comm);
  return [
    `${row.active ? '>' : ' '} ${String(row.pid).padStart(7)} ${String(row.ppid).padStart(7)}`,
    ` ${String(row.cpu).padStart(3)}  ${center(pointer, ADDRESS_WIDTH, 'right')} ${row.state.padStart(3)}`,
    `${row.state.length > 3 ? ' ' : '  '}${memory} ${String(row.virtualSize ?? UNKNOWN).padStart(8)}`,
    ` ${String(row.residentSize ?? UNKNOWN).padStart(8)}  ${row.kernelThread ? `[${comm}]` : comm}`,
  ].join('');
}

const UNLIMITED = '(unlimited)';

/** The table of `ps -r`. */
export function limitLines(limits: readonly ResourceLimit[]): string[] {
  const names = Math.max(6, ...limits.map(({ name }) => name.length));
  const value = (limit: bigint | undefined): string =>
    limit === undefined ? UNLIMITED : center(String(BigInt.asIntN(64, limit)), UNLIMITED.length);
  const line = (name: string, current: string, maximum: string): string =>
    `  ${name.padStart(names)}   ${current}   ${maximum}`;
  const heading = (text: string): string => center(text, UNLIMITED.length, 'right');
  return [
    line('RLIMIT', heading('CURRENT'), heading('MAXIMUM')),
    ...limits.map(({ name, current, maximum }) => line(name, value(current), value(maximum))),
  ];
}
