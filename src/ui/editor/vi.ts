import type { InputEvent } from '../term/keys.ts';
import { ACTIONS } from './actions.ts';
import { changed, killedBetween, movedTo, remembered, replaced, undone } from './edits.ts';
import { browsed } from './history-keys.ts';
import * as motions from './motions.ts';
import { type EditorState, type Step, step, type ViState, type World } from './state.ts';
import { nextPlace, previousPlace } from './width.ts';

/** vi's command mode. A command is collected in `pending` until it is complete: `2d3w`, `fx`, `cc`. */

type Result = EditorState | Step;
type Range = { readonly start: number; readonly end: number };

const MAX_COUNT = 999;
const COMMAND = /^(?<count>[1-9]\d*)?(?:(?<operator>[dcy])(?<count2>[1-9]\d*)?)?(?<rest>.*)$/s;

const vi = (state: EditorState): ViState => state.vi as ViState;
const withVi = (state: EditorState, change: Partial<ViState>): EditorState => ({
  ...state,
  vi: { ...vi(state), ...change },
});
const stateOf = (result: Result): EditorState => ('effects' in result ? result.state : result);

/** In command mode the cursor is on a character, not after the last one. */
function settled(state: EditorState): EditorState {
  if (!state.vi?.command) return state;
  const end = motions.lineEnd(state);
  const onEnd = state.cursor === end && end > motions.lineStart(state);
  return onEnd ? { ...state, cursor: previousPlace(state.text, end) } : state;
}

/** Escape in insert mode: to command mode, one to the left. */
export function enterCommand(state: EditorState): EditorState {
  const left = Math.max(motions.lineStart(state), previousPlace(state.text, state.cursor));
  const { recording } = vi(state);
  const change = recording ? { change: recording } : {};
  const cursor = state.ghost !== '' && state.cursor === 0 ? 0 : left;
  return settled(
    withVi(
      { ...movedTo(state, cursor), ghost: '' },
      {
        command: true,
        pending: '',
        recording: undefined,
        ...change,
      },
    ),
  );
}

const insert = (state: EditorState, cursor: number): EditorState =>
  withVi(movedTo(state, cursor), { command: false });

type Simple = (state: EditorState, world: World, count: number) => Result;
const MOTIONS: Record<string, motions.Motion> = {
  h: motions.charLeft,
  l: motions.charRight,
  ' ': motions.charRight,
  '0': motions.lineStart,
  '^': motions.firstNonBlank,
  $: motions.lineEnd,
  w: motions.nextRun(false),
  W: motions.nextRun(true),
  b: motions.previousRun(false),
  B: motions.previousRun(true),
  e: motions.runEnd(false),
  E: motions.runEnd(true),
};
/** Motions whose target belongs to an operator's text. */
const INCLUSIVE = new Set(['e', 'E', 'f', 't']);

const COMMANDS: Record<string, Simple> = {
  i: (state) => insert(state, state.cursor),
  a: (state) => insert(state, nextPlace(state.text, state.cursor)),
  I: (state) => insert(state, motions.firstNonBlank(state)),
  A: (state) => insert(state, motions.lineEnd(state)),
  x: (state, _, n) => cut(state, { start: state.cursor, end: repeat(state, motions.charRight, n) }),
  X: (state, _, n) => cut(state, { start: repeat(state, motions.charLeft, n), end: state.cursor }),
  s: (state, _, n) =>
    change(state, { start: state.cursor, end: repeat(state, motions.charRight, n) }),
  S: (state) => change(state, wholeLine(state)),
  C: (state) => change(state, { start: state.cursor, end: motions.lineEnd(state) }),
  D: (state) => cut(state, { start: state.cursor, end: motions.lineEnd(state) }),
  Y: (state) => copy(state, wholeLine(state)),
  p: (state, _, n) => put(state, nextPlace(state.text, state.cursor), n),
  P: (state, _, n) => put(state, state.cursor, n),
  u: undone,
  k: (state, world) => browsed(state, world, -1) ?? step(state, { do: 'bell' }),
  '-': (state, world) => browsed(state, world, -1) ?? step(state, { do: 'bell' }),
  j: (state, world) => browsed(state, world, 1) ?? step(state, { do: 'bell' }),
  '+': (state, world) => browsed(state, world, 1) ?? step(state, { do: 'bell' }),
  '/': (state) => ACTIONS['history-search']({ ...state, text: '', cursor: 0 }),
  '#': (state) => ACTIONS.comment(state),
  '~': flipCase,
};
/** Commands that `.` repeats. */
const CHANGES = new Set(['x', 'X', 's', 'S', 'C', 'D', 'p', 'P', '~', 'r', 'i', 'a', 'I', 'A']);

/** A key in command mode. Undefined for keys that vi does not use; the emacs keymap may. */
export function viCommand(state: EditorState, event: InputEvent, world: World): Step | undefined {
  if (event.type === 'paste') return undefined;
  if (event.type === 'key') {
    if (event.key === 'escape') return step(withVi(state, { pending: '' }));
    if (event.key === 'backspace') return viCommand(state, { type: 'text', text: 'h' }, world);
    return undefined;
  }
  let result: Step = step(state);
  for (const character of event.text) {
    // Characters after an `i` in the same chunk are text.
    if (!result.state.vi?.command) {
      const next = recorded(
        replaced(result.state, result.state.cursor, result.state.cursor, character, 'type'),
        character,
      );
      result = { state: next, effects: result.effects };
      continue;
    }
    const next = oneCharacter(result.state, character, world);
    const effects = 'effects' in next ? next.effects : [];
    result = { state: settled(stateOf(next)), effects: [...result.effects, ...effects] };
  }
  return result;
}

