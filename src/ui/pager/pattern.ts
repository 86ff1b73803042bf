/** A pattern of a search: a regular expression, as less takes it; with `!` in front it matches lines without it. */
export interface Pattern {
  readonly text: string;
  test(line: string): boolean;
  /** Start and end of each match, for highlighting; none for a pattern with `!`. */
  ranges(line: string): readonly (readonly [start: number, end: number])[];
}

/** Bound on highlighted matches in one line. */
const MAX_RANGES = 500;

/** A pattern that is no regular expression is searched for literally: `list_head *`. */
export function readPattern(text: string, ignoreCase: boolean): Pattern {
  const without = text.length > 1 && text.startsWith('!');
  const source = without ? text.slice(1) : text;
  const once = compile(source, ignoreCase ? 'iu' : 'u');
  const every = new RegExp(once, `${once.flags}g`);
  return {
    text,
    test: (line) => once.test(line) !== without,
    ranges: (line) => (without ? [] : rangesOf(every, line)),
  };
}

function compile(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags);
  } catch {
    // First without the `u` flag, which rejects single braces; then literally.
    try {
      return new RegExp(source, flags.replace('u', ''));
    } catch {
      return new RegExp(source.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), flags);
    }
  }
}

function rangesOf(every: RegExp, line: string): [number, number][] {
  const ranges: [number, number][] = [];
  for (const { 0: match, index } of line.matchAll(every)) {
    if (match !== '') ranges.push([index, index + match.length]);
    if (ranges.length >= MAX_RANGES) break;
  }
  return ranges;
}
