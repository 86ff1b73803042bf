import { hex, plus, type VAddr, va } from '../../../base/address.ts';
import { CrashError } from '../../../base/errors.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { moduleList } from '../../../kernel/modules.ts';
import type { Check, Finding, Tally } from '../check.ts';
import { probedPlaces } from './probes.ts';
import { type Fault, Sweep } from './sweep.ts';

/** A larger range of code is damage in what says where it ends. */
const MAX_CODE = 1 << 28;

/** All code: bytes that are no instruction, and branches that lead into the middle of one. */
export const textCheck: Check = {
  name: 'text',
  title: 'the code of the kernel and of modules: bytes that are no instruction, stray branches',
  note: 'a changed operand that leaves an instruction whole cannot be seen without a second copy of the code',
  *run(target, tally) {
    const start = target.symbol('_stext');
    const end = target.symbol('_etext');
    yield* checkCode(target, tally, start, Number(end - start));
    for (const { regions } of moduleList(target).modules)
      for (const { base, textSize, init } of regions)
        if (!init && textSize > 0) yield* checkCode(target, tally, base, textSize);
  },
};

/** Checks one range of code. Pages that are not in the dump are counted as skipped, and code goes on at a function's start. */
export function* checkCode(
  target: Target,
  tally: Tally,
  base: VAddr,
  size: number,
): Generator<Finding> {
  const { lengths } = target.arch;
  if (!lengths || size <= 0 || size > MAX_CODE) return;
  const page = target.pageSize;
  const bytes = new Uint8Array(size);
  const isRead = new Uint8Array(Math.ceil(size / page) + 1);
  for (let at = 0; at < size; at += page) {
    const part = target.kernel.tryRead(plus(base, at), Math.min(page, size - at));
    if (part) {
      bytes.set(part, at);
      isRead[at / page] = 1;
    } else tally.skipped++;
  }
  const sweep = new Sweep(bytes, lengths());
  const judge = new Judge(target, base, sweep, tally);
  for (let at = 0; at < size; ) {
    if (isRead[Math.floor(at / page)] === 0) {
      at += page - (at % page);
      continue;
    }
    let end = at;
    while (end < size && isRead[Math.floor(end / page)] === 1) end += page - (end % page);
    end = Math.min(end, size);
    target.kernel.checkpoint();
    // Behind a page that is missing an instruction may have begun on it.
    const first = at === 0 ? 0 : judge.nextFunction(at);
    for (const fault of sweep.run(first, end, (bad) => judge.nextFunction(bad + 1)))
      yield* judge.illegal(fault, end);
    at = end;
  }
  const isKnown = (at: number): boolean => isRead[Math.floor(at / page)] === 1;
  if (!judge.hasFaults && isRead.subarray(0, Math.ceil(size / page)).every((each) => each === 1))
    for (const fault of sweep.strayBranches(isKnown)) yield* judge.stray(fault);
  tally.checked += sweep.count;
}

/** The first bytes of functions that a compiler made: endbr64, a call for the tracer or room for it, push, sub of the stack. */
const COMPILED =
  /^(?:f30f1efa)?(?:e8|0f1f440000|0f1f8000|6690|5[0-7]|415[4-7]|4883ec|4881ec|4889|4989|498b|488b|89|8b|31c0|f30f1efa|83|85|80|4885|4883|0fb6|0fb7|65)/;

/** Bytes of endbr64 and the call for the tracer. */
const FIRST_BYTES = 9;
/** A call for the tracer, or room for one: only a compiler makes that. */
const TRACED = /^(?:f30f1efa)?(?:0f1f440000|e8)/;
/** Names of what is written by hand: entry code, other modes of the processor, other machines' starts. */
const BY_HAND =
  /^(?:entry_|asm_|xen_|pvh_|startup_|secondary_startup|trampoline|wakeup_|relocate_|hypercall_|swsusp_|restore_|core_restore|(?:retbleed|srso|zen|its)_)/;

class Judge {
  hasFaults = false;
  readonly #target: Target;
  readonly #base: VAddr;
  readonly #sweep: Sweep;
  readonly #tally: Tally;

