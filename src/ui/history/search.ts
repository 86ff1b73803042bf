/** Matches listed. */
const SHOWN = 50;

/**
 * The lines from `from` on that fit a query, best first, each once. Lines that contain all its words come
 * first, the newest before the older; then those that have its letters in order, the tightest first.
 */
export function searchLines(lines: readonly string[], from: number, query: string): string[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const letters = words.join('');
  const exact = new Set<string>();
  const loose = new Map<string, number>();
  for (let at = lines.length - 1; at >= from && exact.size < SHOWN; at--) {
    const line = lines[at] as string;
    if (exact.has(line) || loose.has(line)) continue;
    const lower = line.toLowerCase();
    if (words.every((word) => lower.includes(word))) exact.add(line);
    else {
      const spread = spreadOf(lower, letters);
      if (spread !== undefined) loose.set(line, spread);
    }
  }
  const rest = [...loose].sort(([, a], [, b]) => a - b).map(([line]) => line);
  return [...exact, ...rest].slice(0, SHOWN);
}

/** Distance between the first and last of the letters that match in order; undefined when they do not. */
function spreadOf(line: string, letters: string): number | undefined {
  let at = -1;
  let first = -1;
  for (const letter of letters) {
    at = line.indexOf(letter, at + 1);
    if (at < 0) return undefined;
    if (first < 0) first = at;
  }
  return at - first;
}
