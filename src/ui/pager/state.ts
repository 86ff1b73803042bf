import type { Pattern } from './pattern.ts';

/**
 * What the pager searches for in the lines. Lines may be many and may still arrive: a job is done in pieces, by {@link
 * work}.
 */
export type Job =
  /** Adds lines below the page, and drops as many above it when it is full. */
  | {
      readonly do: 'forward';
      readonly at: number;
      readonly left: number;
      /** Leave when nothing more is found and the command has ended. */
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

/** What is being typed: a search forwards or backwards, a filter, an option. */
export type EntryKind = '/' | '?' | '&' | '-';

/** The pager's state, without the lines. */
export interface PagerState {
  /** Rows for lines: those of the window except the last. */
  readonly rows: number;
  readonly columns: number;
  /** Numbers of the lines on the page. */
  readonly page: readonly number[];
  /** Columns that are scrolled out at the left. */
  readonly shift: number;
  readonly job: Job | undefined;
  readonly pattern: Pattern | undefined;
  /** Direction of `n`. */
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
  /** Replaces the prompt until the next key. */
  readonly message: string;
  /** First row of the help; undefined when it is not shown. */
  readonly help: number | undefined;
  readonly done: boolean;
}

/** An empty window. Sizes in characters; the last row is the prompt's. */
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
