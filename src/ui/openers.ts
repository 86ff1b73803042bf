import { type EditorState, pushMode } from './editor/state.ts';
import type { PickList } from './picker/types.ts';

/** The terminal program as an opener sees it. */
export interface Opening {
  readonly state: EditorState;
  /** The command at the cursor: in `foreach bt -f` the second one. '' where there is none. */
  readonly command: string;
  /** Runs a line above the prompt; the text being typed stays. */
  aside(line: string): void;
  /** Writes text above the prompt. */
  say(text: string): void;
  setState(state: EditorState): void;
  /** Words of the last output for the picker. */
  picks(): PickList;
  /** Rows of words that a picker may use. */
  readonly pickRows: number;
}

type Opener = (opening: Opening) => void;

/**
 * Handlers of keys that open something (`{ do: 'open', what }` of the reducer). A handler that lies over the prompt
 * pushes its mode on `state.modes`.
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
