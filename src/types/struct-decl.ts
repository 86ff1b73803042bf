import { CorruptError } from '../base/errors.ts';
import { baseName, type Declaration, splitDeclaration } from './c-name.ts';
import { findMemberNamed } from './member-path.ts';
import type { CType, EnumType, Member, StructType, TypedefType, Types } from './types.ts';

/** Deepest nesting of untagged structs in a declaration. */
const MAX_NESTING = 32;
/** Lines of one declaration: hostile types nest the same struct many times over. */
const MAX_LINES = 100_000;

/** One line of a struct's declaration. */
export interface DeclarationLine {
  /** Indentation included, four spaces a level. */
  readonly text: string;
  /**
   * Bytes from the start of the struct. Undefined on lines that declare no member and for members of a member
   * (`struct {...} name;` spelled out).
   */
  readonly offset?: number;
  /** The member that the line declares or, for `} name;`, ends. Absent like {@link offset}. */
  readonly member?: string;
  /** For `} name;`: the index of the line that opened it. */
  readonly opened?: number;
}

/**
 * The lines between the braces of a struct or union as gdb's ptype has them: members in order, structs without a tag
 * spelled out, `<no data fields>` for an empty one. Throws CorruptError, MissingError.
 */
export function memberLines(types: Types, struct: StructType): DeclarationLine[] {
  const lines: DeclarationLine[] = [];
  addMembers(types, lines, struct, { outer: struct, base: 0, inMember: false, level: 1 });
  return lines;
}

interface Nesting {
  /** The struct whose declaration it is. */
  readonly outer: StructType;
  /** Where the struct begins; undefined inside a member with a name. */
  readonly base: number | undefined;
  /** Inside a member with a name: gdb does not expand named members of untagged struct type there. */
  readonly inMember: boolean;
  readonly level: number;
}

function addMembers(
  types: Types,
  lines: DeclarationLine[],
  struct: StructType,
  nesting: Nesting,
): void {
  const { outer, base, inMember, level } = nesting;
  const indent = '    '.repeat(level);
  if (struct.members.length === 0) lines.push({ text: `${indent}<no data fields>` });
  struct.members.forEach((member, index) => {
    if (lines.length > MAX_LINES) {
      throw new CorruptError(`struct ${struct.name} has no end of members`);
    }
    const parts = splitDeclaration(types, member.type, member.name);
    const offset = base === undefined ? undefined : base + Math.floor(member.bitOffset / 8);
    const place =
      offset === undefined ? namesake(types, outer, member) : { offset, member: member.name };
    const anonymous = member.name === '';
    const isShort = level >= MAX_NESTING || (inMember && !anonymous);
    const body = isShort ? undefined : untaggedStruct(parts.base);
    if (body === undefined) {
      const last = index === struct.members.length - 1;
      lines.push({
        text: `${indent}${memberText(parts, member, { last, isShort: inMember })};`,
        ...place,
      });
      return;
    }
    const opened = lines.length;
    lines.push({ text: `${indent}${qualified(parts, body.kind)} {` });
    addMembers(types, lines, body, {
      outer,
      base: anonymous ? offset : undefined,
      inMember: inMember || !anonymous,
      level: level + 1,
    });
    const tail = parts.declarator === '' ? '' : ` ${parts.declarator}`;
    lines.push({ text: `${indent}}${tail};`, ...(anonymous ? {} : { ...place, opened }) });
  });
}

/**
 * crash looks offsets up by name alone: a member of a member gets the offset of the outer struct's member of that name.
 */
function namesake(types: Types, outer: StructType, member: Member): Partial<DeclarationLine> {
  const found = findMemberNamed(types, outer, member.name);
  return found ? { offset: Math.floor(found.bitOffset / 8), member: member.name } : {};
}

const untaggedStruct = (base: CType): StructType | undefined =>
  (base.kind === 'struct' || base.kind === 'union') && base.name === '' ? base : undefined;

const qualified = (parts: Declaration, base: string): string =>
  parts.qualifiers === '' ? base : `${parts.qualifiers} ${base}`;

/** `char comm[16]`, `unsigned int foo : 1`. */
function memberText(
  parts: Declaration,
  member: Member,
  { last, isShort }: { readonly last: boolean; readonly isShort: boolean },
): string {
  const { base, declarator } = parts;
  const spelled = base.kind === 'enum' && base.name === '' && !isShort;
  const words = spelled ? enumInline(base) : baseName(base);
  // BTF does not tell `x[0]` from `x[]`; only at the end of a struct can it be the latter.
  const text = `${qualified(parts, words)} ${last ? declarator : declarator.replace('[]', '[0]')}`;
  return member.bitSize > 0 ? `${text} : ${member.bitSize}` : text;
}

