import type { Change } from '../../base/line-diff.ts';

/** One line of a difference: common, removed, added, or the head of a group. */
export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'come' | 'head';
  readonly text: string;
}

/** Common lines around each difference. */
const CONTEXT = 3;

/** Differences in the form of `diff -u`, without the two lines of file names. */
export function* unifiedLines(
  a: readonly string[],
  b: readonly string[],
  changes: readonly Change[],
): Generator<DiffLine> {
  for (const group of grouped(changes)) yield* groupLines(a, b, group);
}

/** The mark that a line of a difference begins with. */
export const DIFF_MARKS = { same: ' ', gone: '-', come: '+', head: '' } as const;

/** Changes with overlapping context form one group. */
function grouped(changes: readonly Change[]): Change[][] {
  const groups: Change[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const change of changes) {
    if (change.aStart - end > 2 * CONTEXT) groups.push([]);
    groups.at(-1)?.push(change);
    end = change.aStart + change.aLength;
  }
  return groups;
}

function* groupLines(
  a: readonly string[],
  b: readonly string[],
  group: readonly Change[],
): Generator<DiffLine> {
  const first = group[0];
  const last = group.at(-1);
  if (!first || !last) return;
  const lead = Math.min(CONTEXT, first.aStart);
  const aStart = first.aStart - lead;
  const aEnd = Math.min(a.length, last.aStart + last.aLength + CONTEXT);
  const bStart = first.bStart - lead;
  const bEnd = last.bStart + last.bLength + (aEnd - last.aStart - last.aLength);
  yield {
    kind: 'head',
    text: `@@ -${range(aStart, aEnd - aStart)} +${range(bStart, bEnd - bStart)} @@`,
  };
  let at = aStart;
  for (const change of group) {
    yield* lines('same', a, at, change.aStart);
    at = change.aStart + change.aLength;
    yield* lines('gone', a, change.aStart, at);
    yield* lines('come', b, change.bStart, change.bStart + change.bLength);
  }
  yield* lines('same', a, at, aEnd);
}

function* lines(
  kind: DiffLine['kind'],
  list: readonly string[],
  start: number,
  end: number,
): Generator<DiffLine> {
  for (let at = start; at < end; at++) yield { kind, text: list[at] ?? '' };
}

/** As diff(1) counts: from 1, the length left out when it is one, and an empty range after the line before it. */
function range(start: number, length: number): string {
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}
