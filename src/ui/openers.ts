import type { EditorState } from './editor/state.ts';

/** What an opener may use of the terminal program. */
export interface Opening {
  readonly state: EditorState;
  /** The command that the cursor is in: in `foreach bt -f` the second one. '' where there is none. */
  readonly command: string;
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
  help: ({ command, aside }) => aside(command === '' ? 'help' : `help ${command}`),
  keys: ({ aside }) => aside('help keys'),
  picker: ({ state, setState }) => setState({ ...state, message: 'no addresses to pick from' }),
};
