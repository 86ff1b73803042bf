import { stripAnsi } from '../../output/text/color.ts';
import type { Lines } from '../../session/sinks/output-history.ts';
import { displayWidth, shorten } from '../editor/width.ts';
import { PAGER_HELP } from './keys.ts';
import { positionText } from './reduce.ts';
import { type DrawnRow, drawRow } from './row.ts';
import type { PagerState } from './state.ts';

/** What is drawn besides the pager's own state. */
export interface PagerSurroundings {
  readonly lines: Lines;
  /** Colour and notes for one line. */
  paint(line: string): string;
  readonly ellipsis: string;
  /** The running command's progress. */
  readonly progress: string;
}

/** Every row of the window, and the cursor in the last one while something is typed there. */
export interface PagerFrame {
  readonly rows: readonly DrawnRow[];
  readonly cursor: number | undefined;
}

/** Longest part of a line that is painted; no window is as wide. */
const MAX_PAINTED = 4096;

/** Pure: the same state of the same lines makes the same frame. */
export function pagerFrame(state: PagerState, around: PagerSurroundings): PagerFrame {
  const rows: DrawnRow[] = [];
  for (let row = 0; row < state.rows; row++) {
    rows.push(state.help === undefined ? textRow(state, row, around) : helpRow(state, row, around));
  }
  const { entry } = state;
  const typed = entry && (entry.kind === '-' ? '-' : `${entry.kind}${entry.text}`);
  const last = typed === undefined ? prompt(state, around) : tail(typed, state.columns - 1);
  const text = typed === undefined && last !== '' ? `\x1b[7m${last}\x1b[27m` : last;
  const width = displayWidth(last);
  return { rows: [...rows, { text, width }], cursor: typed === undefined ? undefined : width };
}

function textRow(state: PagerState, row: number, around: PagerSurroundings): DrawnRow {
  const number = state.page[row];
  if (number === undefined) return { text: '', width: 0 };
  const line = around.lines.line(number) ?? '';
  const { shift, columns } = state;
  // Painting a line of a megabyte for its first eighty columns would be slow.
  const painted = around.paint(line.slice(0, MAX_PAINTED + 4 * shift));
  const ranges = state.highlight ? (state.pattern?.ranges(stripAnsi(painted)) ?? []) : [];
  return drawRow(painted, { shift, columns, mark: '>', ranges });
}

function helpRow(state: PagerState, row: number, { ellipsis }: PagerSurroundings): DrawnRow {
  const text = shorten(PAGER_HELP[(state.help ?? 0) + row] ?? '', state.columns, ellipsis);
  return { text, width: displayWidth(text) };
}

/** crash's words where there is more; they name the keys. */
const MORE = ' -- MORE --  forward: <SPACE>, <ENTER> or j  backward: b or k  quit: q';

/** The longest prompt that fits. */
function prompt(state: PagerState, around: PagerSurroundings): string {
  const room = state.columns - 1;
  for (const text of prompts(state, around)) if (displayWidth(text) <= room) return text;
  return shorten(prompts(state, around).at(-1) ?? '', room, around.ellipsis);
}

function prompts(state: PagerState, { lines, progress }: PagerSurroundings): string[] {
  const { job, message, count, filter } = state;
  if (state.help !== undefined) return [' keys  leave the help: h or q'];
  if (message !== '') return [` ${message}`];
  if (count !== '') return [` :${count}`];
  const position = positionText(state, lines);
  const shown = filter ? `${position}, &${filter.text}` : position;
  if (job) {
    const what = { find: 'searching', end: 'to the end', forward: 'reading', backward: 'reading' };
    // Progress ends with the key that stops the command.
    const stop = lines.ended ? 'give up: <ESC>' : progress || 'Ctrl-C stops';
    const so = ` ${what[job.do]}  ${lines.count} lines`;
    return [`${so}  ${stop}`, so];
  }
  const last = state.page.at(-1) ?? -1;
  const exhausted = filter !== undefined && state.page.length < state.rows;
  if (lines.ended && (last >= lines.count - 1 || exhausted)) {
    return [` (END)  ${shown}  backward: b or k  quit: q or <SPACE>`, ` (END)  ${shown}`, ' (END)'];
  }
  if (filter || state.shift > 0) return [` -- MORE --  ${shown}  quit: q`, ' -- MORE --'];
  return [`${MORE}  help: h  ${position}`, `${MORE}  help: h`, MORE, ' -- MORE --'];
}

/** The end of a text that is being typed. */
function tail(text: string, columns: number): string {
  let from = 0;
  while (displayWidth(text.slice(from)) > columns) from++;
  return text.slice(from);
}
