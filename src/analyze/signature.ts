import { createHash } from 'node:crypto';
import type { ClassName } from './classes.ts';
import { type Call, subjectOf, tellingCalls } from './scene/chain.ts';

/** What makes two deaths the same one: without addresses, pids, CPUs and versions. */
export interface Signature {
  readonly version: 1;
  /** `v1|class|subject|frame|frame|frame`, in UTF-8; parts that are missing are empty. */
  readonly text: string;
  /** The first 16 hexadecimal digits of the SHA-256 of the text. */
  readonly hash: string;
}

const FRAMES = 3;

/**
 * The signature of a verdict, version 1 (docs/analyze.md): class, subject, and the first three functions that matter,
 * from the one that failed outwards.
 */
export function signatureOf(
  verdict: { readonly class: ClassName; readonly subject: string | undefined },
  calls: readonly Call[],
): Signature {
  const frames = tellingCalls(calls).slice(0, FRAMES).map(subjectOf);
  while (frames.length < FRAMES) frames.push('');
  const parts = ['v1', verdict.class, verdict.subject ?? '', ...frames.map((each) => each ?? '')];
  const text = parts.map((part) => part.replaceAll('|', '_')).join('|');
  const hash = createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
  return { version: 1, text, hash };
}
