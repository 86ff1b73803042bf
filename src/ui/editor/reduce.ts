import type { InputEvent } from '../term/keys.ts';
import { ACTIONS, type Action } from './actions.ts';
import { typed } from './edits.ts';
import { KEYMAP } from './keymap.ts';
import { modeStep } from './modes.ts';
import { type EditorState, type Step, step, type World } from './state.ts';
import { enterCommand, recorded, viCommand } from './vi.ts';

/**
 * The editor: a state and an event make the next state, and effects. Pure; the stack of modes gets the event first,
 * then vi's command mode, then the keymap.
 */
export function reduce(before: EditorState, event: InputEvent, world: World): Step {
  const quiet = before.message === '' ? before : { ...before, message: '' };
  const over = modeStep(quiet, event, world);
  if (!('pass' in over)) return over;
  const state = over.pass;
  if (event.type === 'paste') return step(typed({ ...state, last: 'other' }, event.text));
  if (state.vi?.command) {
    const done = viCommand(state, event, world);
    if (done) return done;
  }
  if (event.type === 'text') return step(withText(state, event.text));
  return keyStep(state, event.key, world);
}

function withText(state: EditorState, text: string): EditorState {
  const next = typed(state, text);
  return next.vi ? recorded(next, text) : next;
}

function keyStep(state: EditorState, key: string, world: World): Step {
  if (key === 'escape') return step(state.vi && !state.vi.command ? enterCommand(state) : state);
  const name = KEYMAP.get(key);
  if (name) {
    const action: Action = ACTIONS[name];
    const result = action(state, world);
    return 'effects' in result ? result : step(result);
  }
  // Escape and a letter in one chunk look like Alt and the letter.
  if (state.vi && /^M-.$/.test(key)) {
    const command = state.vi.command ? state : enterCommand(state);
    return viCommand(command, { type: 'text', text: key.slice(2) }, world) ?? step(command);
  }
  return step(state, { do: 'bell' });
}

/** All events of a chunk; effects come in order. Stops after a submit: later events belong to the next prompt. */
export function reduceAll(
  state: EditorState,
  events: readonly InputEvent[],
  world: World,
): Step & { readonly rest: readonly InputEvent[] } {
  let current = state;
  const effects: Step['effects'][number][] = [];
  for (const [index, event] of events.entries()) {
    const next = reduce(current, event, world);
    current = next.state;
    effects.push(...next.effects);
    const stop = next.effects.some(({ do: what }) => STOPS.has(what));
    if (stop) return { state: current, effects, rest: events.slice(index + 1) };
  }
  return { state: current, effects, rest: [] };
}
/** Effects that must be done before the next key. */
const STOPS = new Set(['submit', 'leave', 'suspend', 'complete', 'open', 'aside']);
