/** A number in the four forms of crash's calculator. */
export function numberForms(value: bigint): string[] {
  const signed = BigInt.asIntN(64, value);
  return [
    `hexadecimal: ${value.toString(16)}  ${inUnits(value)}`,
    `    decimal: ${value}  ${signed < 0n ? `(${signed})` : ''}`,
    `      octal: ${value.toString(8)}`,
    `     binary: ${value.toString(2).padStart(64, '0')}`,
  ];
}

const UNITS: readonly (readonly [bigint, string])[] = [
  [1n << 30n, 'GB'],
  [1n << 20n, 'MB'],
  [1n << 10n, 'KB'],
];

/** `(128MB)` for a whole number of a unit, else nothing. */
function inUnits(value: bigint): string {
  const unit = value >= 1024n ? UNITS.find(([size]) => value % size === 0n) : undefined;
  return unit ? `(${value / unit[0]}${unit[1]})` : '';
}

const BITS_HEADER = '   bits set: ';
const BITS_COLUMNS = 77;

/** The numbers of the set bits, highest first, wrapped as crash wraps them. */
export function bitLines(value: bigint): string[] {
  const lines: string[] = [];
  let line = BITS_HEADER;
  for (let bit = 63; bit >= 0; bit--) {
    if (((value >> BigInt(bit)) & 1n) === 0n) continue;
    line += `${bit} `;
    if (line.length >= BITS_COLUMNS) {
      lines.push(line);
      line = ' '.repeat(BITS_HEADER.length);
    }
  }
  lines.push(line);
  return lines;
}
