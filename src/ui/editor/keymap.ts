import { EDITING_KEYS, type KeyRow } from '../../session/help/keys.ts';
import type { ActionName } from './actions.ts';

/** A row of the key sheet whose action is one of the editor's. */
export interface Binding extends KeyRow {
  readonly action: ActionName;
}

/** emacs keys; vi's insert mode has them too, except Escape. */
export const BINDINGS: readonly Binding[] = EDITING_KEYS;

/** The action of each key. */
export const KEYMAP: ReadonlyMap<string, ActionName> = new Map(
  BINDINGS.flatMap(({ action, keys }) => keys.map((key) => [key, action] as const)),
);
