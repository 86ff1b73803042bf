/** Letters that are no verbs, in the order of the fingers. */
const LETTERS = 'fgjhlaeiowutnmpczxq';
const SECOND = 'fjdkslaghrueiwotyvnmcpbxzq';
/** Where one letter each is not enough, so many have one all the same: the nearest, which are wanted most. */
const SHORT = 12;

/**
 * Labels for so many things, nearest first. No label begins another. What is too far away to have one (`''`) can be
 * chosen by other means.
 */
export function labelsFor(count: number): string[] {
  const short = count <= LETTERS.length ? LETTERS.length : SHORT;
  const labels = [...LETTERS.slice(0, short)];
  for (const first of LETTERS.slice(short)) {
    for (const second of SECOND) labels.push(first + second);
  }
  return Array.from({ length: count }, (_, index) => labels[index] ?? '');
}