/** Records typed text in insert mode, for `.`. */
export function recorded(state: EditorState, text: string): EditorState {
  const { recording } = vi(state);
  return recording ? withVi(state, { recording: [...recording, { type: 'text', text }] }) : state;
}

function oneCharacter(state: EditorState, character: string, world: World): Result {
  const pending = vi(state).pending + character;
  const { count, operator, count2, rest = '' } = COMMAND.exec(pending)?.groups ?? {};
  if (rest === '' || /^[fFtTr]$/.test(rest)) return withVi(state, { pending });
  const n = Math.min(MAX_COUNT, Number(count ?? 1) * Number(count2 ?? 1));
  const ready = withVi(state, { pending: '' });
  if (rest === '.' && operator === undefined) return again(ready, world);
  const result = operator ? operate(ready, operator, rest, n) : plain(ready, rest, n, world);
  if (result === undefined) return step(ready, { do: 'bell' });
  const isChange = operator === 'd' || operator === 'c' || CHANGES.has(rest[0] ?? '');
  if (!isChange) return result;
  const keys: InputEvent[] = [{ type: 'text', text: pending }];
  const done = stateOf(result);
  const next = done.vi?.command
    ? withVi(done, { change: keys })
    : withVi(done, { recording: keys });
  return 'effects' in result ? { state: next, effects: result.effects } : next;
}

function plain(state: EditorState, rest: string, n: number, world: World): Result | undefined {
  if (rest[0] === 'r') {
    const end = repeat(state, motions.charRight, n);
    if (end === state.cursor) return undefined;
    const text = (rest[1] ?? '').repeat(n);
    const next = replaced(state, state.cursor, end, text);
    return { ...next, cursor: Math.max(0, next.cursor - 1) };
  }
  const command = COMMANDS[rest];
  if (command) return command(state, world, n);
  const found = target(state, rest, n);
  if (!found) return undefined;
  return movedTo(withVi(state, { find: found.find }), found.at);
}

interface Target {
  readonly at: number;
  readonly inclusive: boolean;
  readonly find: string;
}
/** The target of a motion; undefined when it is no motion, or has no target. */
function target(state: EditorState, rest: string, n: number): Target | undefined {
  let { find } = vi(state);
  const motion = MOTIONS[rest];
  if (motion) return { at: repeat(state, motion, n), inclusive: INCLUSIVE.has(rest), find };
  let how = rest;
  if (/^[fFtT]./s.test(rest)) find = rest;
  else if ((rest === ';' || rest === ',') && find !== '') {
    how = rest === ';' ? find : flipped(find[0] ?? '') + find.slice(1);
  } else return undefined;
  let at: number | undefined = state.cursor;
  for (let i = 0; i < n && at !== undefined; i++) {
    const from: number = i > 0 && how[0] === 't' ? at + 1 : i > 0 && how[0] === 'T' ? at - 1 : at;
    at = motions.findCharacter({ text: state.text, cursor: from }, how[0] ?? '', how.slice(1));
  }
  if (at === undefined) return undefined;
  return { at, inclusive: INCLUSIVE.has(how[0] ?? ''), find };
}
const flipped = (how: string): string =>
  how === how.toLowerCase() ? how.toUpperCase() : how.toLowerCase();

function operate(
  state: EditorState,
  operator: string,
  rest: string,
  n: number,
): Result | undefined {
  const apply = { d: cut, c: change, y: copy }[operator];
  if (!apply) return undefined;
  if (rest === operator) return apply(state, wholeLine(state));
  // cw changes up to the end of the word, as ce does.
  const onWord = !/\s/.test(state.text[state.cursor] ?? ' ');
  const name = operator === 'c' && onWord && /^[wW]$/.test(rest) ? { w: 'e', W: 'E' }[rest] : rest;
  const found = target(state, name ?? rest, n);
  if (!found) return undefined;
  const start = Math.min(state.cursor, found.at);
  const last = Math.max(state.cursor, found.at);
  const end = found.inclusive ? nextPlace(state.text, last) : last;
  return apply(withVi(state, { find: found.find }), { start, end });
}

const wholeLine = (state: EditorState): Range => ({
  start: motions.lineStart(state),
  end: motions.lineEnd(state),
});
const cut = (state: EditorState, { start, end }: Range): EditorState =>
  killedBetween({ ...state, last: 'other' }, start, end);
const change = (state: EditorState, range: Range): EditorState =>
  withVi(cut(state, range), { command: false });
const copy = (state: EditorState, { start, end }: Range): EditorState => ({
  ...movedTo(state, start),
  killRing: remembered({ ...state, last: 'other' }, state.text.slice(start, end), false),
});
function put(state: EditorState, at: number, n: number): EditorState {
  const text = (state.killRing[0] ?? '').repeat(n);
  const next = replaced(state, at, at, text);
  return { ...next, cursor: Math.max(0, next.cursor - 1) };
}

function flipCase(state: EditorState, _: World, n: number): EditorState {
  const end = repeat(state, motions.charRight, n);
  const swap = (letter: string): string =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
  const text = [...state.text.slice(state.cursor, end)].map(swap).join('');
  const line = {
    text: state.text.slice(0, state.cursor) + text + state.text.slice(end),
    cursor: end,
  };
  return changed(state, line, 'other');
}

function repeat(state: EditorState, motion: motions.Motion, n: number): number {
  let at = state.cursor;
  for (let i = 0; i < n; i++) at = motion({ text: state.text, cursor: at });
  return at;
}

/** `.`: repeats the last change. */
function again(state: EditorState, world: World): Result {
  const { change: keys } = vi(state);
  let next = state;
  for (const event of keys) next = viCommand(next, event, world)?.state ?? next;
  next = next.vi?.command ? next : enterCommand(next);
  return withVi(next, { change: keys, recording: undefined });
}
