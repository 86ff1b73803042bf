import { plus, type VAddr, va } from '../../base/address.ts';
import { cString, unsigned } from '../../base/bytes.ts';
import { MissingError } from '../../base/errors.ts';
import type { ReadableSpace } from '../../memory/readable.ts';
import type { CType, MemberPath, Types } from '../../types/types.ts';

/** What an object needs of its target. */
export interface ObjectHome {
  readonly types: Types;
  readonly memory: { readonly kernel: ReadableSpace<VAddr> };
  /** Cached member look-up; undefined when absent. */
  findMember(type: string, path: string): MemberPath | undefined;
}

/**
 * A structure of the dump by type and address. Nothing is read before a member is; members are named by path
 * (`thread.sp`, `stat[2].count`). A member that is not in the kernel's type throws MissingError; memory that cannot be
 * read throws ReadError.
 */
export class KernelObject {
  readonly home: ObjectHome;
  readonly type: string;
  readonly address: VAddr;

  constructor(home: ObjectHome, type: string, address: VAddr) {
    this.home = home;
    this.type = type;
    this.address = address;
  }

  has(path: string): boolean {
    return this.home.findMember(this.type, path) !== undefined;
  }

  /** The first of the paths that the type has: newest name first. Throws MissingError naming them all. */
  pick(...paths: readonly string[]): string {
    const found = paths.find((path) => this.has(path));
    if (found !== undefined) return found;
    const names = paths.join(' or ');
    throw new MissingError('member', `${this.type}.${names}`);
  }

  member(path: string): MemberPath {
    const found = this.home.findMember(this.type, path);
    if (found) return found;
    const { lost } = this.home.types;
    const what = `${this.type}.${path}`;
    if (lost === undefined) throw new MissingError('member', what);
    throw new MissingError(
      'member',
      what,
      `member "${what}" is not among the types that can be read (${lost})`,
    );
  }

  /** Address of a member. */
  addressOf(path: string): VAddr {
    return plus(this.address, this.member(path).offset);
  }

  /** The member's bytes. */
  bytes(path: string): Uint8Array {
    const member = this.member(path);
    return this.home.memory.kernel.read(plus(this.address, member.offset), member.size);
  }

  /** An integer, enum, pointer or bit-field member as an unsigned bigint (sign-extended when its type is signed). */
  big(path: string): bigint {
    const member = this.member(path);
    const kernel = this.home.memory.kernel;
    const signed = isSigned(this.home.types.resolve(member.type));
    if (member.bitSize > 0) {
      const shift = member.bitOffset % 8;
      const length = Math.ceil((shift + member.bitSize) / 8);
      let value = 0n;
      const bytes = kernel.read(plus(this.address, member.offset), length);
      for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
      value = BigInt.asUintN(member.bitSize, value >> BigInt(shift));
      return signed ? BigInt.asIntN(member.bitSize, value) : value;
    }
    const size = scalarSize(member.size);
    const value = unsigned(kernel.view(plus(this.address, member.offset), size), 0, size);
    return signed ? BigInt.asIntN(size * 8, value) : value;
  }

  /** As {@link big}, for values that fit a double exactly (flags, counts, ids). */
  num(path: string): number {
    return Number(this.big(path));
  }

  /** A pointer member's value, 0n for NULL. */
  pointer(path: string): VAddr {
    return va(this.big(path));
  }

  /** A member of struct type as an object. `type` overrides what BTF calls it (for members typed void *). */
  at(path: string, type?: string): KernelObject {
    const member = this.member(path);
    return new KernelObject(
      this.home,
      type ?? this.#structName(member.type, path),
      plus(this.address, member.offset),
    );
  }

  /** What a pointer member points to; undefined for NULL. `type` overrides the pointed-to type. */
  follow(path: string, type?: string): KernelObject | undefined {
    const member = this.member(path);
    const target = this.home.memory.kernel.pointer(plus(this.address, member.offset));
    if (target === 0n) return undefined;
    if (type !== undefined) return new KernelObject(this.home, type, target);
    const pointer = this.home.types.resolve(member.type);
    if (pointer.kind !== 'pointer') {
      throw new MissingError(
        'member',
        `${this.type}.${path}`,
        `${this.type}.${path} is not a pointer`,
      );
    }
    return new KernelObject(this.home, this.#structName(pointer.target, path), target);
  }

  /** A char array member up to its NUL, or the string a char pointer member points to; latin1, unescaped. */
  string(path: string, max = 256): string {
    const member = this.member(path);
    const type = this.home.types.resolve(member.type);
    if (type.kind === 'pointer') {
      const target = this.pointer(path);
      return target === 0n ? '' : this.home.memory.kernel.cstring(target, max);
    }
    return cString(this.bytes(path));
  }

  /** The same address seen as another type. */
  as(type: string): KernelObject {
    return new KernelObject(this.home, type, this.address);
  }

  /** The structure of `type` that holds this object as its member `path`: container_of. */
  container(type: string, path: string): KernelObject {
    const member = this.home.findMember(type, path);
    if (!member) throw new MissingError('member', `${type}.${path}`);
    return new KernelObject(this.home, type, plus(this.address, -member.offset));
  }

  #structName(id: number, path: string): string {
    const type = this.home.types.resolve(id);
    if ((type.kind === 'struct' || type.kind === 'union') && type.name !== '') return type.name;
    throw new MissingError(
      'type',
      `${this.type}.${path}`,
      `${this.type}.${path} has no named structure type`,
    );
  }
}

const isSigned = (type: CType): boolean =>
  (type.kind === 'int' || type.kind === 'enum') && type.signed;

/** A member may be a wrapper (atomic_t, kuid_t): its size decides, up to a word. */
const scalarSize = (size: number): number => (size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1);
