import { CrashError } from '../../base/errors.ts';
import type { DebugFile } from '../../debuginfo/debug-file.ts';
import { variableFileAt } from '../core/source-places.ts';
import type { Target } from '../core/target.ts';

/**
 * The type of the variable at an address, by the debugging data given with the dump: exact, also where several variables
 * have one name. In the numbers of the target's types; undefined where no file has the variable. Damage of the file is
 * reported as a loss.
 */
export function debuggedVariable(target: Target, address: bigint): number | undefined {
  if (
    target.debug.isEmpty ||
    target.symbols.textRanges().some(([start, end]) => address >= start && address < end)
  )
    return undefined;
  const found = variableFileAt(target, address);
  return found && typeAt(target, found.file, found.link);
}

function typeAt(target: Target, file: DebugFile, link: bigint): number | undefined {
  try {
    const die = file.variableAt(link);
    if (die === undefined) return undefined;
    // The table of types must be there before a number of it is.
    const { allTypes } = target;
    const type = target.debug
      .typesOf(file, (kind, name) => allTypes.find(kind, name))
      .variable(die);
    return type.kind === 'var' ? type.type : undefined;
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'type of a variable', reason: `${file.path}: ${error.message}` });
    return undefined;
  }
}
