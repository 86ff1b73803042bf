import { expressionTypes, findVariable } from '../../kernel/values/variables.ts';
import type { StructType, Types } from '../../types/types.ts';
import type { Candidate, CompletionSource, Completions } from './candidates.ts';

const listed = (candidates: readonly Candidate[]): Completions => ({
  candidates,
  total: candidates.length,
});

/** Members for `pid`, `se.on_`, and after a comma the next one, to any depth of the path. */
export function offerMembers(types: Types, structName: string, path: string): Completions {
  const from = path.lastIndexOf(',') + 1;
  const last = path.slice(from).lastIndexOf('.');
  const holder = last < 0 ? '' : path.slice(from, from + last);
  const offset = last < 0 ? from : from + last + 1;
  const word = path.slice(offset);
  const struct = structAt(types, structName, holder);
  if (!struct) return listed([]);
  return { ...listed(membersFrom(types, struct, word)), offset };
}

/** The names of a structure's members, or of the structure at the end of a path of members. */
export function memberNames(types: Types, structName: string, path = ''): string[] {
  const struct = structAt(types, structName, path);
  return struct ? [...membersOf(types, struct)].map(({ text }) => text) : [];
}

function structAt(types: Types, name: string, path: string): StructType | undefined {
  if (path === '') return structOf(types, types.struct(name));
  const type = types.findMember(name, path)?.type;
  return type === undefined ? undefined : structOf(types, types.resolve(type));
}

type Resolved = ReturnType<Types['resolve']>;
/** The structure itself, or the one of an array's elements. */
function structOf(types: Types, type: Resolved | undefined): StructType | undefined {
  const found = type?.kind === 'array' ? types.resolve(type.element) : type;
  return found?.kind === 'struct' || found?.kind === 'union' ? found : undefined;
}

/** The end of an expression: a variable, a path of members, and the member that is being typed. */
const PATH = /([A-Za-z_]\w*)((?:(?:\[\w+\])?(?:\.|->)\w+)*)(?:\[\w+\])?(?:\.|->)(\w*)$/;

/** `init_task.se.lo` and `init_task.mm->own`; undefined where the expression does not end in a member. */
export function offerVariableMembers(
  typed: string,
  source: CompletionSource,
): Completions | undefined {
  const [, name, path = '', word = ''] = PATH.exec(typed) ?? [];
  if (name === undefined) return undefined;
  const { target } = source.session;
  const start = findVariable(target, name)?.type;
  if (start === undefined) return undefined;
  const types = expressionTypes(target);
  let struct = reached(types, start);
  for (const [, member = ''] of path.matchAll(/(?:\.|->)(\w+)/g)) {
    const found = struct && findIn(types, struct, member);
    struct = found === undefined ? undefined : reached(types, found);
  }
  if (!struct) return undefined;
  const candidates = membersFrom(types, struct, word).map((one) => ({ ...one, suffix: '' }));
  return { ...listed(candidates), offset: typed.length - word.length };
}

/** The structure that a dot or an arrow after a value of the type refers to. */
function reached(types: Types, type: number): StructType | undefined {
  let found = types.resolve(type);
  if (found.kind === 'array') found = types.resolve(found.element);
  return structOf(types, found.kind === 'pointer' ? types.resolve(found.target) : found);
}

/** The type of a member, also of one in an anonymous structure. */
function findIn(types: Types, struct: StructType, name: string, depth = 0): number | undefined {
  for (const member of struct.members) {
    if (member.name === name) return member.type;
    const inner = member.name === '' && depth < 8 ? types.resolve(member.type) : undefined;
    const found = inner && structOf(types, inner);
    const deeper = found && findIn(types, found, name, depth + 1);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

const membersFrom = (types: Types, struct: StructType, word: string): Candidate[] =>
  [...membersOf(types, struct)].filter(({ text }) => text.startsWith(word));

/** Members in the order of declaration, including those of anonymous structs. */
function* membersOf(types: Types, struct: StructType, bits = 0, depth = 0): Generator<Candidate> {
  for (const member of struct.members) {
    const inner = types.resolve(member.type);
    const isStruct = inner.kind === 'struct' || inner.kind === 'union';
    const at = bits + member.bitOffset;
    if (member.name === '' && isStruct && depth < 8) {
      yield* membersOf(types, inner, at, depth + 1);
      continue;
    }
    yield {
      text: member.name,
      detail: `[${Math.floor(at / 8)}] ${types.nameOf(member.type)}`,
      suffix: isStruct ? '' : ' ',
    };
  }
}
