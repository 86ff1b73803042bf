import type { AnyCommand } from '../command/command.ts';
import type { Session } from '../state/session.ts';
import type { DumpNames } from './dump-names.ts';
import type { ShapedWord } from './line-shape.ts';

/** One thing that could stand at the cursor. */
export interface Candidate {
  readonly text: string;
  /** What it is: shown dim beside it. */
  readonly detail: string;
  /** What follows it once it is taken: a blank, a `/` or nothing. */
  readonly suffix: string;
}

/** What could stand in the place of a piece of the line. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  /** In the order to show them; at most {@link MAX_CANDIDATES}. */
  readonly candidates: readonly Candidate[];
  /** How many there are. */
  readonly total: number;
  /** What all of them begin with, the ones not listed included. */
  readonly common: string;
}

export const MAX_CANDIDATES = 200;

/** Part of the answer, from one kind of names. `word` is what is typed so far; `start` where it begins. */
export interface Completions {
  readonly candidates: readonly Candidate[];
  readonly total: number;
  readonly common?: string;
  /** Where the piece that is replaced begins in the word: after the dot of `struct.member`. */
  readonly offset?: number;
}

/** What the kinds of words are completed from. */
export interface CompletionSource {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly names: DumpNames;
  /** Addresses of the last outputs, newest first, with what is known of them. */
  readonly recent: readonly Candidate[];
  /** The words of the line, for kinds that ask for them (`member` looks for the type). */
  readonly words: readonly ShapedWord[];
}

export function commonStart(candidates: readonly Candidate[]): string {
  let common = candidates[0]?.text ?? '';
  for (const { text } of candidates) {
    while (!text.startsWith(common)) common = common.slice(0, -1);
  }
  return common;
}
