import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { evaluateC, unknownType } from '../kernel/values/c-expressions.ts';
import { findNamedType, splitStructWord } from '../kernel/values/structures.ts';
import { expressionTypes, findVariable } from '../kernel/values/variables.ts';
import { declaration } from '../types/c-name.ts';
import { parseType } from '../types/expression/parser.ts';
import { findMemberPath } from '../types/member-path.ts';
import {
  type DeclarationOptions,
  memberOnlyDeclaration,
  typeDeclaration,
} from '../types/struct-decl.ts';
import { structFacts, type TypeFacts, typeFacts } from '../types/type-facts.ts';
import type { EnumType, Types } from '../types/types.ts';

const TAGS = ['struct', 'union', 'enum'] as const;
type Tag = (typeof TAGS)[number];

/** Kinds of words that `whatis` describes. */
export type Described =
  /** A type; with a member, only that member's type. */
  | { readonly is: 'type'; readonly declared: TypeFacts }
  | { readonly is: 'variable'; readonly name: string; readonly type: string }
  | {
      readonly is: 'enumerator';
      readonly name: string;
      readonly type: string;
      readonly number: bigint;
    }
  | { readonly is: 'expression'; readonly type: string };

/** The description, and gdb's text of it. */
export interface Description {
  readonly described: Described;
  readonly text: string;
}

/**
 * The description of a type, a member, a variable, a function, an enumerator or an expression. Undefined when the word
 * is none of these. Throws UnknownTypeError for a variable of unknown type.
 */
export function describeWord(
  target: Target,
  words: readonly string[],
  options: DeclarationOptions,
): Description | undefined {
  const { allTypes: types } = target;
  const [first = '', second] = words;
  if (TAGS.includes(first as Tag) && second !== undefined) {
    // crash tries struct, union and enum, whichever was given.
    return declared(types, second, options);
  }
  // A variable comes before a type of its name.
  const variable = /^[A-Za-z_]\w*$/.test(first) ? findVariable(target, first) : undefined;
  if (variable?.type !== undefined) {
    const types = expressionTypes(target);
    const type = types.nameOf(variable.type);
    const text = `${declaration(types, variable.type, first)};`;
    return { described: { is: 'variable', name: first, type }, text };
  }
  // `unsigned long` as a whole, not `unsigned`.
  const several = words.length > 1 ? integerType(target, words) : undefined;
  const found = several ?? declared(types, first, options) ?? integerType(target, [first]);
  if (found !== undefined) return found;
  // gdb's words for a symbol that the debugging data do not have: a table in assembler, a mark of the linker.
  if (variable && target.debug.kernel) {
    const type = '<data variable, no debug info>';
    return { described: { is: 'variable', name: first, type }, text: `${type} ${first};` };
  }
  if (variable) throw unknownType(variable);
  if (/\.\w/.test(first) && target.symbols.named(first))
    throw new CrashError(`gdb request failed: whatis ${words.join(' ')}`);
  return enumerator(types, first) ?? expressionType(target, words.join(' '));
}

/** The declaration of `task_struct`, or of a member alone: `task_struct.pid`. */
function declared(
  types: Types,
  word: string,
  options: DeclarationOptions,
): Description | undefined {
  const split = splitStructWord(word);
  if (!split) return undefined;
  const named = findNamedType(types, split.name);
  const [member] = split.members;
  if (!named) return undefined;
  if (member === undefined) return typeDescription(types, named.type.id, options);
  if (!named.struct || split.members.length > 1) return undefined;
  const text = memberOnlyDeclaration(types, named.struct, member, { ...options, offsets: true });
  const found = findMemberPath(types, named.struct, member);
  if (text === undefined || !found) return undefined;
  const declared = structFacts(types, named.struct, [{ ...found, name: member }]);
  return { described: { is: 'type', declared }, text };
}

const typeDescription = (types: Types, id: number, options?: DeclarationOptions): Description => ({
  described: { is: 'type', declared: typeFacts(types, id) },
  text: typeDeclaration(types, id, options),
});

/** `unsigned long` and other integers: crash prints only their size. */
function integerType(target: Target, words: readonly string[]): Description | undefined {
  if (!words.every((word) => /^\w+$/.test(word))) return undefined;
  const types = expressionTypes(target);
  try {
    return typeDescription(types, parseType(words.join(' '), types));
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

function enumerator(types: Types, name: string): Description | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) return undefined;
  const owner: EnumType | undefined = types.enumWith(name);
  const value = owner?.values.find((each) => each.name === name)?.value;
  if (!owner || value === undefined) return undefined;
  const type = types.nameOf(owner.id);
  return { described: { is: 'enumerator', name, type, number: value }, text: `${type} = ${value}` };
}

function expressionType(target: Target, expression: string): Description | undefined {
  if (/^[A-Za-z_]\w*$/.test(expression)) return undefined;
  try {
    const value = evaluateC(target, expression);
    const type = value.types.nameOf(value.type);
    return { described: { is: 'expression', type }, text: type };
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
