import { openDisassembler } from '../../arch/disassembler.ts';
import type { MemoryOperand, Operation, WordSource } from '../../arch/operation.ts';
import { type VAddr, va } from '../../base/address.ts';
import type { CallRules } from '../arch/types.ts';
import type { Target } from '../core/target.ts';

/** Where a word of a running function comes from, as far as the function's own code says. */
export type Word =
  | { readonly kind: 'argument'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: bigint }
  /** A word plus bytes. */
  | { readonly kind: 'sum'; readonly of: Word; readonly plus: bigint }
  /** Read from memory at a word's address. */
  | { readonly kind: 'loaded'; readonly at: Word; readonly size: number }
  /** A per-CPU variable, by its offset. */
  | { readonly kind: 'per-cpu'; readonly offset: bigint; readonly size: number }
  /** What a call returned: the address of its instruction, and the function, where it is called by name. */
  | { readonly kind: 'result'; readonly call: VAddr; readonly of: VAddr | undefined }
  /** The stack pointer at the function's entry. */
  | { readonly kind: 'frame' };

/** Words by register, and by place in the frame; what is not there is unknown. */
export interface WordState {
  readonly registers: ReadonlyMap<string, Word>;
  /** By distance from the stack pointer at entry. */
  readonly slots: ReadonlyMap<bigint, Word>;
}

/** A longer function is not followed: its code is a state machine, and a word of its rarely has one origin. */
const MAX_CODE = 64 << 10;
/** A chain of loads that is longer is walked by a loop. */
const MAX_DEPTH = 6;

/** The operations of a function up to its next symbol; empty where its code is not in the dump. */
export function operationsOf(target: Target, start: VAddr): readonly Operation[] {
  const known = target.memo(operationLists);
  let list = known.get(start);
  if (list) return list;
  const symbol = target.symbols.at(start)?.symbol;
  const next = symbol && target.symbols.next(symbol)?.address;
  const length = next === undefined ? 0 : Number(next - start);
  const bytes = length > 0 && length <= MAX_CODE ? target.kernel.tryRead(start, length) : undefined;
  list = bytes ? [...openDisassembler(target.arch).operations(bytes, start)] : [];
  known.set(start, list);
  return list;
}
const operationLists = (_: Target): Map<bigint, readonly Operation[]> => new Map();

/**
 * The words in registers before the instruction at `address` of the function that begins at `start`: a forward pass
 * over all of its paths, on which a word is known when every path brings the same. Undefined where the function's code
 * cannot be read, is too long, or does not reach the address.
 */
export function wordsBefore(target: Target, start: VAddr, address: VAddr): WordState | undefined {
  const operations = operationsOf(target, start);
  const at = operations.findIndex((each) => each.address === address);
  if (at < 0) return undefined;
  return new Flow(operations, target.machine.code.calls).stateBefore(at);
}

interface State {
  readonly registers: Map<string, Word>;
  readonly slots: Map<bigint, Word>;
}

class Flow {
  readonly #operations: readonly Operation[];
  readonly #calls: CallRules;
  readonly #places: ReadonlyMap<bigint, number>;
  /** States at the beginnings of blocks. */
  readonly #states = new Map<number, State>();

  constructor(operations: readonly Operation[], calls: CallRules) {
    this.#operations = operations;
    this.#calls = calls;
    this.#places = new Map(operations.map(({ address }, i) => [address, i]));
  }

