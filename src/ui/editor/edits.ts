import type { Motion } from './motions.ts';
import type { EditorState, LastAction, Line } from './state.ts';

/** Changes of the text: each maintains undo, the kill ring and the last action. */

const MAX_UNDO = 500;
const MAX_KILLS = 32;

/** Control characters cannot be typed into a line. */
const UNTYPABLE = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/g;

const move = (state: EditorState, cursor: number): EditorState => ({
  ...state,
  cursor,
  last: 'other',
  goal: null,
  yanked: null,
});

/** The state with the cursor at the motion's target. */
export const moved = (state: EditorState, motion: Motion): EditorState =>
  move(state, motion(state));
/** As {@link moved}, to a place. */
export const movedTo = move;

/** Replaces the text between two places; the cursor comes after the new text. */
export function replaced(
  state: EditorState,
  start: number,
  end: number,
  text: string,
  last: LastAction = 'other',
): EditorState {
  const clean = text.replace(UNTYPABLE, '');
  if (start === end && clean === '') return { ...state, last };
  return changed(
    state,
    {
      text: state.text.slice(0, start) + clean + state.text.slice(end),
      cursor: start + clean.length,
    },
    last,
  );
}

/** Sets a new text and cursor, as one step of undo; typing continues the step it began. */
export function changed(state: EditorState, line: Line, last: LastAction): EditorState {
  const joins = last === 'type' && state.last === 'type' && state.undo.length > 0;
  const before = { text: state.text, cursor: state.cursor };
  return {
    ...state,
    ...line,
    undo: joins ? state.undo : [...state.undo.slice(-MAX_UNDO + 1), before],
    redo: [],
    last,
    yanked: null,
    browsing: null,
    goal: null,
    ghost: '',
  };
}

/** Typing: a word is a step of undo, so that one undo does not take a whole line. */
export function typed(state: EditorState, text: string): EditorState {
  const newWord = /^\s/.test(text) && !/\s$/.test(state.text.slice(0, state.cursor));
  const from = newWord ? { ...state, last: 'other' as const } : state;
  return replaced(from, state.cursor, state.cursor, text, 'type');
}

/** Deletes without the kill ring: Backspace, Delete. */
export function deleted(state: EditorState, motion: Motion): EditorState {
  const [start, end] = ordered(state.cursor, motion(state));
  return replaced(state, start, end, '', 'other');
}

/** Deletes a motion's text into the kill ring; kills in a row make one entry. */
export function killed(state: EditorState, motion: Motion): EditorState {
  const target = motion(state);
  const [start, end] = ordered(state.cursor, target);
  return killedBetween(state, start, end, target < state.cursor);
}
/** Deletes the text between two places into the kill ring. */
export function killedBetween(
  state: EditorState,
  start: number,
  end: number,
  backwards = false,
): EditorState {
  if (start === end) return { ...state, last: 'kill' };
  const text = state.text.slice(start, end);
  const killRing = remembered(state, text, backwards);
  return { ...replaced(state, start, end, '', 'kill'), killRing };
}

/** The ring with a text in front, or joined to the front one when the last action was a kill too. */
export function remembered(state: EditorState, text: string, backwards: boolean): string[] {
  const [newest = '', ...older] = state.killRing;
  if (state.last !== 'kill') return [text, ...state.killRing].slice(0, MAX_KILLS);
  return [backwards ? text + newest : newest + text, ...older];
}

/** Puts the newest kill at the cursor. */
export function yanked(state: EditorState): EditorState {
  const [text = ''] = state.killRing;
  if (text === '') return state;
  const next = replaced(state, state.cursor, state.cursor, text, 'yank');
  return { ...next, yanked: { start: state.cursor, end: next.cursor, index: 0 } };
}

/** Replaces the text just yanked by the next older kill. */
export function yankedOlder(state: EditorState): EditorState {
  if (!state.yanked || state.last !== 'yank') return state;
  const index = (state.yanked.index + 1) % state.killRing.length;
  const { start, end } = state.yanked;
  const next = replaced(state, start, end, state.killRing[index] ?? '', 'yank');
  return { ...next, yanked: { start, end: next.cursor, index } };
}

/** The state before the last step of undo. */
export function undone(state: EditorState): EditorState {
  const before = state.undo.at(-1);
  if (!before) return { ...state, message: 'nothing to undo' };
  return {
    ...move(state, before.cursor),
    ...before,
    undo: state.undo.slice(0, -1),
    redo: [...state.redo, { text: state.text, cursor: state.cursor }],
  };
}
/** The state after the next undone step. */
export function redone(state: EditorState): EditorState {
  const next = state.redo.at(-1);
  if (!next) return { ...state, message: 'nothing to redo' };
  return {
    ...move(state, next.cursor),
    ...next,
    undo: [...state.undo, { text: state.text, cursor: state.cursor }],
    redo: state.redo.slice(0, -1),
  };
}

const ordered = (a: number, b: number): [number, number] => (a < b ? [a, b] : [b, a]);
