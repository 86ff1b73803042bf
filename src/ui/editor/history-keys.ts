import { changed } from './edits.ts';
import type { EditorState, World } from './state.ts';

/**
 * Up and Down: the nearest line that begins with the typed text; with none, the nearest line. Undefined when there is
 * none.
 */
export function browsed(
  state: EditorState,
  world: World,
  direction: -1 | 1,
): EditorState | undefined {
  const typed = state.browsing?.typed ?? state.text;
  const from = state.browsing?.index ?? world.length;
  const found = world.find(from, direction, typed, state.text);
  if (!found) {
    if (direction < 0 || !state.browsing) return undefined;
    return { ...shown(state, typed), browsing: null };
  }
  return { ...shown(state, found.line), browsing: { index: found.index, typed } };
}

function shown(state: EditorState, text: string): EditorState {
  // A walk through the history is one step of undo.
  const base = state.browsing ? { ...state, undo: state.undo.slice(0, -1) } : state;
  const next = changed(base, { text, cursor: text.length }, 'other');
  const typed = state.browsing ? state.undo.at(-1) : undefined;
  return typed ? { ...next, undo: [...base.undo, typed] } : next;
}
