import type { Completion } from '../../session/completion/candidates.ts';
import type { COPY_KEY, PickList, VerbKey } from '../picker/types.ts';
import type { InputEvent } from '../term/keys.ts';

/** A text and a cursor. Places are UTF-16 indexes between characters. */
export interface Line {
  readonly text: string;
  readonly cursor: number;
}

/** The last action, where the next one depends on it: kills join, typing is one step of undo. */
export type LastAction = 'type' | 'kill' | 'yank' | 'other';

/** vi's part. Absent in emacs mode. */
export interface ViState {
  readonly command: boolean;
  /** An incomplete command: `2d`, `f`, `"` ... */
  readonly pending: string;
  /** The last change as keys, for `.`; and the one being made. */
  readonly change: readonly InputEvent[];
  readonly recording: readonly InputEvent[] | undefined;
  /** The last f, F, t or T with its character. */
  readonly find: string;
}

/**
 * A mode over the prompt: the top of the stack gets the keys first. To add one: a member here, a handler in `modes.ts`,
 * and code that pushes it.
 */
export type Mode =
  | { readonly kind: 'menu'; readonly completion: Completion; readonly selected: number }
  | {
      readonly kind: 'search';
      readonly query: string;
      readonly scope: HistoryScope;
      readonly selected: number;
      readonly before: Line;
    }
  | {
      readonly kind: 'picker';
      readonly list: PickList;
      /** Applied to the word that is taken; undefined: the word is inserted. */
      readonly verb: VerbKey | typeof COPY_KEY | undefined;
      /** The typed part of a label. */
      readonly typed: string;
      /** Only words that contain it; undefined while letters are labels. */
      readonly filter: string | undefined;
      /** Index among the remaining words; -1 for none. */
      readonly selected: number;
      /** Rows of a column. */
      readonly height: number;
    };

/** The sessions whose lines are searched. */
export type HistoryScope = 'session' | 'dump' | 'all';

/** The editor: a text, and all that keys may change. */
export interface EditorState extends Line {
  readonly killRing: readonly string[];
  /** Place of the last yank, and its index in the ring. */
  readonly yanked: { readonly start: number; readonly end: number; readonly index: number } | null;
  readonly undo: readonly Line[];
  readonly redo: readonly Line[];
  readonly last: LastAction;
  readonly vi: ViState | null;
  readonly modes: readonly Mode[];
  /** Position of Up and Down in the history, and the line that was being typed. */
  readonly browsing: { readonly index: number; readonly typed: string } | null;
  /** A completion of the line from the history: dim after the cursor. */
  readonly ghost: string;
  /** A message under the prompt, until the next key. */
  readonly message: string;
  /** The column that Up and Down keep to in a block. */
  readonly goal: number | null;
}

/** Effects outside the reducer. */
export type Effect =
  | { readonly do: 'submit'; readonly lines: readonly string[] }
  | { readonly do: 'complete'; readonly backwards: boolean }
  | { readonly do: 'suspend' }
  | { readonly do: 'leave' }
  | { readonly do: 'refresh' }
  | { readonly do: 'bell' }
  /** Runs a line; the text being typed stays. */
  | { readonly do: 'aside'; readonly line: string }
  /** Text for the clipboard. */
  | { readonly do: 'copy'; readonly text: string }
  /** Opened by the terminal program: help, a picker ... (see `ACTIONS` of actions.ts). */
  | { readonly do: 'open'; readonly what: string };

/** A state and the effects that lead to it. */
export interface Step {
  readonly state: EditorState;
  readonly effects: readonly Effect[];
}

/** A mode's answer to an event. `pass` hands it to the mode below; the mode may have been closed. */
export type ModeResult = Step | { readonly pass: EditorState };

/** The history as the reducer sees it: indexes grow with time, and 0 is the oldest. */
export interface World {
  readonly length: number;
  /** The nearest entry before (or after) `from` that begins with `prefix` and is not `except`. */
  find(
    from: number,
    direction: -1 | 1,
    prefix: string,
    except: string,
  ): { readonly index: number; readonly line: string } | undefined;
  /** The best matches of a fuzzy search, best first. */
  search(query: string, scope: HistoryScope): readonly string[];
  /** The last word of the n-th newest line (1 is the newest). */
  lastWord(n: number): string;
}

/** The initial state, in emacs mode. */
export const EMPTY: EditorState = {
  text: '',
  cursor: 0,
  killRing: [],
  yanked: null,
  undo: [],
  redo: [],
  last: 'other',
  vi: null,
  modes: [],
  browsing: null,
  ghost: '',
  message: '',
  goal: null,
};

/** vi's state in insert mode. */
export const INSERTING: ViState = {
  command: false,
  pending: '',
  change: [],
  recording: undefined,
  find: '',
};

/** An editor in the mode of `set vi` or `set emacs`. */
export const createState = (edit: string): EditorState =>
  edit === 'vi' ? { ...EMPTY, vi: INSERTING } : EMPTY;

/** An empty prompt; the kill ring and the editing mode are kept. */
export const freshPrompt = (state: EditorState): EditorState => ({
  ...EMPTY,
  killRing: state.killRing,
  vi: state.vi && { ...INSERTING, change: state.vi.change, find: state.vi.find },
});

/** A state with effects. */
export const step = (state: EditorState, ...effects: Effect[]): Step => ({ state, effects });
/** The mode that gets the keys first. */
export const topMode = (state: EditorState): Mode | undefined => state.modes.at(-1);
/** The state with a mode on top. */
export const pushMode = (state: EditorState, mode: Mode): EditorState => ({
  ...state,
  modes: [...state.modes, mode],
});
/** The state without its top mode. */
export const popMode = (state: EditorState): EditorState => ({
  ...state,
  modes: state.modes.slice(0, -1),
});
/** The same stack with another top. */
export const replaceMode = (state: EditorState, mode: Mode): EditorState =>
  pushMode(popMode(state), mode);
