/**
 * Colour for finished lines: escapes are inserted, and without them the line is unchanged. Only the sixteen terminal
 * colours, and never as the only sign.
 */

const SGR = { cyan: 36, yellow: 33, red: 31, green: 32, dim: 2, bold: 1 } as const;
type Color = keyof typeof SGR;
const paint = (text: string, color: Color): string => `\x1b[${SGR[color]}m${text}\x1b[0m`;

interface Rule {
  readonly pattern: RegExp;
  readonly color: Color;
}
/** The first alternative that matches at a place wins; the groups are named after the colours. */
const TOKENS =
  /(?<bold>^(?:[A-Z][A-Z0-9 _/-]{2,}:(?= )|PID:|(?: +)(?:PID|TASK|COMMAND|CPU|STATE|PANIC|KERNEL|RELEASE|VERSION|MACHINE|MEMORY|UPTIME|TASKS|DATE|CPUS|NODENAME|DUMPFILE|LOAD AVERAGE):))|(?<green>"[^"\n]*")|(?<cyan>\b(?:0x)?[0-9a-f]{16}\b)|(?<dim><[A-Za-z_][\w.]*\+\d+>)/g;
const WHOLE_LINES: readonly Rule[] = [
  { pattern: /^WARNING: /, color: 'yellow' },
  { pattern: /^NOTE: /, color: 'dim' },
  {
    pattern: /^(?:\[ *\d+\.\d+\] )?(?:BUG:|Oops|Kernel panic|general protection|Unable to handle)/i,
    color: 'red',
  },
];

/** One line, without its newline, in colour. */
export function colorLine(line: string): string {
  for (const { pattern, color } of WHOLE_LINES) if (pattern.test(line)) return paint(line, color);
  return line.replace(TOKENS, (match, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    const color = (Object.keys(groups) as Color[]).find((name) => groups[name] !== undefined);
    return color ? paint(match, color) : match;
  });
}

/** Whole text, line by line. */
export const colorText = (text: string): string => text.split('\n').map(colorLine).join('\n');

/** An error line of the session itself. */
export const colorError = (line: string): string => paint(line, 'red');

/** A terminal's hint below an error: dim, except the caret and the suggestions. */
export const colorHint = (text: string): string =>
  text
    .split('\n')
    .map((line) => {
      const parts = /^( *)(\^~*)(.*)$/.exec(line);
      if (!parts) return line === '' ? '' : paint(line, 'dim');
      const [, blank, mark = '', rest = ''] = parts;
      return `${blank}${paint(mark, 'red')}${rest === '' ? '' : paint(rest, 'yellow')}`;
    })
    .join('\n');

/** The text without colours. */
export const stripAnsi = (text: string): string => text.replace(/\x1b\[[0-9;]*m/g, '');
