import { BINDINGS } from './editor/keymap.ts';
import type { EditorState } from './editor/state.ts';

/** What an opener may use of the terminal program. */
export interface Opening {
  readonly state: EditorState;
  /** Runs a line above the prompt; what is being typed stays. */
  aside(line: string): void;
  /** Writes text above the prompt. */
  say(text: string): void;
  setState(state: EditorState): void;
}

type Opener = (opening: Opening) => void;

/**
 * What the keys open that are no edits (`{ do: 'open', what }` of the reducer). An address picker pushes its
 * mode on `state.modes` here; a key sheet may do the same.
 */
export const OPENERS: Readonly<Record<string, Opener>> = {
  help: ({ state, aside }) => {
    const [word = ''] = state.text.trim().split(/\s+/);
    aside(word === '' ? 'help' : `help ${word}`);
  },
  keys: ({ say }) => say(keySheet()),
  picker: ({ state, setState }) => setState({ ...state, message: 'no addresses to pick from' }),
};

/** Every key and what it does, from the keymap itself. */
export function keySheet(): string {
  const rows = BINDINGS.map(({ keys, help }) => `  ${keys.join(' ').padEnd(20)}  ${help}`);
  return `${rows.join('\n')}\n`;
}
