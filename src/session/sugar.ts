import { CrashError } from '../base/errors.ts';
import type { Types } from '../types/types.ts';
import { isNumber } from './numbers.ts';
import type { Session } from './session.ts';

/**
 * Lines that begin with a type or a symbol instead of a command, as commands:
 *
 *     jiffies                       p jiffies
 *     task_struct ffff88810a3c8000  struct task_struct ffff88810a3c8000
 *     pid_t                         whatis pid_t
 *     enum pid_type                 whatis enum pid_type
 *     int ffff88810a3c8000          rd -32 ffff88810a3c8000
 *
 * Undefined when the first word is none of these, also because the dump has no types.
 */
export function desugar(words: readonly string[], session: Session): readonly string[] | undefined {
  const [first = '', second] = words;
  if (!/^[A-Za-z_]/.test(first)) return undefined;
  try {
    const { types } = session.target;
    return (
      loneSymbol(words, session) ??
      (first === 'enum' && second !== undefined ? ['whatis', ...words] : undefined) ??
      aggregate(words, types) ??
      scalar(words, types, session)
    );
  } catch (error) {
    // Without types or symbols nothing is one.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

function loneSymbol(words: readonly string[], session: Session): readonly string[] | undefined {
  const [first = ''] = words;
  const name = first.replace(/:[\d,a-z-]*$/, '');
  if (words.length !== 1 || session.findSymbol(name) === undefined) return undefined;
  return ['p', first];
}

/** A struct or union, or a typedef of one; with or without `.member`. */
function aggregate(words: readonly string[], types: Types): readonly string[] | undefined {
  const [first = ''] = words;
  const [tag = ''] = first.split('.');
  if (!types.has(tag)) return undefined;
  const type = types.find('struct', tag) ?? types.find('union', tag);
  if (!type && words.length === 1 && tag === first) return ['whatis', first];
  return [type?.kind === 'union' ? 'union' : 'struct', ...words];
}

const UNIT: Record<number, string> = { 1: '-8', 2: '-16', 4: '-32', 8: '-64' };

/** An integer type or another typedef: shown when alone, else a way to read memory. */
function scalar(
  words: readonly string[],
  types: Types,
  session: Session,
): readonly string[] | undefined {
  const last = words.at(-1) ?? '';
  const name = words.length > 1 ? words.slice(0, -1).join(' ') : last;
  const type = types.find('int', name) ?? types.find('typedef', name);
  if (!type) return undefined;
  if (words.length === 1) return ['whatis', name];
  if (session.findSymbol(last) !== undefined) return ['p', last];
  const unit = UNIT[types.sizeOf(type.id)];
  return isNumber(last) && unit !== undefined ? ['rd', unit, last] : undefined;
}