/** `enum irqreturn {IRQ_NONE, IRQ_HANDLED, IRQ_MAX = 7}`: values only where they do not count up by one. */
function enumInline(type: EnumType): string {
  let expected = 0n;
  const list = type.values.map(({ name, value }) => {
    const text = value === expected ? name : `${name} = ${value}`;
    expected = value + 1n;
    return text;
  });
  return `enum ${type.name}${type.name === '' ? '' : ' '}{${list.join(', ')}}`;
}

/** Form of a printed declaration. */
export interface DeclarationOptions {
  /** `-o`: offsets in brackets before members. */
  readonly offsets?: boolean;
  /** `-o` with an address: addresses instead of offsets. */
  readonly address?: bigint;
  /** 16: offsets and the size in hexadecimal, with `0x`. Default 10. */
  readonly radix?: 10 | 16;
}

/** A size or an offset in the radix that was asked for. */
const sizeText = (size: number, { radix }: DeclarationOptions): string =>
  radix === 16 ? `0x${size.toString(16)}` : String(size);

/** The text before each line of a listing with offsets: `   [8] `, and as many blanks on other lines. */
function offsetPrefix(
  struct: StructType,
  options: DeclarationOptions,
): (line: DeclarationLine) => string {
  const { address } = options;
  // Lines without an offset are indented as they would be after one, also where addresses stand before the others.
  const blank = ' '.repeat(sizeText(struct.size, options).length + 5);
  const width = address === undefined ? blank.length - 1 : 16 + 4;
  return ({ offset }) => {
    if (offset === undefined) return blank;
    const text =
      address === undefined
        ? sizeText(offset, options)
        : BigInt.asUintN(64, address + BigInt(offset)).toString(16);
    return `${`[${text}]`.padStart(width)} `;
  };
}

function bodyText(types: Types, struct: StructType, options: DeclarationOptions): string[] {
  const lines = memberLines(types, struct);
  if (options.offsets !== true) return lines.map((line) => line.text);
  const prefix = offsetPrefix(struct, options);
  // The offsets take the place of the first level of indentation.
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
  const size = `SIZE: ${sizeText(types.sizeOf(id), options)}`;
  if (type.kind !== 'struct' && type.kind !== 'union') return size;
  return [`${types.nameOf(id)} {`, ...bodyText(types, type, options), '}', size].join('\n');
}

/**
 * `typedef struct {\n int counter;\n} atomic_t;`. The type behind all typedefs is written out: `} * cpumask_var_t;`,
 * `typedef _Bool (*)(int) foo_t;`.
 */
function typedefDeclaration(types: Types, type: TypedefType, options: DeclarationOptions): string {
  const parts = splitDeclaration(types, type.id, '', true);
  const { base, declarator } = parts;
  if (base.kind === 'enum' && declarator === '') return `typedef ${enumDeclaration(base)}`;
  const size = `SIZE: ${sizeText(types.sizeOf(type.id), options)}`;
  const tail = declarator === '' ? '' : ` ${declarator}`;
  // An enum on one line loses its name in crash.
  if (base.kind === 'enum') return `typedef ${qualified(parts, enumInline(base))}${tail}\n${size}`;
  if (base.kind !== 'struct' && base.kind !== 'union') {
    return `typedef ${qualified(parts, baseName(base))}${tail} ${type.name};\n${size}`;
  }
  const tag = base.name === '' ? base.kind : `${base.kind} ${base.name}`;
  const head = `typedef ${qualified(parts, tag)} {`;
  return [head, ...bodyText(types, base, options), `}${tail} ${type.name};`, size].join('\n');
}

/** `enum pid_type {\n  PIDTYPE_PID = 0\n  ...\n};` */
export function enumDeclaration(type: EnumType): string {
  const head = type.name === '' ? 'enum {' : `enum ${type.name} {`;
  return [head, ...type.values.map(({ name, value }) => `  ${name} = ${value}`), '};'].join('\n');
}

/**
 * What `struct NAME.member` and `struct -o NAME.member` print: the lines that declare members of that name, at any
 * depth of anonymous structs, with their offsets. Undefined when there is none.
 */
export function memberOnlyDeclaration(
  types: Types,
  struct: StructType,
  member: string,
  options: DeclarationOptions = {},
): string | undefined {
  const all = memberLines(types, struct);
  const found = all.filter((line) => line.member === member);
  if (member === '' || found.length === 0) return undefined;
  const prefix = offsetPrefix(struct, options);
  const body = found.flatMap((line) => {
    const opening = line.opened === undefined ? undefined : all[line.opened];
    // crash shows where such a member opens only at the outermost level.
    const shown = opening !== undefined && /^ {4}\S/.test(opening.text) ? [opening, line] : [line];
    return shown.map((each) => prefix(each) + each.text.slice(4));
  });
  return [`${types.nameOf(struct.id)} {`, ...body, '}'].join('\n');
}
