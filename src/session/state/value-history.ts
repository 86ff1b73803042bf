import type { Value } from '../../types/expression/value.ts';
import type { Session } from './session.ts';

const HISTORIES = new WeakMap<Session, Value[]>();

/** The values that `p` has shown in a session, `$1` first. */
export function valueHistory(session: Session): Value[] {
  let history = HISTORIES.get(session);
  if (!history) {
    history = [];
    HISTORIES.set(session, history);
  }
  return history;
}

/** Remembers a value and returns its number: `$5`. */
export function rememberValue(session: Session, value: Value): number {
  return valueHistory(session).push(value.kept());
}
