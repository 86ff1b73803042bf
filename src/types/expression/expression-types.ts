import { MissingError } from '../../base/errors.ts';
import { TypeTable } from '../type-table.ts';
import type { CType, EnumType, NamedType, Types } from '../types.ts';

/** Numbers from here on are types that expressions made; no kernel has a billion types. */
const FIRST_MADE = 1 << 30;
/** Numbers from here on are of debugging data. */
const END_OF_MADE = 2 ** 32;

const int = (name: string, size: number, signed: boolean, bool = false) =>
  ({ kind: 'int', name, size, signed, char: name === 'char', bool }) as const;
const float = (name: string, size: number) => ({ kind: 'float', name, size }) as const;

/** C's own types on x86-64, under the names gdb prints. */
const BUILTIN = {
  char: int('char', 1, true),
  'signed char': int('signed char', 1, true),
  'unsigned char': int('unsigned char', 1, false),
  short: int('short', 2, true),
  'unsigned short': int('unsigned short', 2, false),
  int: int('int', 4, true),
  'unsigned int': int('unsigned int', 4, false),
  long: int('long', 8, true),
  'unsigned long': int('unsigned long', 8, false),
  'long long': int('long long', 8, true),
  'unsigned long long': int('unsigned long long', 8, false),
  __int128: int('__int128', 16, true),
  'unsigned __int128': int('unsigned __int128', 16, false),
  _Bool: int('_Bool', 1, false, true),
  float: float('float', 4),
  double: float('double', 8),
  'long double': float('long double', 16),
} as const;

/** The names of C's own types. */
export type BuiltinName = keyof typeof BUILTIN | 'void';

type Made<T> = T extends CType ? Omit<T, 'id'> : never;

/**
 * The types of a kernel and, on top, those that expressions make: C's own, pointers and arrays that the kernel's tables
 * need not have. One per session: values that are remembered refer to it.
 */
export class ExpressionTypes extends TypeTable {
  readonly #base: Types;
  readonly #made: CType[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(base: Types) {
    super(base.pointerSize);
    this.#base = base;
  }

  get lost(): string | undefined {
    return this.#base.lost;
  }

  get count(): number {
    return this.#made.length === 0 ? this.#base.count : FIRST_MADE + this.#made.length;
  }

  get(id: number): CType {
    if (id < FIRST_MADE || id >= END_OF_MADE) return this.#base.get(id);
    const made = this.#made[id - FIRST_MADE];
    if (made === undefined) throw new MissingError('type', `#${id}`);
    return made;
  }

  find(kind: Parameters<Types['find']>[0], name: string): CType | undefined {
    return this.#base.find(kind, name);
  }

  enumWith(enumerator: string): EnumType | undefined {
    return this.#base.enumWith(enumerator);
  }

  names(): Iterable<NamedType> {
    return this.#base.names();
  }

  builtin(name: BuiltinName): number {
    if (name === 'void') return 0;
    const type = BUILTIN[name];
    const isLong = name === 'long' || name === 'unsigned long';
    return this.#make(name, isLong ? { ...type, size: this.pointerSize } : type);
  }

  pointerTo(target: number): number {
    return this.#make(`*${target}`, { kind: 'pointer', target });
  }

  arrayOf(element: number, count: number): number {
    return this.#make(`[${count}]${element}`, { kind: 'array', element, count });
  }

  qualified(kind: 'const' | 'volatile' | 'restrict', target: number): number {
    return this.#make(`${kind} ${target}`, { kind, name: '', target });
  }

  /** A struct without a tag; offsets of its members in bytes. */
  structOf(
    size: number,
    members: readonly { name: string; type: number; offset: number }[],
  ): number {
    const key = `{${size}:${members.map(({ name, type, offset }) => `${offset} ${type} ${name}`).join()}}`;
    const placed = members.map(({ name, type, offset }) => ({
      name,
      type,
      bitOffset: offset * 8,
      bitSize: 0,
    }));
    return this.#make(key, { kind: 'struct', name: '', size, members: placed });
  }

  functionOf(returns: number, parameters: readonly number[], variadic: boolean): number {
    const key = `(${parameters.join()}${variadic ? ',...' : ''})${returns}`;
    const list = parameters.map((type) => ({ name: '', type }));
    return this.#make(key, { kind: 'func_proto', returns, parameters: list, variadic });
  }

  #make(key: string, type: Made<CType>): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const id = FIRST_MADE + this.#made.length;
    this.#made.push({ ...type, id } as CType);
    this.#numbers.set(key, id);
    return id;
  }
}
