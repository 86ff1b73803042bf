import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { findNamedType } from '../kernel/values/structures.ts';
import { CommandError } from '../session/command/command.ts';
import { parseLong } from '../session/line/numbers.ts';
import { baseName, splitDeclaration } from '../types/c-name.ts';
import type { StructType, Types } from '../types/types.ts';

/** A type and its size in bytes. */
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
    // A typedef of a type that is not declared.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** Bound on the nesting of structures. */
const MAX_DEPTH = 32;

/** Whether a structure has a member with the text in its type; the answer for each type is kept. */
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
    // Set first: a hostile type may contain itself.
    this.#known.set(struct.id, false);
    const found = struct.members.some(({ type }) => this.#matches(type, depth));
    this.#known.set(struct.id, found);
    return found;
  }

  #matches(id: number, depth: number): boolean {
    // Parameters and results of a function are no members.
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
