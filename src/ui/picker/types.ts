import type { PickWord } from './words.ts';

/** Keys that say what to do with the word whose label follows. Labels begin with other letters. */
export const VERB_NAMES = {
  r: 'rd',
  v: 'vtop',
  s: 'struct',
  d: 'dis',
  k: 'kmem',
  b: 'bt',
} as const;
export type VerbKey = keyof typeof VERB_NAMES;
/** Copying is done by the terminal, not by a command. */
export const COPY_KEY = 'y';

export interface PickDetail {
  readonly text: string;
  readonly brief: string;
}

export interface Pickable extends PickWord {
  /** '' for what is so far away that all labels are taken. */
  readonly label: string;
}

/** What a verb makes of a word. */
export type PickResult =
  /** A line to run. */
  | { readonly do: 'run'; readonly line: string }
  /** A line to go on with, the cursor between its parts. */
  | { readonly do: 'edit'; readonly before: string; readonly after: string }
  /** Why it cannot be done. */
  | { readonly do: 'say'; readonly text: string };

/** The words of an output, nearest first. Labels and places do not change. */
export interface PickList {
  readonly items: readonly Pickable[];
  /** What a word is, in a few words, and where there is less room; remembered. */
  detail(index: number): PickDetail;
  apply(verb: VerbKey, index: number): PickResult;
}
