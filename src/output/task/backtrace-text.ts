import { hex } from '../../base/address.ts';
import type { CodePlace, FrameRegisters, StackOverflow } from '../../kernel/stacktrace/listing.ts';
import type { StackWord, WordRun } from '../../kernel/stacktrace/stack-listing.ts';
import type { ShownFrame, StackView } from '../../kernel/stacktrace/views.ts';
import { displayBytes } from '../text/escape.ts';
import { sourceLine } from '../text/source-lines.ts';

/** How `bt` writes numbers. */
export interface BacktraceStyle {
  /** Offsets behind the names of functions. */
  readonly offsets: boolean;
  /** Radix of those offsets. */
  readonly radix: 10 | 16;
  /** The session's radix: all other offsets. */
  readonly outputRadix: 10 | 16;
  /** Write the address before the name of a slab cache. */
  readonly cacheAddresses: boolean;
}

const hex16 = (value = 0n): string => value.toString(16).padStart(16, '0');
const hex8 = (value = 0n): string => value.toString(16).padStart(8, '0');
const hex4 = (value = 0n): string => (value & 0xffffn).toString(16).padStart(4, '0');
/** Is an address one of a 32-bit kernel? No other has anything there that could be shown. */
const isShort = (address: bigint): boolean => address >> 32n === 0n;
const offsetText = (offset: number, radix: 10 | 16): string =>
  offset === 0 ? '' : radix === 16 ? `+0x${offset.toString(16)}` : `+${offset}`;

/** The lines of a task's stack, without the task's header. */
export function* backtraceLines(view: StackView, style: BacktraceStyle): Generator<string> {
  if (view.view === 'none') yield '(no stack)';
  else if (view.view === 'trace') yield* traceLines(view, style);
  else if (view.view === 'text') yield* textLines(view, style);
  else if (view.view === 'raw') yield* rawLines(view, style);
  else if (view.view === 'exceptions') {
    for (const frame of view.frames) yield* exceptionFrameLines(frame, style);
  }
}

function* traceLines(
  view: StackView & { view: 'trace' },
  style: BacktraceStyle,
): Generator<string> {
  const { registers } = view;
  if (registers) {
    if (isI386(registers)) yield* shortRegisterLines(registers);
    else {
      const place = registers.user ? 'user space' : placeText(registers.place, style);
      yield `    [exception RIP: ${place}]`;
      yield* registerLines(registers, false);
    }
  }
  if (view.overflow) yield overflowLine(view.overflow);
  for (const frame of view.frames) {
    if (frame.overflow) yield overflowLine(frame.overflow);
    if (frame.words) yield* wordLines(frame.words, style);
    if (frame.index !== undefined) yield frameLine(frame, frame.index, style);
    if (frame.source) yield `    ${sourceLine(frame.source)}`;
    if (frame.registers) {
      yield* savedLines(frame.registers, style);
      if (frame.registers.source) yield `    ${sourceLine(frame.registers.source)}`;
    }
    if (frame.leaves !== undefined) yield `--- <${frame.leaves}> ---`;
  }
  if (view.end.kind === 'broken') yield `    [ the stack walk ends here: ${view.end.reason} ]`;
}

/** What a full stack is told as. */
export const overflowText = ({ stack, base, top, below }: StackOverflow): string =>
  `stack overflow: the stack pointer is ${below} bytes below the ${stack}, ${hex(base)} - ${hex(top)}`;
const overflowLine = (overflow: StackOverflow): string => `    [ ${overflowText(overflow)} ]`;

function frameLine(frame: ShownFrame, index: number, style: BacktraceStyle): string {
  const name =
    displayBytes(frame.symbol ?? '(unknown)') +
    (style.offsets ? offsetText(frame.offset, style.radix) : '');
  const module = frame.module === undefined ? '' : ` [${displayBytes(frame.module)}]`;
  // crash's own mark of a frame that may be a left-over.
  const doubt = frame.doubtful ? ' *' : '';
  const via = frame.via === undefined ? '' : ` (via ${frame.via})`;
  return `${`#${index}`.padStart(3)} [${hex(frame.sp)}] ${name}${via} at ${hex(frame.ip)}${module}${doubt}`;
}

function* savedLines(registers: FrameRegisters, style: BacktraceStyle): Generator<string> {
  if (isI386(registers)) {
    yield* shortRegisterLines(registers);
    return;
  }
  if (!registers.user) yield `    [exception RIP: ${placeText(registers.place, style)}]`;
  yield* registerLines(registers, true);
}

const placeText = (place: CodePlace | undefined, { outputRadix }: BacktraceStyle): string =>
  place?.symbol === undefined
    ? 'unknown or invalid address'
    : place.symbol + offsetText(place.offset, outputRadix);

