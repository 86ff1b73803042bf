const CONTROL =
  'NUL SOH STX ETX EOT ENQ ACK BEL BS HT LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  );

/** The eight bytes of a value, lowest first; unprintable ones by name or as `<hex>`. */
export function asciiOfWord(value: bigint): string {
  let text = '';
  for (let byte = 0; byte < 8; byte++)
    text += character(Number((value >> BigInt(8 * byte)) & 0xffn));
  return text;
}

function character(code: number): string {
  if (code < 0x20) return `<${CONTROL[code]}>`;
  if (code === 0x7f) return '<DEL>';
  return code < 0x7f ? String.fromCharCode(code) : `<${code.toString(16)}>`;
}

/** The chart: high digit across, low digit down. */
export const asciiChart: readonly string[] = [
  '',
  '      0    1   2   3   4   5   6   7',
  '    +-------------------------------',
  ...Array.from({ length: 16 }, (_, row) => chartRow(row)),
  '',
];

function chartRow(row: number): string {
  const cell = (column: number): string => {
    const code = column * 16 + row;
    if (code < 0x20) return (CONTROL[code] ?? '').padStart(3);
    if (code === 0x20) return ' SP';
    return code === 0x7f ? 'DEL' : ` ${String.fromCharCode(code)} `;
  };
  const cells = Array.from({ length: 8 }, (_, column) => cell(column));
  return `  ${row.toString(16).toUpperCase()} | ${cells.join(' ')}`.trimEnd();
}
