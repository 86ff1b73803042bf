import { COPY_KEY, type PickResult, VERB_NAMES, type VerbKey } from '../picker/types.ts';
import type { InputEvent } from '../term/keys.ts';
import { changed, remembered, replaced, typed } from './edits.ts';
import {
  type EditorState,
  type Mode,
  type ModeResult,
  popMode,
  replaceMode,
  type Step,
  step,
} from './state.ts';

/** The mode of the address picker. */
export type Picker = Extract<Mode, { kind: 'picker' }>;

const isVerb = (key: string): key is VerbKey | typeof COPY_KEY =>
  key in VERB_NAMES || key === COPY_KEY;

/** Indexes of the words that match the typed text. */
export function candidates({ list, typed: label, filter }: Picker): number[] {
  const wanted = filter?.toLowerCase() ?? '';
  const found: number[] = [];
  for (const [index, item] of list.items.entries()) {
    if (!item.label.startsWith(label)) continue;
    const text = wanted === '' ? '' : `${item.text} ${list.detail(index).text}`.toLowerCase();
    if (text.includes(wanted)) found.push(index);
  }
  return found;
}

/**
 * The address picker: a label takes its word, a verb before it runs a command on it. Arrows and Tab move, Enter takes
 * the selected word; `/`, and every character that is no label and no verb, filters.
 */
export function picker(state: EditorState, mode: Picker, event: InputEvent): ModeResult {
  if (event.type === 'text') return typedInto(state, mode, event.text);
  if (event.type === 'paste') return step(state, { do: 'bell' });
  const { key } = event;
  if (LEAVE.has(key)) return step(popMode(state));
  if (key === 'backspace' || key === 'C-h') return step(replaceMode(state, shorter(mode)));
  if (key === 'C-z' || key === 'C-l') return { pass: state };
  const found = candidates(mode);
  if (key === 'enter' || key === 'C-j') {
    const index = found[mode.selected];
    return index === undefined ? step(state, { do: 'bell' }) : taken(state, mode, index);
  }
  const by = movesOf(mode.height)[key];
  if (by === undefined || found.length === 0) return step(state, { do: 'bell' });
  return step(replaceMode(state, { ...mode, selected: moved(mode.selected, by, found.length) }));
}

const LEAVE = new Set(['escape', 'C-c', 'C-g', 'M-a']);

/** Distance that each key moves, in the order of the words; they are in columns of so many rows. */
const movesOf = (height: number): Readonly<Record<string, number>> => ({
  tab: 1,
  down: 1,
  'C-n': 1,
  'S-tab': -1,
  up: -1,
  'C-p': -1,
  right: height,
  left: -height,
  pagedown: height,
  pageup: -height,
  home: Number.NEGATIVE_INFINITY,
  end: Number.POSITIVE_INFINITY,
});

/** A single step wraps around at the ends; longer ones stop there. */
function moved(from: number, by: number, count: number): number {
  if (Math.abs(by) === 1) return (Math.max(from, by > 0 ? -1 : 0) + by + count) % count;
  return Math.max(0, Math.min(count - 1, Math.max(0, from) + by));
}

/** Removes the last character typed: of the filter, of a label, or the verb. */
function shorter(mode: Picker): Picker {
  const { filter, typed: label } = mode;
  if (filter !== undefined && filter !== '') return { ...mode, filter: filter.slice(0, -1) };
  if (filter !== undefined) return { ...mode, filter: undefined, selected: -1 };
  return label === '' ? { ...mode, verb: undefined } : { ...mode, typed: label.slice(0, -1) };
}

function typedInto(state: EditorState, mode: Picker, text: string): Step {
  let now = mode;
  for (const [at, letter] of [...text].entries()) {
    const next = oneLetter(now, letter);
    if (next === undefined) return step(replaceMode(state, now), { do: 'bell' });
    if (typeof next === 'object') {
      now = next;
      continue;
    }
    const done = taken(state, now, next);
    const rest = [...text].slice(at + 1).join('');
    return rest === '' ? done : { ...done, state: typed(done.state, rest) };
  }
  return step(replaceMode(state, now));
}

/** The picker after a letter, or the index of the word that it takes; undefined for a letter without meaning. */
function oneLetter(mode: Picker, letter: string): Picker | number | undefined {
  if (mode.filter !== undefined) return { ...mode, filter: mode.filter + letter, selected: 0 };
  if (letter === '/') return { ...mode, filter: '', typed: '', selected: 0 };
  if (mode.typed === '' && isVerb(letter)) return { ...mode, verb: letter };
  if (!/[a-z]/.test(letter)) return { ...mode, filter: letter, typed: '', selected: 0 };
  const label = mode.typed + letter;
  const exact = mode.list.items.findIndex((item) => item.label === label);
  if (exact >= 0) return exact;
  const begins = mode.list.items.some((item) => item.label.startsWith(label));
  return begins ? { ...mode, typed: label, selected: -1 } : undefined;
}

/** Inserts the word, or runs the verb on it; the picker is closed. */
function taken(state: EditorState, { list, verb }: Picker, index: number): Step {
  const closed = popMode(state);
  const text = list.items[index]?.text ?? '';
  if (verb === undefined)
    return step(inserted(closed, text, list.items[index]?.kind === 'address'));
  if (verb === COPY_KEY) {
    const killRing = remembered({ ...closed, last: 'other' }, text, false);
    return step({ ...closed, killRing, message: `copied ${text}` }, { do: 'copy', text });
  }
  return done(closed, list.apply(verb, index));
}

function done(state: EditorState, result: PickResult): Step {
  if (result.do === 'run') return step(state, { do: 'aside', line: result.line });
  if (result.do === 'say') return step({ ...state, message: result.text });
  const { before, after } = result;
  return step(changed(state, { text: before + after, cursor: before.length }, 'other'));
}

/** Commands that take C expressions: a hexadecimal number needs `0x` there. */
const C_WORDS = /^\s*(?:p|px|pd|js)\s/;

/** The word at the cursor, separated from a command's name. */
function inserted(state: EditorState, text: string, isAddress: boolean): EditorState {
  const before = state.text.slice(0, state.cursor);
  const gap = /(?:^|[|;])\s*\w+$/.test(before) ? ' ' : '';
  const prefix = isAddress && C_WORDS.test(`${before} `) && !/0x$/.test(before) ? '0x' : '';
  return replaced(state, state.cursor, state.cursor, gap + prefix + text);
}
