import type { CType, FunctionProtoType, QualifiedType, Types } from './types.ts';

/** Deepest nesting of declarators and parameters in a type's text; deeper ones are `...`. */
const MAX_DEPTH = 32;

/**
 * The C text of a type as gdb 10 prints it (c_print_type, show 0): `struct list_head *`, `char [16]`,
 * `void (*)(struct foo *, int)`. Unnamed structs are `struct {...}`.
 */
export function typeName(types: Types, id: number): string {
  return declaration(types, id, '');
}

/** The declaration of `name` with type `id`: `struct list_head *next`, `char comm[16]`, `void (*func)(int)`. */
export function declaration(types: Types, id: number, name: string): string {
  return declare(types, id, name, 0);
}

/** A declaration in two halves: the words at the left, and the declarator around the name. */
export interface Declaration {
  readonly base: CType;
  /** `const`, `const volatile`, or nothing. */
  readonly qualifiers: string;
  /** `*`, `(*name)(int)`, `name[16]`; empty for a bare type. */
  readonly declarator: string;
}

/** Takes a declaration apart; with `throughTypedefs` the base is no typedef. */
export function splitDeclaration(
  types: Types,
  id: number,
  name: string,
  throughTypedefs = false,
): Declaration {
  return split(types, id, name, { depth: 0, throughTypedefs });
}

function declare(types: Types, id: number, name: string, depth: number): string {
  if (depth > MAX_DEPTH) return `... ${name}`;
  const { base, qualifiers, declarator } = split(types, id, name, {
    depth,
    throughTypedefs: false,
  });
  return [qualifiers, baseName(base), declarator].filter((word) => word !== '').join(' ');
}

function split(
  types: Types,
  id: number,
  name: string,
  options: { readonly depth: number; readonly throughTypedefs: boolean },
): Declaration {
  // The declarator grows outward from the name: pointers to the left, arrays and parameters to the right.
  let left = '';
  let right = '';
  let qualifiers: string[] = [];
  let type = types.get(id);
  for (let steps = 0; steps < MAX_DEPTH * 8; steps++) {
    if (type.kind === 'type_tag' || (type.kind === 'typedef' && options.throughTypedefs)) {
      type = types.get(type.target);
    } else if (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict') {
      qualifiers.push(type.kind);
      type = types.get(type.target);
    } else if (type.kind === 'pointer') {
      const words = qualifierText(qualifiers);
      // `* const name` and `* const *` have a blank after the qualifier; `* const` alone and `*name` do not.
      // gdb 10 forgets it where the pointers are elements of an array: `const char * constnames[16]`.
      const isElement = right.startsWith('[') && left === '';
      const apart = words !== '' && !isElement && (left !== '' || name !== '') ? ' ' : '';
      left = `*${words === '' ? '' : ` ${words}`}${apart}${left}`;
      qualifiers = [];
      type = types.get(type.target);
      if (needsParentheses(types, type)) {
        left = `(${left}`;
        right = `${right})`;
      }
    } else if (type.kind === 'array') {
      // The qualifiers of an array are those of its elements.
      right += `[${type.count === 0 ? '' : type.count}]`;
      type = types.get(type.element);
    } else if (type.kind === 'func_proto') {
      right += `(${parameters(types, type, options.depth)})`;
      qualifiers = [];
      type = types.get(type.returns);
    } else {
      break;
    }
  }
  return {
    base: type,
    qualifiers: qualifierText(qualifiers),
    declarator: `${left}${name}${right}`,
  };
}

const UNSEEN: ReadonlySet<string> = new Set(['type_tag', 'const', 'volatile']);

function needsParentheses(types: Types, target: CType): boolean {
  let type = target;
  // An array whose elements are const may be written as a const array.
  for (let i = 0; i < MAX_DEPTH && UNSEEN.has(type.kind); i++)
    type = types.get((type as QualifiedType).target);
  return type.kind === 'array' || type.kind === 'func_proto';
}

function qualifierText(qualifiers: readonly string[]): string {
  return ['const', 'volatile', 'restrict'].filter((word) => qualifiers.includes(word)).join(' ');
}

function parameters(types: Types, proto: FunctionProtoType, depth: number): string {
  const list = proto.parameters.map((parameter) => declare(types, parameter.type, '', depth + 1));
  if (proto.variadic) list.push('...');
  return list.length === 0 ? 'void' : list.join(', ');
}

/** The words for a type that is no pointer, array or function: `struct foo`, `enum {...}`, `unsigned long`. */
export function baseName(type: CType): string {
  switch (type.kind) {
    case 'struct':
    case 'union':
    case 'enum':
      return `${type.kind} ${type.name === '' ? '{...}' : type.name}`;
    case 'fwd':
      return `${type.union ? 'union' : 'struct'} ${type.name}`;
    case 'int':
      return GDB_INT_NAMES[type.name] ?? type.name;
    case 'func':
    case 'typedef':
    case 'float':
    case 'void':
    case 'var':
    case 'datasec':
    case 'decl_tag':
      return type.name;
    default:
      return '...';
  }
}

/** DWARF, and BTF made from it, spell integers gcc's way; crash 8 prints them in the usual order of words. */
const GDB_INT_NAMES: Record<string, string> = {
  'long unsigned int': 'unsigned long',
  'long int': 'long',
  'short unsigned int': 'unsigned short',
  'short int': 'short',
  'long long unsigned int': 'unsigned long long',
  'long long int': 'long long',
  '__int128 unsigned': 'unsigned __int128',
};
