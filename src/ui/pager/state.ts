import type { Pattern } from './pattern.ts';

/**
 * What the pager is looking for among the lines. Lines may be many and may still be coming: a job is done in
 * pieces, by {@link work}.
 */
export type Job =
  /** Adds lines below the page, and drops as many above it when it is full. */
  | {
      readonly do: 'forward';
      readonly at: number;
      readonly left: number;
      /** Nothing more was found, and the command is over: leave. */
      readonly leave?: true;
      readonly moved?: true;
    }
  /** Adds lines above the page, and drops as many below it. */
  | { readonly do: 'backward'; readonly at: number; readonly left: number }
  /** The last page, once there is one. */
  | { readonly do: 'end' }
  | {
      readonly do: 'find';
      readonly at: number;
      readonly step: 1 | -1;
      readonly left: number;
      readonly pattern: Pattern;
    };

export type EntryKind = '/' | '?' | '&' | '-';

/** All that the pager knows but for the lines. */
export interface PagerState {
  /** Rows for lines: the window's but for the last. */
  readonly rows: number;
  readonly columns: number;
  /** The numbers of the lines that are shown. */
  readonly page: readonly number[];
  /** Columns that are scrolled out at the left. */
  readonly shift: number;
  readonly job: Job | undefined;
  readonly pattern: Pattern | undefined;
  /** Which way `n` goes. */
  readonly step: 1 | -1;
  /** The line that was found last. */
  readonly found: number | undefined;
  readonly filter: Pattern | undefined;
  readonly ignoreCase: boolean;
  readonly highlight: boolean;
  /** A pattern, or an option, that is being typed. */
  readonly entry: { readonly kind: EntryKind; readonly text: string } | undefined;
  /** Digits typed before a key. */
  readonly count: string;
  /** In place of the prompt, until the next key. */
  readonly message: string;
  /** The first row of the help that is shown; undefined when it is not. */
  readonly help: number | undefined;
  readonly done: boolean;
}

/** A window and nothing in it yet. Sizes in characters; the last row of the window is the prompt's. */
export function openState(window: { readonly columns: number; readonly rows: number }): PagerState {
  const rows = Math.max(1, window.rows - 1);
  return {
    rows,
    columns: window.columns,
    page: [],
    shift: 0,
    job: undefined,
    pattern: undefined,
    step: 1,
    found: undefined,
    filter: undefined,
    ignoreCase: false,
    highlight: true,
    entry: undefined,
    count: '',
    message: '',
    help: undefined,
    done: false,
  };
}