/** A block of registers. A CPU's note has no ORIG_RAX to speak of. */
function* registerLines({ values: r }: FrameRegisters, original: boolean): Generator<string> {
  yield `    RIP: ${hex16(r.ip)}  RSP: ${hex16(r.sp)}  RFLAGS: ${hex8(r.flags)}`;
  yield `    RAX: ${hex16(r.ax)}  RBX: ${hex16(r.bx)}  RCX: ${hex16(r.cx)}`;
  yield `    RDX: ${hex16(r.dx)}  RSI: ${hex16(r.si)}  RDI: ${hex16(r.di)}`;
  yield `    RBP: ${hex16(r.bp)}   R8: ${hex16(r.r8)}   R9: ${hex16(r.r9)}`;
  yield `    R10: ${hex16(r.r10)}  R11: ${hex16(r.r11)}  R12: ${hex16(r.r12)}`;
  yield `    R13: ${hex16(r.r13)}  R14: ${hex16(r.r14)}  R15: ${hex16(r.r15)}`;
  const selectors = `CS: ${hex4(r.cs)}  SS: ${hex4(r.ss)}`;
  yield original ? `    ORIG_RAX: ${hex16(r.orig_ax)}  ${selectors}` : `    ${selectors}`;
}

/** Only i386 saves segment registers. */
const isI386 = ({ values }: FrameRegisters): boolean => values.ds !== undefined;

/** i386's registers. What it pushed from kernel mode has no stack pointer in it. */
function* shortRegisterLines({ values: r, user }: FrameRegisters): Generator<string> {
  const bp = `  EBP: ${hex8(r.bp)}`;
  const gs = `  GS:  ${hex4(r.gs)}`;
  yield `    EAX: ${hex8(r.ax)}  EBX: ${hex8(r.bx)}  ECX: ${hex8(r.cx)}  EDX: ${hex8(r.dx)}${user ? '' : bp} `;
  yield `    DS:  ${hex4(r.ds)}      ESI: ${hex8(r.si)}  ES:  ${hex4(r.es)}      EDI: ${hex8(r.di)}${user ? '' : gs}`;
  if (user) yield `    SS:  ${hex4(r.ss)}      ESP: ${hex8(r.sp)}${bp}${gs}`;
  yield `    CS:  ${hex4(r.cs)}      EIP: ${hex8(r.ip)}  ERR: ${hex8(r.orig_ax)}  EFLAGS: ${hex8(r.flags)} `;
}

/** A set of registers found by searching a stack. */
export function* exceptionFrameLines(
  frame: FrameRegisters,
  style: BacktraceStyle,
): Generator<string> {
  yield '';
  yield `  ${frame.user ? 'USER' : 'KERNEL'}-MODE EXCEPTION FRAME AT: ${hex(frame.address)}`;
  yield* savedLines(frame, style);
}

function* textLines(view: StackView & { view: 'text' }, style: BacktraceStyle): Generator<string> {
  if (view.start) {
    const indent = ' '.repeat(isShort(view.start.ip) ? 6 : 14);
    yield `${indent}START: ${view.start.symbol ?? '(unknown)'} at ${hex(view.start.ip)}`;
  }
  for (const { words, registers, leaves, overflow } of view.segments) {
    if (overflow) yield overflowLine(overflow);
    for (const { at, address, symbol, offset, module } of words) {
      const name =
        displayBytes(symbol ?? '(unknown)') +
        (style.offsets ? offsetText(offset, style.radix) : '');
      const from = module === undefined ? '' : ` [${displayBytes(module)}]`;
      yield `  [${hex(at)}] ${name} at ${hex(address)}${from}`;
    }
    if (registers) yield* savedLines(registers, style);
    if (leaves !== undefined) yield `--- <${leaves}> ---`;
  }
}

function* rawLines(
  { address, words }: StackView & { view: 'raw' },
  style: BacktraceStyle,
): Generator<string> {
  yield* rows(address, words, (at) => `${at}:  `, style);
}

const wordLines = ({ address, words }: WordRun, style: BacktraceStyle): Generator<string> =>
  rows(address, words, (at) => `    ${at}: `, style);

/** Sixteen bytes a line. */
function* rows(
  address: bigint,
  words: readonly StackWord[],
  lead: (address: string) => string,
  style: BacktraceStyle,
): Generator<string> {
  const short = isShort(address);
  const count = short ? 4 : 2;
  for (let i = 0; i < words.length; i += count) {
    const row = words.slice(i, i + count).map((word) => `${wordText(word, style, short)} `);
    yield lead(hex(address + BigInt((i * 16) / count))) + row.join('');
  }
}

function wordText(
  { value, symbol, cache }: StackWord,
  style: BacktraceStyle,
  short: boolean,
): string {
  const width = short ? 8 : 16;
  if (symbol) return (symbol.name + offsetText(symbol.offset, style.outputRadix)).padEnd(width);
  if (cache === undefined) return short ? hex8(value) : hex16(value);
  return (style.cacheAddresses ? `[${hex(value)}:${cache}]` : `[${cache}]`).padEnd(width);
}