  constructor(target: Target, base: VAddr, sweep: Sweep, tally: Tally) {
    this.#target = target;
    this.#base = base;
    this.#sweep = sweep;
    this.#tally = tally;
  }

  /** The start of the next function at or after a place. */
  nextFunction(at: number): number {
    const address = plus(this.#base, at);
    const here = this.#target.symbols.at(address);
    if (here?.offset === 0) return at;
    const next = here && this.#nextOf(here.symbol.address);
    return next === undefined ? this.#sweep.bytes.length : Number(next - this.#base);
  }

  /** The address of the next symbol with another address. */
  #nextOf(address: VAddr): VAddr | undefined {
    const { symbols } = this.#target;
    let symbol = symbols.at(address)?.symbol;
    for (let i = 0; symbol && i < 64; i++) {
      symbol = symbols.next(symbol);
      if (symbol && symbol.address > address) return symbol.address;
    }
    return undefined;
  }

  /** A finding, where the function itself does not read from its start, and is one that a compiler made. */
  *illegal(fault: Fault, end: number): Generator<Finding> {
    const { symbols } = this.#target;
    const here = symbols.at(plus(this.#base, fault.start));
    if (!here) return;
    const from = Number(here.symbol.address - this.#base);
    const next = this.#nextOf(here.symbol.address);
    const to = Math.min(end, next === undefined ? end : Number(next - this.#base));
    const wrong = from >= 0 ? this.#sweep.check(from, to) : undefined;
    if (!wrong) return;
    this.hasFaults = true;
    // Where a function's first bytes are wrong, the next one tells whether this is code of a compiler.
    const isFirst = wrong.start - from < FIRST_BYTES;
    const judged = isFirst && next !== undefined && to < end ? to : from;
    if (!this.#isJudged(here.symbol.name, judged, to)) {
      this.#tally.skipped++;
      return;
    }
    const { bytes } = this.#sweep;
    const shown = Buffer.from(bytes.subarray(wrong.start, wrong.start + 8)).toString('hex');
    const address = plus(this.#base, wrong.at);
    const place = `${here.symbol.name}+${hex(BigInt(wrong.start - from))}`;
    yield {
      address,
      found: BigInt(bytes[wrong.at] ?? 0),
      expected: undefined,
      text: `the bytes ${shown} at ${hex(plus(this.#base, wrong.start))} (${place}) are no instruction: the byte ${hex(address)} is wrong, or one before it`,
      command: `dis -r ${hex(plus(this.#base, wrong.start))}`,
    };
  }

  *stray(fault: Fault): Generator<Finding> {
    if (fault.kind !== 'branch') return;
    const { symbols } = this.#target;
    const goal = symbols.at(plus(this.#base, fault.target));
    const here = symbols.at(plus(this.#base, fault.start));
    // Functions that are entered in the middle of an instruction, on purpose, have a symbol there.
    if (!here || !goal || goal.offset === 0) return;
    const from = Number(here.symbol.address - this.#base);
    if (!this.#isJudged(here.symbol.name, from, fault.start + 1)) return;
    const address = plus(this.#base, fault.start);
    const target = plus(this.#base, fault.target);
    yield {
      address,
      found: BigInt(this.#sweep.bytes[fault.start] ?? 0),
      expected: undefined,
      text: `the branch at ${hex(address)} (${here.symbol.name}+${hex(BigInt(here.offset))}) leads to ${hex(target)}, into the middle of an instruction of ${goal.symbol.name}: one of the two is wrong`,
      command: `dis -r ${hex(address)}`,
    };
  }

  /** Whether a compiler made a function, and no probe has changed it. Code by hand may have data in it. */
  #isJudged(name: string, from: number, to: number): boolean {
    const { bytes } = this.#sweep;
    const first = Buffer.from(bytes.subarray(from, from + 12)).toString('hex');
    if (!TRACED.test(first) && (BY_HAND.test(name) || !COMPILED.test(first))) return false;
    const [start, end] = [plus(this.#base, from), plus(this.#base, to)];
    try {
      return !probedPlaces(this.#target).some((place) => place >= start && place < va(end));
    } catch (error) {
      if (error instanceof CrashError) return false;
      throw error;
    }
  }
}
