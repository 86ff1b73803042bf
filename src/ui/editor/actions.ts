import {
  changed,
  deleted,
  killed,
  moved,
  movedTo,
  redone,
  replaced,
  typed,
  undone,
  yanked,
  yankedOlder,
} from './edits.ts';
import { browsed } from './history-keys.ts';
import * as motions from './motions.ts';
import { type EditorState, freshPrompt, pushMode, type Step, step, type World } from './state.ts';
import { nextPlace, previousPlace } from './width.ts';

/** What a key does to the editor's state. */
export type Action = (state: EditorState, world: World) => EditorState | Step;

const bell = (state: EditorState): Step => step(state, { do: 'bell' });
const atEnd = (state: EditorState): boolean => state.cursor === state.text.length;

/** Every action of a key, by name; keymap.ts assigns the keys. */
export const ACTIONS = {
  'char-left': (state) => moved(state, motions.charLeft),
  'char-right': (state) => accepted(state, state.ghost) ?? moved(state, motions.charRight),
  'word-left': (state) => moved(state, motions.wordLeft),
  'word-right': (state) =>
    accepted(state, firstWord(state.ghost)) ?? moved(state, motions.wordRight),
  'line-start': (state) => moved(state, motions.lineStart),
  'line-end': (state) => accepted(state, state.ghost) ?? moved(state, motions.lineEnd),
  'text-start': (state) => moved(state, motions.textStart),
  'text-end': (state) => moved(state, motions.textEnd),
  up: (state, world) => vertical(state, world, -1),
  down: (state, world) => vertical(state, world, 1),
  'history-previous': (state, world) => browsed(state, world, -1) ?? bell(state),
  'history-next': (state, world) => browsed(state, world, 1) ?? bell(state),
  'history-search': (state) =>
    pushMode(state, {
      kind: 'search',
      query: state.text,
      scope: 'dump',
      selected: 0,
      before: { text: state.text, cursor: state.cursor },
    }),
  'last-argument': lastArgument,

  'delete-back': (state) => deleted(state, motions.charLeft),
  'delete-forward': (state) => deleted(state, motions.charRight),
  'delete-or-leave': (state) =>
    state.text === '' ? step(state, { do: 'leave' }) : deleted(state, motions.charRight),
  'kill-word-back': (state) => killed(state, motions.wordLeft),
  'kill-word-forward': (state) => killed(state, motions.wordRight),
  'kill-blank-word': (state) => killed(state, motions.blankWordLeft),
  'kill-to-end': killToEnd,
  'kill-to-start': (state) => killed(state, motions.lineStart),
  yank: yanked,
  'yank-older': yankedOlder,
  transpose,
  'upper-word': (state) => recase(state, (word) => word.toUpperCase()),
  'lower-word': (state) => recase(state, (word) => word.toLowerCase()),
  'capital-word': (state) => recase(state, capitalised),
  undo: undone,
  redo: redone,
  newline: (state) => typed(state, '\n'),
  comment: (state) => submitted(changed(state, { text: `#${state.text}`, cursor: 0 }, 'other')),

  submit: submitted,
  complete: (state) => step(state, { do: 'complete', backwards: false }),
  'complete-back': (state) => step(state, { do: 'complete', backwards: true }),
  cancel: (state) =>
    state.text === ''
      ? { ...state, message: 'Ctrl-D or q to quit' }
      : {
          ...freshPrompt(state),
          undo: [...state.undo, { text: state.text, cursor: state.cursor }],
        },
  suspend: (state) => step(state, { do: 'suspend' }),
  refresh: (state) => step(state, { do: 'refresh' }),
  'help-word': (state) => step(state, { do: 'open', what: 'help' }),
  'key-sheet': (state) => step(state, { do: 'open', what: 'keys' }),
  'pick-address': (state) => step(state, { do: 'open', what: 'picker' }),
} satisfies Record<string, Action>;

/** The names of the actions. */
export type ActionName = keyof typeof ACTIONS;

/** The ghost text, or a part of it, as if typed; undefined when there is none at this place. */
function accepted(state: EditorState, text: string): EditorState | undefined {
  if (text === '' || !atEnd(state)) return undefined;
  return replaced(state, state.cursor, state.cursor, text);
}
const firstWord = (ghost: string): string => /^\s*\S+/.exec(ghost)?.[0] ?? '';

/** The lines of the block, run in turn. */
export function submitted(state: EditorState): Step {
  const lines = state.text.split('\n').filter((line, _, all) => all.length === 1 || line.trim());
  return step(freshPrompt(state), { do: 'submit', lines });
}

/** Up and Down move through a block first, and then through the history. */
function vertical(state: EditorState, world: World, direction: -1 | 1): EditorState | Step {
  const goal = state.goal ?? motions.columnOf(state);
  const place = state.browsing ? undefined : motions.verticalPlace(state, direction, goal);
  if (place !== undefined) return { ...movedTo(state, place), goal };
  return browsed(state, world, direction) ?? bell(state);
}

/** Ctrl-K: to the end of the line; at the end, the newline. */
function killToEnd(state: EditorState): EditorState {
  const end = motions.lineEnd(state);
  return killed(state, () => (end === state.cursor ? nextPlace(state.text, end) : end));
}

function transpose(state: EditorState): EditorState {
  const right = atEnd(state) ? state.cursor : nextPlace(state.text, state.cursor);
  const middle = previousPlace(state.text, right);
  const left = previousPlace(state.text, middle);
  if (left === middle) return state;
  const { text } = state;
  return replaced(state, left, right, text.slice(middle, right) + text.slice(left, middle));
}

function recase(state: EditorState, change: (word: string) => string): EditorState {
  const end = motions.wordRight(state);
  return replaced(state, state.cursor, end, change(state.text.slice(state.cursor, end)));
}
const capitalised = (word: string): string =>
  word.toLowerCase().replace(/[\p{L}\p{N}]/u, (letter) => letter.toUpperCase());

/** Alt-.: the last word of the last line; again, of the line before. */
function lastArgument(state: EditorState, world: World): EditorState | Step {
  const again = state.last === 'yank' && state.yanked && state.yanked.index < 0;
  const n = again && state.yanked ? -state.yanked.index + 1 : 1;
  const word = world.lastWord(n);
  if (word === '') return bell(state);
  const start = again && state.yanked ? state.yanked.start : state.cursor;
  const next = replaced(state, start, state.cursor, word, 'yank');
  return { ...next, yanked: { start, end: next.cursor, index: -n } };
}
