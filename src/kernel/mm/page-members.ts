import { viewOf } from '../../base/bytes.ts';
import { blame, CrashError } from '../../base/errors.ts';
import type { MemberPath } from '../../types/types.ts';
import type { Target } from '../core/target.ts';

/** A member of struct page for a column of its own. */
export interface PageMember {
  readonly name: string;
  readonly form: 'pointer' | 'signed' | 'unsigned' | 'bool' | 'words';
  readonly path: MemberPath;
}

/** The value of a member in one page struct: one number, or the words of a structure (8 or 4 bytes each, or 2). */
export interface PageMemberValue {
  readonly name: string;
  readonly values: readonly bigint[];
}

/** Bound on the size of a structure that is printed. */
const MAX_BYTES = 80;

/** Finds a member by name. Throws CrashError in crash's words. */
export function pageMember(target: Target, name: string): PageMember {
  const path = target.types.findMember('page', name);
  if (!path) {
    const error = new CrashError(`invalid page struct member: ${name}`);
    throw blame(error, { kind: 'member', word: name, of: 'page' });
  }
  const type = target.types.resolve(path.type);
  const unsupported = () => new CrashError(`unsupported page member reference: page.${name}`);
  if (type.kind === 'pointer') return { name, form: 'pointer', path };
  if (type.kind === 'int') {
    const form = type.bool ? 'bool' : type.signed ? 'signed' : 'unsigned';
    return { name, form, path };
  }
  if (type.kind === 'enum') return { name, form: type.signed ? 'signed' : 'unsigned', path };
  if (type.kind !== 'struct' || path.size > MAX_BYTES || path.size < 2) throw unsupported();
  return { name, form: 'words', path };
}

/** Bytes of each value of {@link readPageMember} for a structure. */
export const wordSize = ({ path }: PageMember): number =>
  path.size % 8 === 0 ? 8 : path.size % 4 === 0 ? 4 : 2;

/** Reads a member of the page struct that begins at `at`. */
export function readPageMember(member: PageMember, bytes: Uint8Array, at: number): PageMemberValue {
  const view = viewOf(bytes);
  const { path, form } = member;
  const start = at + path.offset;
  if (form === 'words') {
    const size = wordSize(member);
    const count = Math.floor(path.size / size);
    return {
      name: member.name,
      values: Array.from({ length: count }, (_, i) => word(view, start + i * size, size)),
    };
  }
  let value = word(view, start, path.size);
  let bits = path.size * 8;
  if (path.bitSize > 0) {
    value = BigInt.asUintN(path.bitSize, value >> BigInt(path.bitOffset % 8));
    bits = path.bitSize;
  }
  return { name: member.name, values: [form === 'signed' ? BigInt.asIntN(bits, value) : value] };
}

function word(view: DataView, at: number, size: number): bigint {
  if (size >= 8) return view.getBigUint64(at, true);
  if (size >= 4) return BigInt(view.getUint32(at, true));
  return BigInt(size >= 2 ? view.getUint16(at, true) : view.getUint8(at));
}
