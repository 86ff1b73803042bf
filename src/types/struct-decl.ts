import { CorruptError } from '../base/errors.ts';
import { declaration } from './c-name.ts';
import type { CType, EnumType, Member, StructType, TypedefType, Types } from './types.ts';

/** Deepest nesting of anonymous structs that is spelled out. */
const MAX_NESTING = 32;
/** Lines of one declaration; hostile types nest the same anonymous struct many times over. */
const MAX_LINES = 100_000;

/** One line of a struct's declaration. */
export interface DeclarationLine {
  /** Without an offset: indentation included, four spaces a level. */
  readonly text: string;
  /** Bytes from the start of the struct; undefined on lines that declare no member. */
  readonly offset: number | undefined;
  /** The member that the line declares or, for `} name;`, ends. */
  readonly member: string | undefined;
}

/**
 * The lines between the braces of a struct or union as gdb's ptype has them: members in order, anonymous ones
 * spelled out, `<no data fields>` for an empty one.
 */
export function memberLines(types: Types, struct: StructType): DeclarationLine[] {
  const lines: DeclarationLine[] = [];
  addMembers({ types, lines }, struct, 0, 1);
  return lines;
}

interface Listing {
  readonly types: Types;
  readonly lines: DeclarationLine[];
}

function addMembers(listing: Listing, struct: StructType, base: number, level: number): void {
  const { types, lines } = listing;
  const indent = '    '.repeat(level);
  if (struct.members.length === 0) {
    lines.push({ text: `${indent}<no data fields>`, offset: undefined, member: undefined });
  }
  struct.members.forEach((member, index) => {
    if (lines.length > MAX_LINES)
      throw new CorruptError(`struct ${struct.name} has no end of members`);
    const offset = base + Math.floor(member.bitOffset / 8);
    const unnamed = level < MAX_NESTING ? unnamedStruct(types, member.type) : undefined;
    if (unnamed === undefined) {
      const last = index === struct.members.length - 1;
      lines.push({
        text: `${indent}${memberDeclaration(types, member, last)};`,
        offset,
        member: member.name,
      });
      return;
    }
    const [head, tail] = declaration(types, member.type, member.name).split('{...}');
    lines.push({ text: `${indent}${head}{`, offset: undefined, member: undefined });
    addMembers(listing, unnamed, offset, level + 1);
    const named = member.name !== '';
    lines.push({
      text: `${indent}}${tail};`,
      offset: named ? offset : undefined,
      member: named ? member.name : undefined,
    });
  });
}

/** The struct without a tag that a member is, or is an array of or a pointer to: it is spelled out in place. */
function unnamedStruct(types: Types, id: number): StructType | undefined {
  let type = types.get(id);
  for (let depth = 0; depth < MAX_NESTING; depth++) {
    if (type.kind === 'struct' || type.kind === 'union') return type.name === '' ? type : undefined;
    if (type.kind === 'array') type = types.get(type.element);
    else if (type.kind === 'pointer' || type.kind === 'const' || type.kind === 'volatile') {
      type = types.get(type.target);
    } else return undefined;
  }
  return undefined;
}

/** `char comm[16]`, `unsigned int foo : 1`. */
function memberDeclaration(types: Types, member: Member, last: boolean): string {
  const text = declaration(types, member.type, member.name);
  if (member.bitSize > 0) return `${text} : ${member.bitSize}`;
  // BTF does not tell `x[0]` from `x[]`; only at the end of a struct can it be the latter.
  return last ? text : text.replace(`${member.name}[]`, `${member.name}[0]`);
}

export interface DeclarationOptions {
  /** `-o`: offsets in brackets before members. */
  readonly offsets?: boolean;
  /** `-o` with an address: addresses instead of offsets. */
  readonly address?: bigint;
}

/** What stands before each line of a listing with offsets: `   [8] `, and as many blanks on other lines. */
function offsetPrefix(
  struct: StructType,
  address: bigint | undefined,
): (line: DeclarationLine) => string {
  const digits = address === undefined ? String(struct.size).length : 16;
  const width = digits + 4;
  return ({ offset }) => {
    if (offset === undefined) return ' '.repeat(width + 1);
    const text =
      address === undefined
        ? String(offset)
        : BigInt.asUintN(64, address + BigInt(offset)).toString(16);
    return `${`[${text}]`.padStart(width)} `;
  };
}

function bodyText(types: Types, struct: StructType, options: DeclarationOptions): string[] {
  const lines = memberLines(types, struct);
  if (options.offsets !== true) return lines.map((line) => line.text);
  const prefix = offsetPrefix(struct, options.address);
  // The first level of indentation is where the offsets stand.
  return lines.map((line) => prefix(line) + line.text.slice(4));
}

/**
 * What `struct NAME`, `union NAME` and `whatis NAME` print for a type by number: its declaration, and the line
 * `SIZE: n` (none after an enum). Throws MissingError, CorruptError.
 */
export function typeDeclaration(
  types: Types,
  id: number,
  options: DeclarationOptions = {},
): string {
  const type = types.get(id);
  if (type.kind === 'typedef') return typedefDeclaration(types, type, options);
  if (type.kind === 'enum') return enumDeclaration(type);
  const size = `SIZE: ${types.sizeOf(id)}`;
  if (type.kind !== 'struct' && type.kind !== 'union') return size;
  return [`${types.nameOf(id)} {`, ...bodyText(types, type, options), '}', size].join('\n');
}

/** `typedef struct {\n    int counter;\n} atomic_t;`; one level: a typedef of a typedef shows what it is in the end. */
function typedefDeclaration(types: Types, type: TypedefType, options: DeclarationOptions): string {
  const target: CType = types.resolve(type.id);
  if (target.kind === 'enum') return `typedef ${enumDeclaration(target)}`;
  const size = `SIZE: ${types.sizeOf(type.id)}`;
  if (target.kind !== 'struct' && target.kind !== 'union') {
    return `typedef ${types.nameOf(target.id)} ${type.name};\n${size}`;
  }
  const head =
    target.name === '' ? `typedef ${target.kind} {` : `typedef ${target.kind} ${target.name} {`;
  return [head, ...bodyText(types, target, options), `} ${type.name};`, size].join('\n');
}

/** `enum pid_type {\n  PIDTYPE_PID = 0\n  ...\n};` */
export function enumDeclaration(type: EnumType): string {
  const head = type.name === '' ? 'enum {' : `enum ${type.name} {`;
  return [head, ...type.values.map(({ name, value }) => `  ${name} = ${value}`), '};'].join('\n');
}

/**
 * What `struct NAME.member` and `struct -o NAME.member` print: the lines that declare members of that name,
 * at any depth of anonymous structs, with their offsets. Undefined when there is none.
 */
export function memberOnlyDeclaration(
  types: Types,
  struct: StructType,
  member: string,
  options: DeclarationOptions = {},
): string | undefined {
  const lines = memberLines(types, struct).filter((line) => line.member === member);
  if (lines.length === 0) return undefined;
  const prefix = offsetPrefix(struct, options.address);
  const body = lines.map((line) => prefix(line) + line.text.slice(4));
  return [`${types.nameOf(struct.id)} {`, ...body, '}'].join('\n');
}
