import type { AnyCommand } from '../command/command.ts';
import type { Session } from '../state/session.ts';
import type { DumpNames } from './dump-names.ts';
import type { ShapedWord } from './line-shape.ts';

/** One completion of the word at the cursor. */
export interface Candidate {
  readonly text: string;
  /** A short description, shown dim beside it. */
  readonly detail: string;
  /** Text that follows it once it is taken: a blank, a `/` or nothing. */
  readonly suffix: string;
}

/** The completions of one piece of the line. */
export interface Completion {
  readonly start: number;
  readonly end: number;
  /** In the order to show them; at most {@link MAX_CANDIDATES}. */
  readonly candidates: readonly Candidate[];
  /** Number of candidates, the ones not listed included. */
  readonly total: number;
  /** Common beginning of all candidates, the ones not listed included. */
  readonly common: string;
}

/** Bound on listed candidates. */
export const MAX_CANDIDATES = 200;

/** Candidates of one kind of names. `word` is the text typed so far, `start` its place. */
export interface Completions {
  readonly candidates: readonly Candidate[];
  readonly total: number;
  readonly common?: string;
  /** Start of the replaced piece within the word: after the dot of `struct.member`. */
  readonly offset?: number;
}

/** Sources of completions. */
export interface CompletionSource {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly names: DumpNames;
  /** Addresses of the last outputs, newest first, with descriptions. */
  readonly recent: readonly Candidate[];
  /** The words of the line, for kinds that depend on them (`member` uses the type's word). */
  readonly words: readonly ShapedWord[];
}

/** The longest common beginning of the candidates' texts. */
export function commonStart(candidates: readonly Candidate[]): string {
  let common = candidates[0]?.text ?? '';
  for (const { text } of candidates) {
    while (!text.startsWith(common)) common = common.slice(0, -1);
  }
  return common;
}
