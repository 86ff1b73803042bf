import { candidates, type Picker } from '../editor/picker.ts';
import { displayWidth, shorten } from '../editor/width.ts';
import { COPY_KEY, type PickDetail, VERB_NAMES } from '../picker/types.ts';
import type { Row, Span } from './palette.ts';

const MAX_HEIGHT = 8;
/** Columns of a label, an address and its description; a wider window has more of them. */
const CELL = 38;
const GAP = 2;

/** Rows of words in a window whose live rows are at most `limit`: one is the line's, one is about the keys. */
export const gridHeight = (limit: number): number => Math.max(0, Math.min(MAX_HEIGHT, limit - 2));

/** Room for the picker's words. */
export interface GridSpace {
  readonly columns: number;
  readonly height: number;
  readonly ellipsis: string;
}

/** The words around the selected one, in columns from top to bottom, and a row about the keys. */
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
  const pages = found.length > size ? `${first / size + 1}/${Math.ceil(found.length / size)}` : '';
  return [...rows, hint(mode, found.length, pages)];
}

interface CellFacts {
  readonly width: number;
  /** Columns of the labels. */
  readonly labels: number;
  readonly chosen: boolean;
  /** The rightmost column. */
  readonly last: boolean;
  readonly ellipsis: string;
}

function cell({ list }: Picker, index: number, facts: CellFacts): Span[] {
  const { width, labels, chosen, last, ellipsis } = facts;
  const item = list.items[index];
  if (!item) return [];
  const text = shorten(item.text, width - labels - 1, ellipsis);
  const room = width - labels - 1 - displayWidth(text);
  const detail = room > 4 ? fitting(list.detail(index), room - 1, ellipsis) : '';
  const used = labels + 1 + displayWidth(text) + (detail === '' ? 0 : 1 + displayWidth(detail));
  return [
    { text: item.label.padEnd(labels), style: 'current' },
    { text: chosen ? '>' : ' ' },
    { text, style: chosen ? 'selected' : 'plain' },
    ...(detail === '' ? [] : [{ text: ` ${detail}`, style: 'dim' } as const]),
    ...(last ? [] : [{ text: ' '.repeat(Math.max(0, width - used)) }]),
  ];
}

function fitting({ text, brief }: PickDetail, room: number, ellipsis: string): string {
  return displayWidth(text) <= room ? text : shorten(brief, room, ellipsis);
}

const KEYS: readonly (readonly [string, string])[] = [
  ['label', 'inserts '],
  ...Object.entries(VERB_NAMES),
  [COPY_KEY, 'copy '],
  ['/', 'finds'],
];

/** The keys that can be typed now, and the position in the list. */
function hint({ verb, filter, list }: Picker, found: number, pages: string): Row {
  const what = verb === undefined ? '' : `${verb === COPY_KEY ? 'copy' : VERB_NAMES[verb]}: `;
  const end = pages === '' ? '' : `  ${pages}`;
  if (filter !== undefined) {
    const count = `  ${found} of ${list.items.length}`;
    return [
      { text: `${what}/${filter}`, style: 'current' },
      { text: count + end, style: 'dim' },
    ];
  }
  if (verb !== undefined) return [{ text: `${what}type a label${end}`, style: 'dim' }];
  const keys = KEYS.flatMap(([key, name], index): Span[] => [
    { text: index === 0 ? key : ` ${key}`, style: 'current' },
    { text: ` ${name}`, style: 'dim' },
  ]);
  return [...keys, { text: end, style: 'dim' }];
}
