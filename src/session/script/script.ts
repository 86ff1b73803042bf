import { createContext, Script } from 'node:vm';
import { CrashError } from '../../base/errors.ts';
import { Interrupted } from '../../base/interruption.ts';
import type { CommandContext } from '../command/command.ts';
import { Slot } from '../state/session.ts';
import { type Printed, type ScriptHost, scriptGlobals } from './script-globals.ts';

/** A session's scripts share their declarations: `js const x = task(1)`, then `js print(x.comm)`. */
interface Scripting {
  readonly host: ScriptHost;
  readonly sandbox: object;
}

/**
 * Runs JavaScript with the target at hand (see script-globals.ts). Yields its printed values, a line at a time, and
 * then the value of its last expression, unless that is undefined. A script has the rights of the user who runs it and
 * is not confined. Throws CrashError with the script's own error.
 */
export function* runScript(code: string, context: CommandContext): Generator<Printed, void> {
  const lines: Printed[] = [];
  const { host, sandbox } = scriptingOf(context);
  host.context = context;
  host.print = (values) => void lines.push(values);
  let value: unknown;
  let failure: unknown;
  try {
    const script = new Script(code, { filename: 'js' });
    const { session } = context;
    const run = (): unknown => script.runInContext(sandbox, { breakOnSigint: session.interactive });
    value = session.withSignals ? session.withSignals(run) : run();
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') {
      context.session.interrupted = true;
    } else failure = error ?? new CrashError('the script threw nothing');
  }
  yield* lines;
  if (failure !== undefined) throw asCrashError(failure);
  if (value !== undefined) yield [value];
}

/** The realm of a session's scripts, made by the first of them. */
const REALM = new Slot<{ made?: Scripting }>(() => ({}));

function scriptingOf(context: CommandContext): Scripting {
  const realm = context.session.slot(REALM);
  if (realm.made) return realm.made;
  const host: ScriptHost = { context, print: () => {} };
  realm.made = { host, sandbox: createContext(scriptGlobals(context.target, host)) };
  return realm.made;
}

/** Errors of a script are of another realm: they are no instances of our Error. */
function asCrashError(failure: unknown): CrashError {
  if (failure instanceof CrashError) return failure;
  const { name, message } = failure as { name?: unknown; message?: unknown };
  if (typeof message === 'string') return new CrashError(`${String(name ?? 'Error')}: ${message}`);
  return new CrashError(String(failure));
}
