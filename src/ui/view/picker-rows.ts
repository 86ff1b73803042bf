import { candidates, type Picker } from '../editor/picker.ts';
import { displayWidth, shorten } from '../editor/width.ts';
import { COPY_KEY, VERB_NAMES } from '../picker/types.ts';
import type { Row, Span } from './palette.ts';

const MAX_HEIGHT = 8;
/** A label, an address and what it is; a wider window has more columns of them. */
const CELL = 38;
const GAP = 2;

/** Rows of words in a window whose live rows are at most `limit`: one is the line's, one says what the keys do. */
export const gridHeight = (limit: number): number => Math.max(0, Math.min(MAX_HEIGHT, limit - 2));

export interface GridSpace {
  readonly columns: number;
  readonly height: number;
  readonly ellipsis: string;
}

/** The words around the chosen one, in columns from top to bottom, and a row about the keys. */
export function pickerRows(mode: Picker, { columns, height, ellipsis }: GridSpace): Row[] {
  const found = candidates(mode);
  const across = Math.max(1, Math.floor((columns - 1 + GAP) / (CELL + GAP)));
  const width = Math.floor((columns - 1 - GAP * (across - 1)) / across);
  const size = Math.max(1, height * across);
  const first = Math.floor(Math.max(0, mode.selected) / size) * size;
  const shown = found.slice(first, first + size);
  const labels = Math.max(1, ...shown.map((index) => mode.list.items[index]?.label.length ?? 0));
  const rows: Row[] = [];
  for (let y = 0; y < Math.min(height, shown.length); y++) {
    const row: Span[] = [];
    for (let x = 0; x < across; x++) {
      const index = shown[x * height + y];
      if (index === undefined) break;
      if (x > 0) row.push({ text: ' '.repeat(GAP) });
      const last = shown[(x + 1) * height + y] === undefined;
      const chosen = first + x * height + y === mode.selected;
      row.push(...cell(mode, index, { width, labels, chosen, last, ellipsis }));
    }
    rows.push(row);
  }
  return [...rows, [{ text: hint(mode, found.length, first, shown.length), style: 'dim' }]];
}

interface CellFacts {
  readonly width: number;
  /** Columns of the labels. */
  readonly labels: number;
  readonly chosen: boolean;
  /** Nothing stands right of it. */
  readonly last: boolean;
  readonly ellipsis: string;
}

function cell({ list }: Picker, index: number, facts: CellFacts): Span[] {
  const { width, labels, chosen, last, ellipsis } = facts;
  const item = list.items[index];
  if (!item) return [];
  const text = shorten(item.text, width - labels - 2, ellipsis);
  const room = width - labels - 2 - displayWidth(text);
  const detail = room > 4 ? shorten(list.detail(index), room - 1, ellipsis) : '';
  const used = labels + 1 + displayWidth(text) + (detail === '' ? 0 : 1 + displayWidth(detail));
  return [
    { text: item.label.padEnd(labels), style: 'current' },
    { text: chosen ? '>' : ' ' },
    { text, style: chosen ? 'selected' : 'plain' },
    ...(detail === '' ? [] : [{ text: ` ${detail}`, style: 'dim' } as const]),
    ...(last ? [] : [{ text: ' '.repeat(Math.max(0, width - used)) }]),
  ];
}

const VERB_LIST = Object.entries(VERB_NAMES)
  .map(([key, name]) => `${key} ${name}`)
  .join('  ');

function hint(mode: Picker, found: number, first: number, shown: number): string {
  const { verb, filter, list } = mode;
  const what = verb === undefined ? '' : `${verb === COPY_KEY ? 'copy' : VERB_NAMES[verb]}: `;
  const all = list.items.length;
  const part = shown < found ? `${first + 1}-${first + shown} of ${found}` : `${found} of ${all}`;
  if (filter !== undefined) return `${what}/${filter}  ${part}  Enter takes  Backspace goes back`;
  const counted = shown < found ? `  ${part}` : '';
  if (verb !== undefined) return `${what}type a label${counted}`;
  return `label inserts; first ${VERB_LIST}  ${COPY_KEY} copy; / finds${counted}`;
}
