/** Numbers that look random and are the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const INTERESTING = [
  0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0xfff, 0x1000, 0x7fff, 0xffff, 0x10000, 0xffffff,
  0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff,
] as const;

type Random = () => number;
const below = (next: Random, limit: number): number => Math.floor(next() * limit);

type Change = (bytes: Uint8Array, next: Random) => Uint8Array;

const flipBit: Change = (bytes, next) => {
  const at = below(next, bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << below(next, 8));
  return bytes;
};
const setByte: Change = (bytes, next) => {
  bytes[below(next, bytes.length)] = below(next, 256);
  return bytes;
};
/** A number that counts, in a place where numbers lie. */
const setWord: Change = (bytes, next) => {
  if (bytes.length < 8) return bytes;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const at = below(next, Math.floor(bytes.length / 4) - 1) * 4;
  const value = INTERESTING[below(next, INTERESTING.length)] ?? 0;
  view.setUint32(at, value, next() < 0.8);
  if (next() < 0.3) view.setUint32(at + 4, next() < 0.5 ? 0xffffffff : 0, true);
  return bytes;
};
/** Somebody else's number. */
const copyWord: Change = (bytes, next) => {
  const from = below(next, Math.max(1, bytes.length - 8));
  bytes.copyWithin(below(next, Math.max(1, bytes.length - 8)), from, from + 8);
  return bytes;
};
const cut: Change = (bytes, next) => bytes.slice(0, below(next, bytes.length + 1));
const repeat: Change = (bytes, next) => {
  const from = below(next, bytes.length);
  const part = bytes.slice(from, from + 1 + below(next, 64));
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, from), part, bytes.subarray(from)]));
};
const remove: Change = (bytes, next) => {
  const from = below(next, bytes.length);
  const to = from + 1 + below(next, 64);
  return Uint8Array.from(Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
};

const CHANGES: readonly (readonly [Change, number])[] = [
  [flipBit, 4],
  [setByte, 3],
  [setWord, 6],
  [copyWord, 2],
  [cut, 1],
  [repeat, 1],
  [remove, 1],
];
/** Each change as often as it weighs. */
const TICKETS = CHANGES.flatMap(([change, weight]) => Array.from({ length: weight }, () => change));

/** One to eight changes of a copy. Half of them near the start, where headers are. */
export function mutate(original: Uint8Array, next: Random): Uint8Array {
  let bytes: Uint8Array = original.slice();
  for (let count = 1 + below(next, 8); count > 0 && bytes.length > 0; count--) {
    const change = TICKETS[below(next, TICKETS.length)] ?? flipBit;
    const head = Math.min(bytes.length, 8192);
    const nearStart =
      next() < 0.5 && (change === flipBit || change === setByte || change === setWord);
    if (nearStart) change(bytes.subarray(0, head), next);
    else bytes = change(bytes, next);
  }
  return bytes;
}
