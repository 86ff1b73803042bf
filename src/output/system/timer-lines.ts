import { hex } from '../../base/address.ts';
import type { HighResolutionClock, TimerBase } from '../../kernel/time/timers.ts';
import type { NamedPlace } from '../../kernel/values/symbol-text.ts';
import { center } from '../text/justify.ts';
import { namedPlaceText } from '../text/named-place.ts';

/** Timers with the names of their functions, a clock with that of the function that reads it. */
export type Named<T extends { readonly timers: readonly object[] }> = Omit<T, 'timers'> & {
  readonly clock?: NamedPlace | undefined;
  readonly timers: readonly (T['timers'][number] & { readonly function: NamedPlace | undefined })[];
};
/** A timer wheel with the names of its functions. */
export type NamedBase = Named<TimerBase>;
/** A clock with the names of its functions. */
export type NamedClock = Named<HighResolutionClock>;

const ADDRESS = 16;
/** crash has names for two wheels of a CPU. */
const BASE_NAMES = ['BASE_STD', 'BASE_DEF'];
const widest = (least: number, values: readonly (bigint | string)[]): number =>
  values.reduce<number>((width, value) => Math.max(width, String(value).length), least);
const handlerText = (timer: NamedBase['timers'][number], radix: 10 | 16): string =>
  `${hex(timer.handler).padStart(ADDRESS)}  <${timer.function ? namedPlaceText(timer.function, radix) : ''}>`;

/** One timer wheel, as crash's `timer` shows it. Times in jiffies. */
export function* timerBaseLines(
  base: NamedBase,
  jiffies: bigint,
  radix: 10 | 16,
): Generator<string> {
  const { cpu, index, address, timers } = base;
  yield `TIMER_BASES[${cpu}][${BASE_NAMES[index] ?? `BASE_${index}`}]: ${hex(address)}`;
  if (timers.length === 0) {
    yield '  (none)';
    return;
  }
  const left = timers.map(({ expires }) => BigInt.asIntN(64, expires - jiffies));
  const expiry = widest(
    'EXPIRES'.length,
    timers.map(({ expires }) => expires),
  );
  // As wide as the last one; an overdue timer may be wider.
  const away = String(left.at(-1)).length + 1;
  const title = [
    'EXPIRES'.padEnd(expiry),
    `   ${'TTE'.padEnd(away)}`,
    center('TIMER_LIST', ADDRESS),
    'FUNCTION',
  ];
  yield `  ${title.join('  ')}`;
  for (const [i, timer] of timers.entries()) {
    const columns = [
      String(timer.expires).padStart(expiry),
      String(left[i]).padStart(away),
      hex(timer.address).padStart(ADDRESS),
      handlerText(timer, radix),
    ];
    yield `  ${columns.join('  ')}`;
  }
}

/** One clock's high-resolution timers, as crash's `timer -r` shows them. Times in nanoseconds. */
export function* clockLines(clock: NamedClock, radix: 10 | 16): Generator<string> {
  const { index, address, getTime, now, timers } = clock;
  const name = clock.clock && namedPlaceText(clock.clock, radix);
  const source = getTime === undefined ? '' : `  [${name ?? hex(getTime)}]`;
  yield `  CLOCK: ${index}  HRTIMER_CLOCK_BASE: ${hex(address)}${source}`;
  if (timers.length === 0) {
    yield '  (empty)';
    return;
  }
  const left = timers.map(({ expires }) => expires - now);
  const soft = widest(
    'SOFTEXPIRES'.length,
    timers.map(({ softExpires }) => softExpires),
  );
  const hard = widest(
    'EXPIRES'.length,
    timers.map(({ expires }) => expires),
  );
  const away = widest('TTE'.length, left);
  yield `  ${center('CURRENT', soft)}`;
  yield `  ${center(String(now), soft, 'right')}`;
  const title = [
    center('SOFTEXPIRES', soft, 'right'),
    center('EXPIRES', hard, 'right'),
    center('TTE', away, 'right'),
    center('HRTIMER', ADDRESS),
    center('FUNCTION', ADDRESS),
  ];
  yield `  ${title.join('  ')}`;
  for (const [i, timer] of timers.entries()) {
    const columns = [
      center(String(timer.softExpires), soft, 'right'),
      center(String(timer.expires), hard, 'right'),
      String(left[i]).padStart(away),
      hex(timer.address).padStart(ADDRESS),
      handlerText(timer, radix),
    ];
    yield `  ${columns.join('  ')}`;
  }
}
