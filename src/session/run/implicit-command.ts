import { CrashError } from '../../base/errors.ts';
import { findNamedType } from '../../kernel/values/structures.ts';
import { expressionTypes } from '../../kernel/values/variables.ts';
import { parseType } from '../../types/expression/parser.ts';
import type { Types } from '../../types/types.ts';
import { isNumber } from '../line/numbers.ts';
import type { Session } from '../state/session.ts';

/**
 * Lines that begin with a type or a symbol instead of a command, as commands:
 *
 *     jiffies                       p jiffies
 *     task_struct ffff88810a3c8000  struct task_struct ffff88810a3c8000
 *     p/x jiffies                   p /x jiffies
 *     pid_t                         whatis pid_t
 *     enum pid_type                 whatis enum pid_type
 *     int ffff88810a3c8000          rd -32 ffff88810a3c8000
 *     x/4gx &init_task              gdb x/4gx &init_task
 *
 * Undefined when the first word is none of these, also because the dump has no types.
 */
export function implicitCommand(
  words: readonly string[],
  session: Session,
): readonly string[] | undefined {
  const [first = ''] = words;
  if (!/^[A-Za-z_]/.test(first)) return undefined;
  const print = printCommand(words);
  if (print) return print;
  if (GDB_WORD.test(first) && words.length > 1) return ['gdb', ...words];
  try {
    const { allTypes: types } = session.target;
    return (
      loneSymbol(words, session) ??
      (first === 'enum' ? ['whatis', ...words] : undefined) ??
      aggregate(words, types) ??
      scalar(words, types, session)
    );
  } catch (error) {
    // Without types or symbols no line is one.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** Words that crash passes on to gdb since they are no command of its own. */
const GDB_WORD = /^(?:x(?:\/\w*)?|ptype|output|disas\w*|info)$/;

/** gdb's own word for p, and the format that may be glued to either: `p/x jiffies`, `print 5`. */
function printCommand(words: readonly string[]): readonly string[] | undefined {
  const [first = '', ...rest] = words;
  const parts = /^(p|pr|pri|prin|print|inspect|call)(\/\w*)?$/.exec(first);
  if (!parts || (parts[1] === 'p' && parts[2] === undefined)) return undefined;
  // Without an expression gdb prints the last value again.
  const format = parts[2] ?? (rest.length === 0 ? '/' : undefined);
  return ['p', ...(format === undefined ? [] : [format]), ...rest];
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
  const named = findNamedType(types, tag);
  if (!named?.struct) return undefined;
  const isTypedef = named.type.kind === 'typedef';
  if (isTypedef && words.length === 1 && tag === first) return ['whatis', first];
  return [named.struct.kind, ...words];
}

const UNIT: Record<number, string> = { 1: '-8', 2: '-16', 4: '-32', 8: '-64' };

/** An integer type, an enum or another typedef: shown when alone, else the width to read memory with. */
function scalar(
  words: readonly string[],
  types: Types,
  session: Session,
): readonly string[] | undefined {
  if (words.length === 1 && types.find('enum', words[0] ?? '')) return ['whatis', ...words];
  const { id, length } = leadingType(words, session) ?? {};
  if (id === undefined || length === undefined) return undefined;
  const [place, ...rest] = words.slice(length);
  if (place === undefined) return ['whatis', ...words];
  if (session.findSymbol(place) !== undefined) return ['p', place];
  const unit = UNIT[expressionTypes(session.target).sizeOf(id)];
  return isNumber(place) && unit !== undefined ? ['rd', unit, place, ...rest] : undefined;
}

/** The type at the beginning of the words, as long as possible: `unsigned long`, `u8`, `pid_t`. */
function leadingType(
  words: readonly string[],
  { target }: Session,
): { id: number; length: number } | undefined {
  const types = expressionTypes(target);
  for (let length = Math.min(words.length, 4); length > 0; length--) {
    const text = words.slice(0, length);
    if (!text.every((word) => /^[A-Za-z_]\w*$/.test(word))) continue;
    const known = types.find('int', text.join(' ')) ?? types.find('typedef', text.join(' '));
    if (known) return { id: known.id, length };
    if (!INT_WORDS.test(text.join(' '))) continue;
    return { id: parseType(text.join(' '), types), length };
  }
  return undefined;
}

const INT_WORDS = /^((un)?signed|short|long|int|char)( (short|long|int|char)){0,3}$/;
