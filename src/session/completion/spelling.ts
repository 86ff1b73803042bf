/** Bound on compared names, and so on the time; reached only by very short words. */
const MAX_COMPARED = 20_000;
/** Longer words are no names. */
const MAX_WORD = 128;

/** Letters to add, drop, change or swap with the next (optimal string alignment). */
export const distanceOf = (a: string, b: string): number =>
  distanceWithin(a, b, Math.max(a.length, b.length)) ?? 0;

/** The same distance when it is at most `most`; else undefined, usually after a few letters. */
export function distanceWithin(a: string, b: string, most: number): number | undefined {
  if (Math.abs(a.length - b.length) > most) return undefined;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      const swapped =
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1);
      if (swapped) best = Math.min(best, before[j - 2]! + 1);
      row.push(best);
      if (best < least) least = best;
    }
    if (least > most) return undefined;
    before = last;
    last = row;
  }
  const distance = last[b.length]!;
  return distance <= most ? distance : undefined;
}

/** Allowed distance between a word and the name that was meant. */
export const slipsIn = (word: string): number => (word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3);

/** The names closest to a word, best first and at most `limit`; none when no name is close. */
export function closestNames(word: string, names: Iterable<string>, limit = 3): string[] {
  if (word === '' || word.length > MAX_WORD) return [];
  const lower = word.toLowerCase();
  let most = slipsIn(word);
  const found: { name: string; distance: number }[] = [];
  for (const name of names) {
    if (name === word) continue;
    // A letter in the wrong case counts half.
    const distance = distanceWithin(lower, name.toLowerCase(), Math.ceil(most));
    if (distance === undefined || distance > most || distance >= name.length) continue;
    found.push({ name, distance: distance === 0 ? 0.5 : distance });
    most = Math.min(most, Math.max(1, distance));
  }
  const least = Math.min(...found.map(({ distance }) => distance));
  return found
    .filter(({ distance }) => distance === least)
    .map(({ name }) => ({ name, shared: sharedStart(word, name) }))
    .sort((a, b) => b.shared - a.shared || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}

function sharedStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
}

/**
 * An index for similar names: each name's length and set of letters, so that a query compares only names that can be
 * close. 200,000 names take about a millisecond.
 */
export class SpellingIndex {
  readonly #names: string[] = [];
  #letters = new Int32Array(1024);
  #lengths = new Uint8Array(1024);

  add(name: string): void {
    const at = this.#names.length;
    if (at === this.#letters.length) {
      this.#letters = grown(this.#letters, new Int32Array(at * 2));
      this.#lengths = grown(this.#lengths, new Uint8Array(at * 2));
    }
    this.#letters[at] = lettersOf(name);
    this.#lengths[at] = Math.min(name.length, 255);
    this.#names.push(name);
  }

  find(word: string, limit = 3): string[] {
    return closestNames(word, this.#candidates(word), limit);
  }

  /** A slip changes the length by one at most, and the set of letters by two. */
  *#candidates(word: string): Generator<string> {
    const slips = slipsIn(word);
    const letters = lettersOf(word);
    const longest = word.length + slips;
    const shortest = word.length - slips;
    let left = MAX_COMPARED;
    for (let at = 0; at < this.#names.length; at++) {
      const length = this.#lengths[at]!;
      if (length < shortest || length > longest) continue;
      if (bitsIn(letters ^ this.#letters[at]!) > 2 * slips) continue;
      yield this.#names[at]!;
      if (--left === 0) return;
    }
  }
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** One bit for each letter, whatever its case; digits share three, and all else the last two. */
function lettersOf(name: string): number {
  let set = 0;
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at) | 0x20;
    if (code >= 0x61 && code <= 0x7a) set |= 1 << (code - 0x61);
    else if (code >= 0x30 && code <= 0x39) set |= 1 << (26 + (code % 3));
    else set |= 1 << (29 + (code % 3));
  }
  return set;
}

function bitsIn(set: number): number {
  let bits = set - ((set >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
