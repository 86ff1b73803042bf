import type { VAddr } from '../../base/address.ts';
import { hex } from '../../base/address.ts';
import type { Types } from '../../types/types.ts';
import type { Target } from '../core/target.ts';
import type { Word } from './word-flow.ts';

/** A word in C, as far as types allow, and the type of what it holds. */
export interface WordName {
  readonly text: string;
  /** Type number in the target's types; undefined where it is not known. */
  readonly type: number | undefined;
}

/** The parameters of a function by BTF; empty for a function that is in no table of types. */
export function parametersOf(
  target: Target,
  name: string,
): readonly { readonly name: string; readonly type: number }[] {
  const types = target.allTypes;
  const found = types.find('func', name);
  const proto = found?.kind === 'func' ? types.get(found.proto) : undefined;
  return proto?.kind === 'func_proto' ? proto.parameters : [];
}

/**
 * A word of the function `name` as a C expression: `bio->bi_bdev->bd_disk`. Without types an argument is `argument 1`,
 * and a load `*(argument 1 + 0x18)`.
 */
export function nameWord(target: Target, word: Word, name: string): WordName {
  switch (word.kind) {
    case 'argument': {
      const parameter = parametersOf(target, name)[word.index];
      return parameter?.name
        ? { text: parameter.name, type: parameter.type }
        : { text: `argument ${word.index + 1}`, type: undefined };
    }
    case 'constant':
      return { text: symbolOf(target, word.value) ?? `0x${hex(word.value)}`, type: undefined };
    case 'per-cpu':
      return { text: `per-CPU variable ${perCpuName(target, word.offset)}`, type: undefined };
    case 'result': {
      const of = word.of === undefined ? undefined : target.symbols.at(word.of)?.symbol.name;
      return {
        text: of === undefined ? 'the result of an indirect call' : `${of}()`,
        type: returnType(target, of),
      };
    }
    case 'frame':
      return { text: 'the stack pointer', type: undefined };
    case 'sum': {
      const base = nameWord(target, word.of, name);
      const member = memberText(target.allTypes, base, word.plus);
      return member
        ? { text: `&${member.text}`, type: undefined }
        : { text: plus(base.text, word.plus), type: undefined };
    }
    case 'loaded': {
      const [of, offset] = word.at.kind === 'sum' ? [word.at.of, word.at.plus] : [word.at, 0n];
      const base = nameWord(target, of, name);
      const member = memberText(target.allTypes, base, offset);
      if (member) return member;
      if (of.kind === 'constant') return { text: base.text, type: undefined };
      return { text: `*(${plus(base.text, offset)})`, type: undefined };
    }
  }
}

const plus = (text: string, offset: bigint): string =>
  offset === 0n
    ? text
    : `${text} ${offset < 0n ? '-' : '+'} 0x${(offset < 0n ? -offset : offset).toString(16)}`;

const symbolOf = (target: Target, value: bigint): string | undefined => {
  const found = target.symbols.at(value as VAddr);
  if (!found) return undefined;
  return found.offset === 0 ? found.symbol.name : `${found.symbol.name}+${found.offset}`;
};

const perCpuName = (target: Target, offset: bigint): string =>
  target.symbols.kernel.at(offset as VAddr)?.symbol.name ?? `0x${hex(offset)}`;

function returnType(target: Target, name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  const types = target.allTypes;
  const found = types.find('func', name);
  const proto = found?.kind === 'func' ? types.get(found.proto) : undefined;
  return proto?.kind === 'func_proto' ? proto.returns : undefined;
}

/** `base->member` at an offset from a pointer to a structure; undefined where the type says nothing. */
function memberText(types: Types, base: WordName, offset: bigint): WordName | undefined {
  if (base.type === undefined || offset < 0n) return undefined;
  const pointer = types.resolve(base.type);
  if (pointer.kind !== 'pointer') return undefined;
  const path = memberAt(types, pointer.target, Number(offset));
  return path && { text: `${base.text}->${path.path}`, type: path.type };
}

/** A member deeper than this is in no structure of the kernel. */
const MAX_NESTING = 12;

/**
 * The innermost member that begins at an offset of a structure, as a path: `tag[3]`, `rq.lock`. Undefined for
 * a type without members and for an offset outside it.
 */
export function memberAt(
  types: Types,
  type: number,
  offset: number,
  depth = 0,
): { readonly path: string; readonly type: number } | undefined {
  const outer = types.resolve(type);
  if (depth > MAX_NESTING || (outer.kind !== 'struct' && outer.kind !== 'union')) return undefined;
  for (const member of outer.members.toReversed()) {
    const start = member.bitOffset >> 3;
    if (start > offset || offset >= start + Math.max(1, types.sizeOf(member.type))) continue;
    const rest = offset - start;
    const inner = memberAt(types, member.type, rest, depth + 1);
    if (inner) return { path: joined(member.name, inner.path), type: inner.type };
    const element = elementAt(types, member.type, rest);
    if (element) return { path: `${member.name}${element.path}`, type: element.type };
    if (member.name !== '')
      return { path: rest === 0 ? member.name : `${member.name}+${rest}`, type: member.type };
  }
  return undefined;
}

const joined = (outer: string, inner: string): string =>
  outer === '' ? inner : `${outer}.${inner}`;

function elementAt(
  types: Types,
  type: number,
  offset: number,
): { readonly path: string; readonly type: number } | undefined {
  const array = types.resolve(type);
  if (array.kind !== 'array') return undefined;
  const size = types.sizeOf(array.element);
  if (size === 0) return undefined;
  const index = Math.floor(offset / size);
  const inner = memberAt(types, array.element, offset % size, MAX_NESTING - 2);
  return { path: `[${index}]${inner ? `.${inner.path}` : ''}`, type: inner?.type ?? array.element };
}
