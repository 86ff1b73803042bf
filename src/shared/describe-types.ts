import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { evaluateC, unknownType } from '../kernel/values/c-expressions.ts';
import { findNamedType, splitStructWord } from '../kernel/values/structures.ts';
import { expressionTypes, findVariable } from '../kernel/values/variables.ts';
import { CommandError } from '../session/command/command.ts';
import { parseLong } from '../session/line/numbers.ts';
import { baseName, declaration, splitDeclaration } from '../types/c-name.ts';
import { parseType } from '../types/expression/parser.ts';
import { findMemberPath } from '../types/member-path.ts';
import {
  type DeclarationOptions,
  memberOnlyDeclaration,
  typeDeclaration,
} from '../types/struct-decl.ts';
import { structFacts, type TypeFacts, typeFacts } from '../types/type-facts.ts';
import type { EnumType, StructType, Types } from '../types/types.ts';

const TAGS = ['struct', 'union', 'enum'] as const;
type Tag = (typeof TAGS)[number];

/** What a word of `whatis` is. */
export type Described =
  /** A type; with a member only that of its members. */
  | { readonly is: 'type'; readonly declared: TypeFacts }
  | { readonly is: 'variable'; readonly name: string; readonly type: string }
  | {
      readonly is: 'enumerator';
      readonly name: string;
      readonly type: string;
      readonly number: bigint;
    }
  | { readonly is: 'expression'; readonly type: string };

/** That, and how gdb says it. */
export interface Description {
  readonly described: Described;
  readonly text: string;
}

/**
 * What `whatis` says of a type, a member, a variable, a function, an enumerator or an expression. Undefined when it
 * is none of these. Throws UnknownTypeError for a variable whose type the dump does not tell.
 */
export function describeWord(
  target: Target,
  words: readonly string[],
  options: DeclarationOptions,
): Description | undefined {
  const { allTypes: types } = target;
  const [first = '', second] = words;
  if (TAGS.includes(first as Tag) && second !== undefined) {
    // crash looks in all three, whichever was said.
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
  // `unsigned long` is not `unsigned`.
  const several = words.length > 1 ? integerType(target, words) : undefined;
  const found = several ?? declared(types, first, options) ?? integerType(target, [first]);
  if (found !== undefined) return found;
  if (variable) throw unknownType(variable);
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

/** `unsigned long` and its like: crash has no more to say of them than their size. */
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

export interface SizedType {
  readonly name: string;
  readonly size: number;
}

/**
 * Structures, unions and typedefs of a size (`192`, `16-64`) that have a member of a type, or that points to it; by
 * size and name. Members of embedded structures count. Throws CommandError for what is no range.
 */
export function searchTypes(
  target: Target,
  range: string | undefined,
  member: string | undefined,
): readonly SizedType[] {
  const { types } = target;
  const [low, high] = range === undefined ? [0, Infinity] : sizesOf(range);
  const search = member === undefined ? undefined : new MemberSearch(types, member);
  const found = new Map<string, number>();
  for (const { kind, name } of types.names()) {
    if (kind === 'int' || kind === 'enum' || found.has(name)) continue;
    const named = findNamedType(types, name);
    const { struct } = named ?? {};
    if (!named || (search && !struct)) continue;
    const size = struct?.size ?? sizeOrNothing(types, named.type.id);
    if (size === undefined || size < low || size > high) continue;
    if (search && struct && !search.isIn(struct)) continue;
    found.set(name, size);
  }
  return [...found]
    .map(([name, size]) => ({ name, size }))
    .sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1));
}

function sizesOf(range: string): readonly [number, number] {
  const [low = '', high] = range.split('-');
  const from = Number(parseLong(low));
  if (high === undefined) return from === 0 ? [0, Infinity] : [from, from];
  const to = Number(parseLong(high));
  if (to < from)
    throw new CommandError(`invalid range: ${range}`, { fault: { kind: 'text', word: range } });
  return [from, to];
}

function sizeOrNothing(types: Types, id: number): number | undefined {
  try {
    return types.sizeOf(id);
  } catch (error) {
    // A typedef of something that is declared nowhere.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** Deeper than structures are embedded. */
const MAX_DEPTH = 32;

/** Which structures have a member whose type's text holds some words; every type is asked once. */
class MemberSearch {
  readonly #types: Types;
  readonly #text: string;
  readonly #known = new Map<number, boolean>();

  constructor(types: Types, text: string) {
    this.#types = types;
    this.#text = text;
  }

  isIn(struct: StructType, depth = 0): boolean {
    const known = this.#known.get(struct.id);
    if (known !== undefined) return known;
    // Set first: a hostile type may hold itself.
    this.#known.set(struct.id, false);
    const found = struct.members.some(({ type }) => this.#matches(type, depth));
    this.#known.set(struct.id, found);
    return found;
  }

  #matches(id: number, depth: number): boolean {
    // What a function takes and returns is no member.
    const { base, declarator } = splitDeclaration(this.#types, id, '');
    if (!declarator.includes('(') && baseName(base).includes(this.#text)) return true;
    let type = this.#types.resolve(id);
    for (let at = 0; type.kind === 'array' && at < MAX_DEPTH; at++) {
      type = this.#types.resolve(type.element);
    }
    if (type.kind !== 'struct' && type.kind !== 'union') return false;
    return depth < MAX_DEPTH && this.isIn(type, depth + 1);
  }
}