  stateBefore(wanted: number): WordState | undefined {
    const registers = new Map<string, Word>([[this.#calls.stackPointer, { kind: 'frame' }]]);
    for (const [index, name] of this.#calls.arguments.entries())
      registers.set(name, { kind: 'argument', index });
    const leaders = this.#leaders();
    const queue = [0];
    this.#states.set(0, { registers, slots: new Map() });
    let found: State | undefined;
    for (let from = queue.pop(); from !== undefined; from = queue.pop()) {
      const state = copyOf(this.#states.get(from)!);
      for (let i = from; i < this.#operations.length; i++) {
        if (i > from && leaders.has(i)) {
          if (this.#reach(i, state)) queue.push(i);
          break;
        }
        if (i === wanted) found = copyOf(state);
        const operation = this.#operations[i]!;
        apply(state, operation, this.#calls);
        for (const next of this.#branches(operation)) {
          if (this.#reach(next, state)) queue.push(next);
        }
        if (endsBlock(operation)) break;
      }
    }
    return found;
  }

  #branches({ flow, target }: Operation): readonly number[] {
    if (target === undefined || (flow !== 'branch' && flow !== 'jump')) return [];
    const place = this.#places.get(target);
    return place === undefined ? [] : [place];
  }

  #leaders(): ReadonlySet<number> {
    const leaders = new Set<number>();
    for (const [i, operation] of this.#operations.entries()) {
      for (const place of this.#branches(operation)) leaders.add(place);
      if (operation.flow === 'branch' || endsBlock(operation)) leaders.add(i + 1);
    }
    return leaders;
  }

  /** Joins a state into that of a block; true when the block has to be walked again. */
  #reach(place: number, state: State): boolean {
    const known = this.#states.get(place);
    if (!known) {
      this.#states.set(place, copyOf(state));
      return true;
    }
    // Words are only ever forgotten, so that this ends.
    const inRegisters = join(known.registers, state.registers);
    return join(known.slots, state.slots) || inRegisters;
  }
}

const endsBlock = ({ flow }: Operation): boolean =>
  flow === 'jump' || flow === 'return' || flow === 'trap' || flow === 'bad';

const copyOf = ({ registers, slots }: State): State => ({
  registers: new Map(registers),
  slots: new Map(slots),
});

/** Forgets what two paths do not agree on. */
function join<K>(into: Map<K, Word>, from: ReadonlyMap<K, Word>): boolean {
  let changed = false;
  for (const [key, word] of into) {
    const other = from.get(key);
    if (other && isSameWord(word, other)) continue;
    into.delete(key);
    changed = true;
  }
  return changed;
}

/** Whether two words are from the same origin. */
export function isSameWord(a: Word, b: Word): boolean {
  return a === b || wordKey(a) === wordKey(b);
}

/** A word as text: equal for words of one origin. */
export function wordKey(word: Word): string {
  switch (word.kind) {
    case 'argument':
      return `a${word.index}`;
    case 'constant':
      return `c${word.value}`;
    case 'sum':
      return `(${wordKey(word.of)}+${word.plus})`;
    case 'loaded':
      return `[${wordKey(word.at)}]${word.size}`;
    case 'per-cpu':
      return `p${word.offset}:${word.size}`;
    case 'result':
      return `r${word.call}`;
    case 'frame':
      return 'f';
  }
}

const WORD = 64;
const wrap = (value: bigint): bigint => BigInt.asUintN(WORD, value);

/** A word plus bytes, in the simplest form. */
export function sumOf(word: Word, plus: bigint): Word {
  if (wrap(plus) === 0n) return word;
  if (word.kind === 'constant') return { kind: 'constant', value: wrap(word.value + plus) };
  if (word.kind !== 'sum') return { kind: 'sum', of: word, plus: BigInt.asIntN(WORD, plus) };
  return sumOf(word.of, BigInt.asIntN(WORD, word.plus + plus));
}

const depthOf = (word: Word): number =>
  word.kind === 'sum' ? depthOf(word.of) : word.kind === 'loaded' ? 1 + depthOf(word.at) : 0;

/** The word that is the address of an operand; undefined where a part of it is unknown. */
export function addressWord(
  registers: ReadonlyMap<string, Word>,
  { base, index, segment, displacement }: MemoryOperand,
): Word | undefined {
  if (segment !== undefined || index !== undefined) return undefined;
  if (base === undefined) return { kind: 'constant', value: displacement };
  const word = registers.get(base);
  return word && sumOf(word, displacement);
}

/** The distance of a place in the frame from the stack pointer at entry. */
function frameOffset(word: Word | undefined): bigint | undefined {
  if (word?.kind === 'frame') return 0n;
  return word?.kind === 'sum' && word.of.kind === 'frame' ? word.plus : undefined;
}

function wordOf(state: State, source: WordSource): Word | undefined {
  switch (source.kind) {
    case 'constant':
      return { kind: 'constant', value: source.value };
    case 'register': {
      const word = state.registers.get(source.register);
      return word && sumOf(word, source.plus);
    }
    case 'address':
      return addressWord(state.registers, source.operand);
    case 'memory':
      return loaded(state, source.operand, source.size);
  }
}

function loaded(state: State, operand: MemoryOperand, size: number): Word | undefined {
  if (operand.segment === 'gs' && operand.base === undefined && operand.index === undefined)
    return { kind: 'per-cpu', offset: operand.displacement, size };
  const at = addressWord(state.registers, operand);
  if (!at) return undefined;
  const slot = frameOffset(at);
  if (slot !== undefined) return size === WORD / 8 ? state.slots.get(slot) : undefined;
  return depthOf(at) < MAX_DEPTH ? { kind: 'loaded', at, size } : undefined;
}

function apply(state: State, operation: Operation, calls: CallRules): void {
  const { assigns, stores, writes } = operation;
  const value = assigns && wordOf(state, assigns.from);
  store(state, operation, stores && wordOf(state, stores.from));
  const sp = state.registers.get(calls.stackPointer);
  for (const register of writes) state.registers.delete(register);
  if (sp && operation.flow !== 'call' && movesStack(operation, calls))
    state.registers.set(calls.stackPointer, sumOf(sp, BigInt(operation.stackPointer)));
  else if (sp && operation.flow === 'call') state.registers.set(calls.stackPointer, sp);
  if (assigns && value) state.registers.set(assigns.register, value);
  if (operation.flow !== 'call') return;
  for (const register of calls.changed) state.registers.delete(register);
  const of = operation.target === undefined ? undefined : va(operation.target);
  state.registers.set(calls.result, { kind: 'result', call: va(operation.address), of });
}

/** A push or a pop; after any other change of the stack pointer it is what the instruction assigned. */
const movesStack = ({ writes, assigns }: Operation, { stackPointer }: CallRules): boolean =>
  writes.includes(stackPointer) && assigns?.register !== stackPointer;

function store(state: State, operation: Operation, value: Word | undefined): void {
  for (const operand of operation.memory) {
    if (!operand.writes || operand.segment !== undefined) continue;
    const at = frameOffset(addressWord(state.registers, operand));
    if (at === undefined) continue;
    const isWhole = operand === operation.stores?.to && operand.size === WORD / 8;
    if (isWhole && value) state.slots.set(at, value);
    else state.slots.delete(at);
  }
}
