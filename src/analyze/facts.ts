import type { VAddr } from '../base/address.ts';
import type { Certainty } from '../kernel/core/certainty.ts';
import type { ClassName } from './classes.ts';

export type { Certainty };

/** One thing that memory shows, and the command that shows it to a reader. */
export interface Evidence {
  /** A sentence. */
  readonly text: string;
  /** As typed at the prompt. */
  readonly command: string;
  readonly address?: VAddr | undefined;
  /** What stands there. */
  readonly value?: bigint | undefined;
}

/** What one detector claims of the dump. */
export interface Fact {
  readonly class: ClassName;
  readonly certainty: Certainty;
  /** `function` or `function@module`, a task's name, or the name of a lock; undefined where nothing is to name. */
  readonly subject: string | undefined;
  /** What happened, as one sentence. */
  readonly summary: string;
  readonly evidence: readonly Evidence[];
  /** What speaks against it, as sentences. Each lowers the certainty by one step. */
  readonly contradictions: readonly string[];
  /** What was not checked or could not be, as sentences. */
  readonly unchecked: readonly string[];
  /** The task it is about, where that is not the one that panicked. */
  readonly task?: { readonly pid: number; readonly comm: string; readonly address: VAddr };
  readonly cpu?: number | undefined;
  /** Worth knowing, and never the verdict. */
  readonly isAside?: true;
}

/** What a fact may leave out. */
export type FactParts = Pick<Fact, 'class' | 'certainty' | 'summary'> & Partial<Fact>;

/** A fact with what is usual filled in. */
export const fact = (parts: FactParts): Fact => ({
  subject: undefined,
  evidence: [],
  contradictions: [],
  unchecked: [],
  ...parts,
});

const STEPS: readonly Certainty[] = ['certain', 'likely', 'possible'];

/** The certainty some steps lower; `possible` is the lowest. */
export const lowered = (certainty: Certainty, steps: number): Certainty =>
  STEPS[Math.min(STEPS.indexOf(certainty) + steps, STEPS.length - 1)] as Certainty;

/** The lower one of two. */
export const lowest = (a: Certainty, b: Certainty): Certainty =>
  STEPS.indexOf(a) > STEPS.indexOf(b) ? a : b;
