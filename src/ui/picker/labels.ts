/** Letters that are no verbs, in the order of the fingers. */
const LETTERS = 'fgjhlaeiowutnmpczxq';
const SECOND = 'fjdkslaghrueiwotyvnmcpbxzq';
/** Labels of one letter where one letter is not enough for all: the nearest words have them. */
const SHORT = 12;

/**
 * Labels for so many words, nearest first. No label begins another. Words without a label (`''`) are chosen by other
 * keys.
 */
export function labelsFor(count: number): string[] {
  const short = count <= LETTERS.length ? LETTERS.length : SHORT;
  const labels = [...LETTERS.slice(0, short)];
  for (const first of LETTERS.slice(short)) {
    for (const second of SECOND) labels.push(first + second);
  }
  return Array.from({ length: count }, (_, index) => labels[index] ?? '');
}
