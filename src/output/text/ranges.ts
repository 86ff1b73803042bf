/** Numbers in ascending order as the kernel writes a list of CPUs: `0-3,6`. */
export function rangeText(numbers: readonly number[]): string {
  const ranges: string[] = [];
  for (let i = 0; i < numbers.length; i++) {
    const first = numbers[i] as number;
    let last = first;
    while (numbers[i + 1] === last + 1) last = numbers[++i] as number;
    ranges.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return ranges.join(',');
}
