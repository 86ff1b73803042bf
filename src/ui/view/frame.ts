import type { TypingHint } from '../../session/completion/typing-hint.ts';
import type { EditorState, HistoryScope, Mode, World } from '../editor/state.ts';
import { displayWidth, shorten } from '../editor/width.ts';
import { layoutInput, PROMPT } from './input-rows.ts';
import type { Row, Span } from './palette.ts';
import { gridHeight, pickerRows } from './picker-rows.ts';

/** The live rows at the bottom, and the cursor in them; no cursor where nothing can be typed. */
export interface Frame {
  readonly rows: readonly Row[];
  readonly cursor?: { readonly x: number; readonly y: number };
}

/** Size of the terminal, in characters. */
export interface Window {
  readonly columns: number;
  readonly rows: number;
}

/** What is drawn besides the editor's own state. */
export interface Surroundings {
  readonly window: Window;
  readonly advice: TypingHint;
  /** Dump, kernel, panic, task; '' when turned off. */
  readonly context: string;
  /** A question to the user, above all else that the row could say; absent for none. */
  readonly question?: string;
  /** What stands before the typed line; crash's prompt when absent. */
  readonly prompt?: string;
  readonly world: World;
  readonly ellipsis: string;
}

/** Ink clears the screen, scrollback included, when its rows fill the window: the rows stay far below that. */
const MAX_ROWS = 12;
const MENU_ROWS = 8;
/** Live rows that a window has room for. */
export const rowLimit = ({ rows }: Window): number => Math.max(1, Math.min(MAX_ROWS, rows - 2));

/** The prompt and its rows. Pure: the same state in the same window makes the same frame. */
export function promptFrame(state: EditorState, around: Surroundings): Frame {
  const limit = rowLimit(around.window);
  const mode = state.modes.at(-1);
  if (mode?.kind === 'search') return searchFrame(mode, around, limit);
  const menu = menuOf(mode, around, limit);
  const inputRows = Math.max(1, limit - 1 - menu.length);
  const input = layoutInput({
    ...state,
    marks: state.text.includes('\n') ? [] : around.advice.marks,
    columns: around.window.columns,
    maxRows: inputRows,
    prompt: around.prompt ?? PROMPT,
  });
  // The picker has its own row about keys.
  const status = limit > 1 && mode?.kind !== 'picker' ? [statusRow(state, around)] : [];
  return {
    rows: [...input.rows, ...status.filter((row) => row.length > 0), ...menu].map((row) =>
      fitRow(row, around),
    ),
    cursor: input.cursor,
  };
}

function menuOf(mode: Mode | undefined, around: Surroundings, limit: number): Row[] {
  if (mode?.kind === 'menu') return menuRows(mode, around, limit - 2);
  if (mode?.kind !== 'picker' || limit < 2) return [];
  const { window, ellipsis } = around;
  return pickerRows(mode, { columns: window.columns, height: gridHeight(limit), ellipsis });
}

/** The row under the prompt: the most important message. */
function statusRow(state: EditorState, around: Surroundings): Row {
  const { advice, context } = around;
  const { text, message, vi } = state;
  if (around.question) return [{ text: around.question, style: 'warning' }];
  if (message !== '') return [{ text: message, style: 'warning' }];
  if (text.includes('\n')) {
    const count = text.split('\n').filter((line) => line.trim()).length;
    return dim(`${count} commands: Enter runs them in turn`);
  }
  const command = vi?.command ? [{ text: `vi ${vi.pending}  `, style: 'dim' } as const] : [];
  const [mark] = advice.marks;
  if (mark) return [...command, { text: mark.problem, style: 'bad' }];
  if (advice.value !== '') return [...command, ...dim(advice.value)];
  if (advice.synopsis.length > 0) return [...command, ...synopsisRow(advice)];
  return context === '' ? command : [...command, ...dim(context)];
}

const dim = (text: string): Span[] => [{ text, style: 'dim' }];

function synopsisRow({ synopsis, meaning }: TypingHint): Span[] {
  const parts = synopsis.flatMap(({ text, current }, index): Span[] => [
    ...(index > 0 ? dim(' ') : []),
    current ? { text, style: 'current' } : { text, style: 'dim' },
  ]);
  return meaning === '' ? parts : [...parts, ...dim(`  ${meaning}`)];
}

/** Candidates around the selected one, with their descriptions. */
function menuRows(
  { completion, selected }: Extract<Mode, { kind: 'menu' }>,
  { window }: Surroundings,
  room: number,
): Row[] {
  const { candidates, total } = completion;
  const more = total > Math.min(MENU_ROWS, candidates.length);
  const height = Math.max(0, Math.min(MENU_ROWS, room - (more ? 1 : 0)));
  const first = Math.max(0, Math.min(selected - height + 1, candidates.length - height));
  const shown = candidates.slice(first, first + height);
  const widest = Math.max(0, ...shown.map(({ text }) => displayWidth(text)));
  const column = Math.min(widest, Math.floor(window.columns / 2));
  const rows = shown.map(({ text, detail }, index): Row => {
    const name = text + ' '.repeat(Math.max(0, column - displayWidth(text)));
    const chosen = first + index === selected;
    return [
      { text: chosen ? '> ' : '  ' },
      { text: name, style: chosen ? 'selected' : 'plain' },
      ...(detail === '' ? [] : dim(`  ${detail}`)),
    ];
  });
  const left = total - shown.length;
  return left > 0 && rows.length > 0 ? [...rows, dim(`  ${left} more`)] : rows;
}

const SCOPE: Record<HistoryScope, string> = {
  session: 'this session',
  dump: 'this dump',
  all: 'all dumps',
};

function searchFrame(
  { query, scope, selected }: Extract<Mode, { kind: 'search' }>,
  around: Surroundings,
  limit: number,
): Frame {
  const label = `history of ${SCOPE[scope]}: `;
  const found = around.world.search(query, scope);
  const height = Math.max(0, Math.min(MENU_ROWS, limit - 2));
  const at = Math.min(selected, Math.max(0, found.length - 1));
  const first = Math.max(0, at - height + 1);
  const rows = found.slice(first, first + height).map((line, index): Row => {
    const chosen = first + index === at;
    const text = line.replace(/\n/g, ' ; ');
    return [{ text: chosen ? '> ' : '  ' }, { text, style: chosen ? 'selected' : 'plain' }];
  });
  const hint =
    found.length === 0 ? 'nothing found' : 'Ctrl-R older  Tab scope  Right edit  Enter run';
  const all: Row[] = [[{ text: label, style: 'prompt' }, { text: query }], ...rows, dim(hint)];
  return {
    rows: all.slice(0, limit).map((row) => fitRow(row, around)),
    cursor: { x: Math.min(displayWidth(label + query), around.window.columns - 1), y: 0 },
  };
}

/** Progress of a running command. */
export function progressFrame(
  text: string,
  around: Pick<Surroundings, 'window' | 'ellipsis'>,
): Frame {
  return { rows: [fitRow(dim(text), around)] };
}

/** The row cut at the window's edge: a row that wraps cannot be erased. */
function fitRow(row: Row, { window, ellipsis }: Pick<Surroundings, 'window' | 'ellipsis'>): Row {
  let left = Math.max(1, window.columns - 1);
  const kept: Span[] = [];
  for (const span of row) {
    const width = displayWidth(span.text);
    if (width <= left) {
      kept.push(span);
      left -= width;
      continue;
    }
    kept.push({ ...span, text: shorten(span.text, left, ellipsis) });
    break;
  }
  return kept;
}
