import type { PickWord } from './words.ts';

/** Keys that choose the command for the next word. Labels begin with other letters. */
export const VERB_NAMES = {
  r: 'rd',
  v: 'vtop',
  s: 'struct',
  d: 'dis',
  k: 'kmem',
  b: 'bt',
} as const;
/** The keys of the verbs. */
export type VerbKey = keyof typeof VERB_NAMES;
/** Copying is done by the terminal, not by a command. */
export const COPY_KEY = 'y';

/** Descriptions of a word. */
export interface PickDetail {
  readonly text: string;
  readonly brief: string;
}

/** A word with its label. */
export interface Pickable extends PickWord {
  /** '' for words too far away for a label. */
  readonly label: string;
}

/** The result of a verb on a word. */
export type PickResult =
  /** A line to run. */
  | { readonly do: 'run'; readonly line: string }
  /** A line to complete, with the cursor between its parts. */
  | { readonly do: 'edit'; readonly before: string; readonly after: string }
  /** Why the verb does not apply. */
  | { readonly do: 'say'; readonly text: string };

/** The words of an output, nearest first. Labels and places do not change. */
export interface PickList {
  readonly items: readonly Pickable[];
  /** A short description of a word, and a shorter one; remembered. */
  detail(index: number): PickDetail;
  apply(verb: VerbKey, index: number): PickResult;
}
