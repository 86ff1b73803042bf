/** How a command line ended. A bug is also a failure. */
export type Outcome = 'ok' | 'failed' | 'bug';

const RANK: Record<Outcome, number> = { ok: 0, failed: 1, bug: 2 };
/** The worse of two outcomes. */
export const worstOf = (a: Outcome, b: Outcome): Outcome => (RANK[b] > RANK[a] ? b : a);
