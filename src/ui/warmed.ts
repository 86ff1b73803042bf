import { warmDescriptions } from '../kernel/search/describe-address.ts';
import type { Completer } from '../session/completion/complete.ts';
import type { Session } from '../session/state/session.ts';
import type { ContextRow } from './context-row.ts';

/** The work of the first pause at the prompt: the context row, what addresses mean, and the names. */
export function* warmed(
  { target }: Session,
  completer: Completer,
  row: ContextRow,
  draw: () => void,
): Generator<void> {
  row.wanted = true;
  draw();
  yield;
  yield* warmDescriptions(target);
  yield* completer.names.warm();
}
