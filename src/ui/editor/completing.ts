import type { Completion } from '../../session/completion/candidates.ts';
import { changed } from './edits.ts';
import { withCandidate } from './modes.ts';
import { type EditorState, popMode, pushMode, replaceMode, topMode } from './state.ts';

/** The provider of completions. */
export interface CompletionSource {
  complete(line: string, cursor: number): Completion;
}

/** Tab: the only candidate, or the common beginning of all, or a menu. */
export function completed(
  state: EditorState,
  source: CompletionSource,
  backwards: boolean,
): EditorState {
  const completion = source.complete(state.text, state.cursor);
  const { candidates, total, common, start, end } = completion;
  const [only] = candidates;
  if (!only) return { ...state, message: 'nothing to complete here' };
  if (total === 1) return withCandidate(state, completion, only);
  const typed = state.text.slice(start, end);
  const longer = common.length > typed.length && common.startsWith(typed);
  const next = longer ? withCommon(state, completion) : state;
  const shown = longer ? source.complete(next.text, next.cursor) : completion;
  const selected = backwards ? shown.candidates.length - 1 : -1;
  return pushMode(next, { kind: 'menu', completion: shown, selected });
}

function withCommon(state: EditorState, { start, end, common }: Completion): EditorState {
  const text = state.text.slice(0, start) + common + state.text.slice(end);
  return changed(state, { text, cursor: start + common.length }, 'other');
}

/** An open menu follows the typed text, and closes when nothing matches. */
export function refreshed(
  before: EditorState,
  state: EditorState,
  source: CompletionSource,
): EditorState {
  const mode = topMode(state);
  if (mode?.kind !== 'menu' || before.text === state.text) return state;
  const completion = source.complete(state.text, state.cursor);
  const { candidates, start, end } = completion;
  const [only] = candidates;
  const typed = state.text.slice(start, end);
  if (!only || typed === '' || (candidates.length === 1 && only.text === typed)) {
    return popMode(state);
  }
  return replaceMode(state, { kind: 'menu', completion, selected: -1 });
}
