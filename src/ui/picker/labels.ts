/** Letters that are no verbs, in the order of the fingers. */
const LETTERS = 'fgjhlaeiowutnmpczxq';
const SECOND = 'fjdkslaghrueiwotyvnmcpbxzq';

/**
 * Labels for so many things, nearest first: one letter while those last, then two, and no label begins another. More
 * than {@link MAX_LABELS} get none.
 */
export function labelsFor(count: number): string[] {
  const short = shortLabels(count);
  const labels = [...LETTERS.slice(0, short)];
  for (const first of LETTERS.slice(short)) {
    for (const second of SECOND) labels.push(first + second);
  }
  return labels.slice(0, count);
}

export const MAX_LABELS = LETTERS.length * SECOND.length;

/** As many labels of one letter as leave enough letters to begin the longer ones. */
function shortLabels(count: number): number {
  for (let short = LETTERS.length; short > 0; short--) {
    if (short + (LETTERS.length - short) * SECOND.length >= count) return short;
  }
  return 0;
}
