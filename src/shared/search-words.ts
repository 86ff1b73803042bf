import { hex, va } from '../base/address.ts';
import type { Target } from '../kernel/core/target.ts';
import { addressKind } from '../kernel/mm/translate.ts';
import type { KernelPart, SearchSpace } from '../kernel/search/memory.ts';
import { boundsOfSpace } from '../kernel/search/memory.ts';
import type { Patterns } from '../kernel/search/patterns.ts';
import { CommandError, error, type Notice, UsageOnly } from '../session/command/command.ts';
import { evaluate } from '../session/line/expression.ts';
import { isNumber, parseHex } from '../session/line/numbers.ts';
import type { Session } from '../session/state/session.ts';
import { noName } from './no-such-symbol.ts';

interface World {
  readonly target: Target;
  readonly session: Session;
}

/** The values of `search` and their width. */
export interface SearchValues {
  readonly patterns: Patterns;
  /** The symbol or expression that each value was given as, shown after a match. */
  readonly names: readonly (string | undefined)[];
}

const WIDTHS = { w: 4, h: 2, c: 1 } as const;
type WidthKey = keyof typeof WIDTHS;
const isWidthKey = (key: string): key is WidthKey => key in WIDTHS;

/** Parses the values by the last of -c, -w and -h. Yields crash's warnings; throws CommandError. */
export function* readValues(
  words: readonly string[],
  order: readonly string[],
  mask: bigint,
  world: World,
): Generator<Notice, SearchValues> {
  const keys = order.filter(isWidthKey);
  for (const key of keys.slice(1)) {
    yield error(`WARNING: overriding previously set search mode with "${key}"`);
  }
  const key = keys.at(-1);
  if (key === 'c') {
    if (mask !== 0n) yield error('mask ignored on string search');
    // An empty string is everywhere: crash skips it.
    const texts = words.filter((word) => word !== '');
    if (texts.length === 0) throw new UsageOnly('');
    return {
      patterns: { width: 1, strings: texts.map((text) => new TextEncoder().encode(text)) },
      names: texts.map(() => undefined),
    };
  }
  const width = key === undefined ? world.target.arch.pointerSize : WIDTHS[key];
  const given = words.map((word) => readValue(word, world));
  for (const { value, name } of given) {
    if (value < 1n << BigInt(width * 8)) continue;
    const shown = `${hex(value)} ${name === undefined ? '' : `(${name})`}`;
    throw new CommandError(`value too large for -${key ?? 'w'} option: ${shown}`, {
      fault: { kind: 'number', word: shown },
    });
  }
  return {
    patterns: { width, values: given.map(({ value }) => value), mask },
    names: given.map(({ name }) => name),
  };
}

function readValue(word: string, { session }: World): { value: bigint; name: string | undefined } {
  if (word === '') throw noName();
  if (word.startsWith('(')) {
    const value = evaluate(word, (name) => session.findSymbol(name));
    return { value, name: word.slice(1, -1) };
  }
  const symbol = isNumber(word) ? undefined : session.findSymbol(word);
  if (symbol !== undefined) return { value: symbol, name: word };
  return { value: parseHex(word), name: undefined };
}

/** The memory that the options choose. */
export interface SearchRange {
  readonly space: SearchSpace;
  readonly part: KernelPart;
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

/** The options of `search` that choose its memory. */
export interface RangeWords {
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly length: bigint | undefined;
}

/** The space by its options, and the part of it. Yields crash's remarks; throws CommandError. */
export function* readRange(
  words: RangeWords,
  order: readonly string[],
  unit: number,
  world: World,
): Generator<Notice, SearchRange> {
  const { target, session } = world;
  const space = order.includes('u') ? 'user' : order.includes('p') ? 'physical' : 'kernel';
  const part = order.includes('K') ? 'unity' : order.includes('V') ? 'mapped' : 'all';
  if (space === 'user' && session.task.mm === 0n) {
    throw new CommandError('current context has no user address space');
  }
  const bounds = boundsOfSpace(target, space);
  let start = words.start === undefined ? bounds.start : addressOf(words.start, world);
  if (words.start !== undefined) checkAddress(start, space, world);
  const rounded = start - (start % BigInt(unit));
  if (rounded !== start) {
    yield error(`rounding down start address to: ${hex(rounded)}`);
    start = rounded;
  }
  let { end } = bounds;
  if (words.end !== undefined) {
    end = addressOf(words.end, world);
    if (end === 0n) throw new CommandError('invalid ending address: 0');
  } else if (words.length !== undefined && words.length > 0n) end = start + words.length;
  if (end < start) {
    const text = `ending address ${hex(end)} is below starting address ${hex(start)}`;
    throw new CommandError(text, { usage: true });
  }
  return { space, part, start, end };
}

function addressOf(word: string, { session }: World): bigint {
  const symbol = isNumber(word) ? undefined : session.findSymbol(word);
  return symbol ?? parseHex(word);
}

function checkAddress(address: bigint, space: SearchSpace, { target }: World): void {
  if (space === 'physical') return;
  if (addressKind(target, va(address)) === space) return;
  throw new CommandError(`invalid ${space} virtual address: ${hex(address)}`, { usage: true });
}
