import type { Value } from '../../types/expression/value.ts';
import { type Session, Slot } from './session.ts';

const HISTORY = new Slot<Value[]>(() => []);

/** The values that `p` has printed in a session, `$1` first. */
export const valueHistory = (session: Session): Value[] => session.slot(HISTORY);

/** Remembers a value and returns its number: `$5`. */
export function rememberValue(session: Session, value: Value): number {
  return valueHistory(session).push(value.kept());
}
