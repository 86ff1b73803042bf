import { CrashError } from '../../base/errors.ts';
import type { Session } from '../state/session.ts';
import { setVariable } from '../state/settings.ts';
import { BadCommandLine, type ProgramOptions } from './options.ts';

/** The bundled sample answers nobody who asks of his own dump. Throws BadCommandLine. */
export function needDump({ paths, sample }: ProgramOptions): void {
  if (paths.length === 0 && sample === undefined)
    throw new BadCommandLine('no dump was given to answer of');
}

/** A setting that an option of crash changes. Throws BadCommandLine. */
export function applySetting(session: Session, name: string, value: string): void {
  // Where no keys are read there is no way of editing to choose.
  if (name === 'edit' && !session.interactive) return;
  try {
    setVariable(session, [name, value]);
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    throw new BadCommandLine(error.message);
  }
}
