import type { Lines } from '../../session/sinks/output-history.ts';
import { graphemes } from '../editor/width.ts';
import type { InputEvent } from '../term/keys.ts';
import { PAGER_HELP, PAGER_KEYS, type PagerAction } from './keys.ts';
import { readPattern } from './pattern.ts';
import type { EntryKind, Job, PagerState } from './state.ts';

/** Requests that need more than the state. */
export type PagerRequest = 'stop' | 'suspend' | 'redraw';

/** The result of a chunk of events. */
export interface Reduced {
  readonly state: PagerState;
  readonly requests: readonly PagerRequest[];
  /** Events after the one that left the pager. */
  readonly rest: readonly InputEvent[];
}

/** Longest pattern that can be typed. */
const MAX_ENTRY = 200;

/** Events of one chunk. Pure: moves become jobs for `work`, and `settle` does a part of them before the next key. */
export function reducePager(
  before: PagerState,
  events: readonly InputEvent[],
  lines: Lines,
  settle: (state: PagerState) => PagerState,
): Reduced {
  const requests: PagerRequest[] = [];
  let state = before;
  const keys = events.flatMap(keysOf);
  for (const [index, key] of keys.entries()) {
    state = settle(reduceKey(state, key, lines, requests));
    if (state.done) return { state, requests, rest: keys.slice(index + 1).map(eventOf) };
  }
  return { state, requests, rest: [] };
}

/** Characters in one chunk are separate keys; pasted text is typed. */
function keysOf(event: InputEvent): string[] {
  if (event.type === 'key') return [event.key];
  return graphemes(event.text).map((text) => (text === ' ' ? 'space' : text));
}
function eventOf(key: string): InputEvent {
  if (key === 'space') return { type: 'text', text: ' ' };
  return graphemes(key).length === 1 ? { type: 'text', text: key } : { type: 'key', key };
}

function reduceKey(
  state: PagerState,
  key: string,
  lines: Lines,
  requests: PagerRequest[],
): PagerState {
  if (state.entry) return typed(state, key, lines);
  if (state.help !== undefined) return inHelp(state, key);
  if (/^\d$/.test(key)) return { ...state, count: (state.count + key).slice(-9), message: '' };
  const action = PAGER_KEYS.get(key);
  const clean = { ...state, count: '', message: '' };
  if (!action) return clean;
  if (action === 'suspend' || action === 'redraw') requests.push(action);
  const given = state.count === '' ? undefined : Number(state.count);
  return ACTIONS[action]?.(clean, { lines, given, stop: () => requests.push('stop') }) ?? clean;
}

interface Asked {
  readonly lines: Lines;
  /** The number typed before the key. */
  readonly given: number | undefined;
  stop(): void;
}
type Act = (state: PagerState, asked: Asked) => PagerState;

/** Moves add up while the last one waits for lines. */
const forward =
  (count: (state: PagerState) => number, leave?: true): Act =>
  (state, { given }) => {
    const { job } = state;
    const left = given ?? count(state);
    if (job?.do === 'forward') return { ...state, job: { ...job, left: job.left + left } };
    const at = (state.page.at(-1) ?? -1) + 1;
    return { ...state, job: { do: 'forward', at, left, ...(leave ? { leave } : {}) } };
  };
const backward =
  (count: (state: PagerState) => number): Act =>
  (state, { given }) => {
    const { job } = state;
    const left = given ?? count(state);
    if (job?.do === 'backward') return { ...state, job: { ...job, left: job.left + left } };
    return { ...state, job: { do: 'backward', at: (state.page[0] ?? 0) - 1, left } };
  };
const page = ({ rows }: PagerState): number => rows;
const half = ({ rows }: PagerState): number => Math.max(1, Math.floor(rows / 2));
const one = (): number => 1;

/** A page that begins at a line. */
const pageFrom = (state: PagerState, line: number): PagerState => ({
  ...state,
  page: [],
  job: { do: 'forward', at: Math.max(0, line), left: state.rows },
});

const sideways =
  (direction: 1 | -1): Act =>
  (state, { given }) => {
    const by = given ?? Math.max(1, Math.floor(state.columns / 2));
    return { ...state, shift: Math.max(0, state.shift + direction * by) };
  };

const enter =
  (kind: EntryKind): Act =>
  (state) => ({ ...state, entry: { kind, text: '' } });

const again =
  (turn: 1 | -1): Act =>
  (state, { given }) =>
    state.pattern
      ? { ...state, job: findJob(state, (state.step * turn) as 1 | -1, given) }
      : { ...state, message: 'No previous search pattern' };

