import { type VAddr, va } from '../../base/address.ts';
import { findMemberPath } from '../../types/member-path.ts';
import { type ValueEnvironment, valueText } from '../../types/value.ts';
import { type CValue, memberTree, valueTree } from '../../types/value-tree.ts';
import type { Target } from '../core/target.ts';
import type { StructAt } from './member-text.ts';
import { valueEnvironment } from './value-environment.ts';

/**
 * A value as data, and as the text of crash and gdb. The tree is made at first use: a terminal never needs it. The text
 * is a function, so that JSON leaves it out; its memory has been read.
 */
export interface ShownValue {
  readonly value: CValue;
  readonly text: () => string;
}

/** A record with a value whose text is ready. The tree is a getter, which a spread of the record would call. */
export function shown(text: string, tree: () => CValue): ShownValue;
export function shown<F extends object>(
  text: string,
  tree: () => CValue,
  fields: F,
): F & ShownValue;
export function shown(text: string, tree: () => CValue, fields: object = {}): ShownValue {
  return Object.defineProperties(fields, {
    value: { enumerable: true, get: tree },
    text: { enumerable: true, value: () => text },
  }) as ShownValue;
}

/** A whole structure as `struct NAME {...}`. Throws MissingError, and ReadError when it is not all in the dump. */
export function shownStruct(
  target: Target,
  name: string,
  address: VAddr,
  radix: 10 | 16,
): ShownValue {
  const environment = valueEnvironment(target);
  const struct = target.allTypes.struct(name);
  const place = { bytes: target.kernel.read(address, struct.size).slice(), offset: 0, address };
  return shown(`struct ${name} ${valueText(environment, struct.id, place, { radix })}`, () =>
    valueTree(environment, struct.id, place),
  );
}

/** The value of a member, by a name or a path, of which only its own bytes are read. Throws ReadError. */
export function memberValue(
  environment: ValueEnvironment,
  at: StructAt,
  path: string,
  limit?: number,
): CValue | undefined {
  const { types } = environment;
  const found = findMemberPath(types, at.struct, path);
  if (!found) return undefined;
  const bitOffset = found.bitOffset % 8;
  const length = found.bitSize > 0 ? Math.ceil((bitOffset + found.bitSize) / 8) : found.size;
  const address = va(at.address + BigInt(found.offset));
  const bytes = length === 0 ? new Uint8Array(0) : at.read(address, length);
  return memberTree(environment, { ...found, bitOffset }, { bytes, offset: 0, address }, limit);
}
