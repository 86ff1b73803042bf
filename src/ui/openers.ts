import { type EditorState, pushMode } from './editor/state.ts';
import type { PickList } from './picker/types.ts';

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
  /** What can be picked from the last output. */
  picks(): PickList;
  /** Rows that a picker may have for words. */
  readonly pickRows: number;
}

type Opener = (opening: Opening) => void;

/**
 * What the keys open that are no edits (`{ do: 'open', what }` of the reducer). What lies over the prompt for a while
 * pushes its mode on `state.modes` here.
 */
export const OPENERS: Readonly<Record<string, Opener>> = {
  help: ({ command, aside }) => aside(command === '' ? 'help' : `help ${command}`),
  keys: ({ aside }) => aside('help keys'),
  picker({ state, setState, picks, pickRows: height }) {
    const list = picks();
    if (list.items.length === 0) {
      setState({
        ...state,
        message: 'nothing to pick: no output has an address, a symbol or a pid',
      });
      return;
    }
    const fresh = { verb: undefined, typed: '', filter: undefined, selected: -1 };
    setState(pushMode(state, { kind: 'picker', list, height, ...fresh }));
  },
};
