import type { InputEvent } from '../term/keys.ts';
import { ACTIONS } from './actions.ts';
import { changed } from './edits.ts';
import { KEYMAP } from './keymap.ts';
import { picker } from './picker.ts';
import {
  type EditorState,
  type HistoryScope,
  type Mode,
  type ModeResult,
  popMode,
  replaceMode,
  type Step,
  step,
  topMode,
  type World,
} from './state.ts';
import { previousPlace } from './width.ts';

type Handler<M extends Mode> = (
  state: EditorState,
  mode: M,
  event: InputEvent,
  world: World,
) => ModeResult;

/** The handlers of all modes over the prompt. A new mode is a new row. */
const HANDLERS: { readonly [K in Mode['kind']]: Handler<Extract<Mode, { kind: K }>> } = {
  menu,
  search,
  picker,
};

/** Passes the event to the top of the stack. */
export function modeStep(state: EditorState, event: InputEvent, world: World): ModeResult {
  const mode = topMode(state);
  if (!mode) return { pass: state };
  const handler = HANDLERS[mode.kind] as Handler<Mode>;
  return handler(state, mode, event, world);
}

const actionOf = (event: InputEvent) => (event.type === 'key' ? KEYMAP.get(event.key) : undefined);
type Menu = Extract<Mode, { kind: 'menu' }>;
type Search = Extract<Mode, { kind: 'search' }>;

/** The completion menu: Tab and arrows choose, Enter takes, Escape closes, and every other key is typed. */
function menu(state: EditorState, mode: Menu, event: InputEvent): ModeResult {
  const { length } = mode.completion.candidates;
  const choose = (by: number): Step => {
    const from = mode.selected < 0 && by < 0 ? length : mode.selected;
    return step(replaceMode(state, { ...mode, selected: (from + by + length) % length }));
  };
  if (event.type === 'key') {
    if (event.key === 'escape' || event.key === 'C-g') return step(popMode(state));
    if (event.key === 'tab' || event.key === 'down' || event.key === 'C-n') return choose(1);
    if (event.key === 'S-tab' || event.key === 'up' || event.key === 'C-p') return choose(-1);
    const taken = mode.completion.candidates[mode.selected];
    if (taken && (event.key === 'enter' || event.key === 'right')) {
      return step(withCandidate(popMode(state), mode.completion, taken));
    }
  }
  if (event.type === 'text' || actionOf(event) === 'delete-back') {
    const chosen = mode.completion.candidates[mode.selected];
    // A blank or another separator takes a chosen word; letters narrow the choice.
    const take = chosen && event.type === 'text' && /^[\s|>.]/.test(event.text);
    const next = take ? withCandidate(popMode(state), mode.completion, chosen) : state;
    const text = take && event.type === 'text' ? event.text.replace(/^ /, '') : undefined;
    if (text === '') return step(next);
    return { pass: next };
  }
  return { pass: popMode(state) };
}

/** The line with a candidate in the place of the word. */
export function withCandidate(
  state: EditorState,
  completion: Menu['completion'],
  candidate: Menu['completion']['candidates'][number],
): EditorState {
  const rest = state.text.slice(completion.end);
  const suffix = candidate.suffix === ' ' && rest.startsWith(' ') ? '' : candidate.suffix;
  const word = candidate.text + suffix;
  const text = state.text.slice(0, completion.start) + word + rest;
  return changed(state, { text, cursor: completion.start + word.length }, 'other');
}

const NEXT_SCOPE: Record<HistoryScope, HistoryScope> = {
  dump: 'all',
  all: 'session',
  session: 'dump',
};

/** Ctrl-R: a query, matches below it. Ctrl-R again goes to older ones, Tab changes the scope of the search. */
function search(state: EditorState, mode: Search, event: InputEvent, world: World): ModeResult {
  const found = world.search(mode.query, mode.scope);
  const at = Math.min(mode.selected, Math.max(0, found.length - 1));
  const change = (to: Partial<Search>): Step =>
    step(replaceMode(state, { ...mode, selected: 0, ...to }));
  if (event.type !== 'key') {
    const text = event.type === 'paste' ? (event.text.split('\n')[0] ?? '') : event.text;
    return change({ query: mode.query + text });
  }
  const { key } = event;
  if (key === 'C-r' || key === 'down' || key === 'C-n') {
    return change({ selected: Math.min(at + 1, Math.max(0, found.length - 1)) });
  }
  if (key === 'C-s' || key === 'up' || key === 'C-p')
    return change({ selected: Math.max(0, at - 1) });
  if (key === 'tab') return change({ scope: NEXT_SCOPE[mode.scope] });
  if (key === 'backspace' || key === 'C-h') {
    return change({ query: mode.query.slice(0, previousPlace(mode.query, mode.query.length)) });
  }
  if (key === 'C-u' || key === 'C-w') return change({ query: '' });
  const closed = popMode(state);
  if (key === 'C-g' || key === 'C-c' || key === 'escape') {
    return step({ ...closed, ...mode.before });
  }
  const line = found[at];
  if (line === undefined) return step(state, { do: 'bell' });
  const taken = changed(closed, { text: line, cursor: line.length }, 'other');
  return key === 'enter' ? ACTIONS.submit(taken) : step(taken);
}