const ACTIONS: Partial<Record<PagerAction, Act>> = {
  'line-forward': forward(one),
  'line-back': backward(one),
  'page-forward': forward(page, true),
  'page-back': backward(page),
  'half-forward': forward(half),
  'half-back': backward(half),
  first: (state, { given = 1 }) => pageFrom(state, given - 1),
  last: (state, { given }) =>
    given === undefined ? { ...state, job: { do: 'end' } } : pageFrom(state, given - 1),
  right: sideways(1),
  left: sideways(-1),
  search: enter('/'),
  'search-back': enter('?'),
  filter: enter('&'),
  option: enter('-'),
  again: again(1),
  'again-back': again(-1),
  highlight: (state) => ({ ...state, highlight: !state.highlight }),
  position: (state, { lines }) => ({ ...state, message: positionText(state, lines) }),
  pick: (state) => ({ ...state, message: 'q leaves this page behind; Alt-A then picks from it' }),
  help: (state) => ({ ...state, help: 0 }),
  cancel: (state) => ({ ...state, job: undefined }),
  stop(state, { lines, stop }) {
    if (lines.ended && !state.job) return { ...state, done: true };
    if (!lines.ended) stop();
    return { ...state, job: undefined };
  },
  leave: (state) => ({ ...state, done: true }),
};

/** Start of a search: the last match while it is on the page, else the page's top. */
function findJob(state: PagerState, step: 1 | -1, left = 1): Job | undefined {
  const { pattern, page: shown, found } = state;
  const top = shown[0] ?? 0;
  const from = found !== undefined && shown.includes(found) ? found : step > 0 ? top - 1 : top;
  return pattern && { do: 'find', at: from + step, step, left, pattern };
}

/** A key while a pattern is typed. */
function typed(state: PagerState, key: string, lines: Lines): PagerState {
  const entry = state.entry;
  if (!entry) return state;
  const closed = { ...state, entry: undefined };
  if (['escape', 'C-c', 'C-g'].includes(key)) return closed;
  if (entry.kind === '-') return optioned(closed, key);
  if (key === 'enter') return submitted(closed, entry.kind, entry.text, lines);
  if (key === 'backspace' || key === 'C-h') {
    if (entry.text === '') return closed;
    return { ...state, entry: { ...entry, text: graphemes(entry.text).slice(0, -1).join('') } };
  }
  if (key === 'C-u') return { ...state, entry: { ...entry, text: '' } };
  const text = key === 'space' ? ' ' : key;
  if (graphemes(text).length !== 1 || entry.text.length >= MAX_ENTRY) return state;
  return { ...state, entry: { ...entry, text: entry.text + text } };
}

function optioned(state: PagerState, key: string): PagerState {
  if (key !== 'i' && key !== 'I') return { ...state, message: `There is no option -${key}` };
  const ignoreCase = !state.ignoreCase;
  const again = (pattern: PagerState['pattern']) =>
    pattern && readPattern(pattern.text, ignoreCase);
  return {
    ...state,
    ignoreCase,
    pattern: again(state.pattern),
    filter: again(state.filter),
    message: ignoreCase ? 'Case makes no difference in searches' : 'Case matters in searches',
  };
}

function submitted(state: PagerState, kind: EntryKind, text: string, lines: Lines): PagerState {
  if (kind === '&') {
    const filter = text === '' ? undefined : readPattern(text, state.ignoreCase);
    return pageFrom({ ...state, filter }, Math.max(state.page[0] ?? 0, lines.first));
  }
  const step = kind === '/' ? 1 : -1;
  const pattern = text === '' ? state.pattern : readPattern(text, state.ignoreCase);
  if (!pattern) return { ...state, message: 'No previous search pattern' };
  // The first match of a new pattern may be on the page's first line.
  const asked = { ...state, pattern, step, highlight: true } as const;
  return { ...asked, job: findJob(text === '' ? asked : { ...asked, found: undefined }, step) };
}

const LAST_HELP = PAGER_HELP.length;

function inHelp(state: PagerState, key: string): PagerState {
  const action = PAGER_KEYS.get(key);
  const top = state.help ?? 0;
  if (action === 'leave' || action === 'help' || action === 'cancel' || action === 'stop') {
    return { ...state, help: undefined };
  }
  const pages: Partial<Record<PagerAction, number>> = {
    'line-forward': 1,
    'line-back': -1,
    'page-forward': state.rows,
    'page-back': -state.rows,
  };
  const by = (action && pages[action]) ?? 0;
  const most = Math.max(0, LAST_HELP - state.rows);
  return { ...state, help: Math.min(most, Math.max(0, top + by)) };
}

/** The page in another window, with the same first line; `work` fills it. */
export function resized(
  state: PagerState,
  window: { readonly columns: number; readonly rows: number },
): PagerState {
  const rows = Math.max(1, window.rows - 1);
  return { ...state, rows, columns: window.columns, page: state.page.slice(0, rows) };
}

/** `lines 24-46 of 4410`; while a command runs, the number so far. */
export function positionText({ page: shown, shift }: PagerState, lines: Lines): string {
  const { count, ended } = lines;
  const from = (shown[0] ?? -1) + 1;
  const to = (shown.at(-1) ?? -1) + 1;
  const column = shift > 0 ? `, from column ${shift + 1}` : '';
  const share = ended && count > 0 ? `, ${Math.floor((100 * to) / count)}%` : '';
  return `lines ${from}-${to} of ${count}${ended ? '' : ' so far'}${share}${column}`;
}
