import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { openBtf } from '../../src/types/btf.ts';
import { typeDeclaration } from '../../src/types/struct-decl.ts';
import { type ValueEnvironment, valueText } from '../../src/types/value.ts';
import { needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import { BtfBuilder, type BuilderMember } from './btf-builder.ts';

/** A random type, with what is needed to build it and to make a value of it. */
type Shape =
  | { readonly kind: 'int'; readonly size: 1 | 2 | 4 | 8; readonly signed: boolean }
  | { readonly kind: 'bool' }
  | { readonly kind: 'pointer' }
  | { readonly kind: 'text'; readonly length: number }
  | { readonly kind: 'enum'; readonly flags: boolean }
  | { readonly kind: 'bits'; readonly widths: readonly number[]; readonly signed: boolean }
  | { readonly kind: 'union'; readonly members: readonly Shape[]; readonly anonymous: boolean }
  | { readonly kind: 'array'; readonly element: Shape; readonly count: number }
  | { readonly kind: 'struct'; readonly members: readonly Shape[]; readonly anonymous: boolean };

const leaf: fc.Arbitrary<Shape> = fc.oneof(
  fc.record({
    kind: fc.constant('int' as const),
    size: fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
    signed: fc.boolean(),
  }),
  fc.constant({ kind: 'bool' as const }),
  fc.constant({ kind: 'pointer' as const }),
  fc.record({ kind: fc.constant('enum' as const), flags: fc.boolean() }),
  fc.record({
    kind: fc.constant('bits' as const),
    widths: fc.array(fc.integer({ min: 1, max: 32 }), { minLength: 1, maxLength: 5 }),
    signed: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('text' as const), length: fc.integer({ min: 1, max: 12 }) }),
);
const shape: fc.Arbitrary<Shape> = fc.letrec<{ shape: Shape; struct: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.record({
      kind: fc.constant('array' as const),
      element: fc.oneof(leaf, tie('struct')),
      count: fc.integer({ min: 1, max: 4 }),
    }),
    tie('struct'),
    fc.record({
      kind: fc.constant('union' as const),
      members: fc.array(tie('shape'), { minLength: 1, maxLength: 3 }),
      anonymous: fc.boolean(),
    }),
  ),
  struct: fc.record({
    kind: fc.constant('struct' as const),
    members: fc.array(tie('shape'), { minLength: 1, maxLength: 4 }),
    anonymous: fc.boolean(),
  }),
})).struct;

/** The enumerators of the two enums there are: one that counts, and one whose values are flags. */
const COUNTED = { RED: 0, GREEN: 1, BLUE: 300 };
const FLAGS = { READ: 1, WRITE: 2, EXEC: 4, LAST: 0x40000000 };
/** 32 bits hold all fields of one run, from the lowest bit on; what does not fit is left out. */
const fieldsOf = (widths: readonly number[]): readonly { at: number; bits: number }[] => {
  const fields: { at: number; bits: number }[] = [];
  let at = 0;
  for (const bits of widths) {
    if (at + bits > 32) break;
    fields.push({ at, bits });
    at += bits;
  }
  return at === 32 ? fields : [...fields, { at, bits: 32 - at }];
};

const sizeOf = (type: Shape): number => {
  switch (type.kind) {
    case 'enum':
    case 'bits':
      return 4;
    case 'union':
      return Math.max(...type.members.map(sizeOf));
    case 'int':
      return type.size;
    case 'bool':
      return 1;
    case 'pointer':
      return 8;
    case 'text':
      return type.length;
    case 'array':
      return type.count * sizeOf(type.element);
    case 'struct':
      return type.members.reduce((sum, member) => sum + sizeOf(member), 0);
  }
};

const isHidden = (type: Shape): boolean =>
  (type.kind === 'struct' || type.kind === 'union') && type.anonymous;

/** Adds a type; members follow each other without holes, and members that are structs may lack a name. */
function build(b: BtfBuilder, type: Shape): number {
  switch (type.kind) {
    case 'enum':
      return type.flags ? b.enum('access', FLAGS) : b.enum('colour', COUNTED);
    case 'bits': {
      const int = b.int('int', 4, { signed: type.signed });
      const fields = fieldsOf(type.widths).map((field, index) => ({
        ...field,
        name: `m${index}`,
        type: int,
      }));
      return b.struct('', 4, fields);
    }
    case 'union': {
      const members = type.members.map((member, index) => ({
        name: isHidden(member) ? '' : `m${index}`,
        type: build(b, member),
        at: 0,
      }));
      return b.union('', sizeOf(type), members);
    }
    case 'int':
      return b.int(`n${type.size}${type.signed}`, type.size, { signed: type.signed });
    case 'bool':
      return b.int('_Bool', 1, { bool: true });
    case 'pointer':
      return b.pointer(0);
    case 'text':
      return b.array(b.int('char', 1, { signed: true }), type.length);
    case 'array':
      return b.array(build(b, type.element), type.count);
    case 'struct': {
      const members: BuilderMember[] = [];
      let at = 0;
      for (const [index, member] of type.members.entries()) {
        members.push({
          name: isHidden(member) ? '' : `m${index}`,
          type: build(b, member),
          at: at * 8,
        });
        at += sizeOf(member);
      }
      return b.struct('', at, members);
    }
  }
}

const NUMBER = /-?(0x)?[0-9a-f]+/y;

/** `RED`, `301`, `(READ | unknown: 0x8)`, `0`. */
function enumValue(text: string): bigint {
  const values: Readonly<Record<string, number>> = { ...COUNTED, ...FLAGS };
  const words = text.replace(/[()]|unknown: /g, '').split(' | ');
  return words.reduce((sum, word) => sum | BigInt(values[word] ?? word), 0n);
}

/** Reads the text of a value back into bytes, knowing nothing but the type. */
class Reader {
  readonly #text: string;
  readonly bytes: number[] = [];
  readonly #hexadecimal: boolean;
  #at = 0;

  constructor(text: string, hexadecimal: boolean) {
    this.#text = text;
    this.#hexadecimal = hexadecimal;
  }

  get atEnd(): boolean {
    return this.#text.slice(this.#at).trim() === '';
  }

  read(type: Shape): void {
    switch (type.kind) {
      case 'struct':
        this.#expect('{');
        for (const [index, member] of type.members.entries()) {
          if (index > 0) this.#expect(',');
          if (!isHidden(member)) this.#expect(`m${index} =`);
          this.read(member);
        }
        this.#expect('}');
        return;
      case 'union':
        this.#union(type);
        return;
      case 'bits':
        this.#bits(type);
        return;
      case 'enum':
        this.#number(/\([^)]*\)|-?\w+/y, 4, enumValue);
        return;
      case 'array':
        if (type.element.kind === 'int' && type.element.size === 1) {
          this.#string(type.count);
          return;
        }
        this.#expect('{');
        for (let index = 0; index < type.count; index++) {
          if (index > 0) this.#expect(',');
          this.read(type.element);
        }
        this.#expect('}');
        return;
      case 'text':
        this.#string(type.length);
        return;
      case 'bool':
        this.#number(/true|false|\w+/y, 1, (word) =>
          word === 'true' ? 1n : word === 'false' ? 0n : BigInt(word),
        );
        return;
      case 'pointer':
        this.#number(/0x[0-9a-f]+/y, 8, BigInt);
        return;
      case 'int':
        this.#number(NUMBER, type.size, BigInt);
        if (type.size === 1 && !this.#hexadecimal) this.#match(/ '(\\\d{3}|\\.|[^\\])+?'/y);
    }
  }

  /** All members begin at one place, and each is read on its own; the longest has all bytes. */
  #union(type: Shape & { readonly kind: 'union' }): void {
    const start = this.bytes.length;
    let longest: number[] = [];
    this.#expect('{');
    for (const [index, member] of type.members.entries()) {
      if (index > 0) this.#expect(',');
      if (!isHidden(member)) this.#expect(`m${index} =`);
      this.read(member);
      const bytes = this.bytes.splice(start);
      const common = Math.min(bytes.length, longest.length);
      expect(bytes.slice(0, common)).toEqual(longest.slice(0, common));
      if (bytes.length > longest.length) longest = bytes;
    }
    this.#expect('}');
    this.bytes.push(...longest);
  }

  #bits({ widths }: Shape & { readonly kind: 'bits' }): void {
    let word = 0n;
    this.#expect('{');
    for (const [index, { at, bits }] of fieldsOf(widths).entries()) {
      if (index > 0) this.#expect(',');
      this.#expect(`m${index} =`);
      this.#skip();
      word |= BigInt.asUintN(bits, BigInt(this.#match(NUMBER))) << BigInt(at);
    }
    this.#expect('}');
    for (let index = 0n; index < 4n; index++)
      this.bytes.push(Number((word >> (index * 8n)) & 0xffn));
  }

  #expect(word: string): void {
    this.#skip();
    if (!this.#text.startsWith(word, this.#at)) {
      throw new Error(`no ${word} at: ${this.#text.slice(this.#at, this.#at + 20)}`);
    }
    this.#at += word.length;
  }

  #number(pattern: RegExp, size: number, parse: (word: string) => bigint): void {
    this.#skip();
    let rest = BigInt.asUintN(size * 8, parse(this.#match(pattern)));
    for (let index = 0; index < size; index++, rest >>= 8n) this.bytes.push(Number(rest & 0xffn));
  }

  /** A NUL at the end is not written; what UTF-8 makes one character of is several bytes. */
  #string(length: number): void {
    this.#skip();
    const body = this.#match(/"(?:\\.|[^"\\])*"/y).slice(1, -1);
    const bytes: number[] = [];
    const escapes: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };
    for (const [piece] of body.matchAll(/\\\d{3}|\\.|[^\\]/gu)) {
      if (/^\\\d/.test(piece)) bytes.push(Number.parseInt(piece.slice(1), 8));
      else if (piece.startsWith('\\')) bytes.push(escapes[piece[1]!] ?? piece.charCodeAt(1));
      else bytes.push(...Buffer.from(piece));
    }
    while (bytes.length < length) bytes.push(0);
    this.bytes.push(...bytes);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [word] = pattern.exec(this.#text) ?? [];
    if (word === undefined)
      throw new Error(`${pattern} at: ${this.#text.slice(this.#at, this.#at + 20)}`);
    this.#at += word.length;
    return word;
  }

  #skip(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}

/** Small values too: enumerators, flags, and bytes that are text. */
const BYTE = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.integer({ min: 0, max: 4 }),
  fc.integer({ min: 0x20, max: 0x7e }),
);

describe('a printed structure', () => {
  test('reads back to the bytes it was printed from, whatever its types', () => {
    fc.assert(
      fc.property(shape, fc.infiniteStream(BYTE), fc.boolean(), (type, source, hexadecimal) => {
        const b = new BtfBuilder();
        const id = build(b, type);
        const bytes = Uint8Array.from({ length: sizeOf(type) }, () => source.next().value);
        const environment: ValueEnvironment = {
          types: openBtf(b.bytes(), 8),
          symbolize: () => undefined,
          read: () => new Uint8Array(0),
        };
        const text = valueText(
          environment,
          id,
          { bytes, offset: 0, address: 0n },
          {
            radix: hexadecimal ? 16 : 10,
          },
        );
        const reader = new Reader(text, hexadecimal);
        reader.read(type);
        expect(reader.atEnd).toBe(true);
        expect(reader.bytes).toEqual([...bytes]);
      }),
      { numRuns: 300 },
    );
  });
});

/** The real dumps in the repository, and beside it. */
const BUNDLED = ['null-pointer', 'general-protection', 'five-levels'];
const bundled = (name: string): Target =>
  openTarget(openDump([fileURLToPath(new URL(`../../dumps/${name}.kdump`, import.meta.url))]));

describe('every structure of a kernel', () => {
  test.each(BUNDLED)('%s: is declared with the offsets and the size that its BTF has', (name) => {
    checkDeclarations(bundled(name));
  });

  test.each(['x612-gpf'])(
    '%s: is declared with the offsets and the size that its BTF has',
    needsDumps,
    (name) => {
      checkDeclarations(sharedTarget(name));
    },
  );
});

/** `struct -o` of every structure and union, line by line against its members. */
function checkDeclarations({ types }: Target): void {
  let checked = 0;
  for (const { kind, name } of types.names()) {
    if (kind !== 'struct' && kind !== 'union') continue;
    const struct = types.find(kind, name);
    if (struct?.kind !== kind) continue;
    const text = typeDeclaration(types, struct.id, { offsets: true });
    expect(text.endsWith(`SIZE: ${struct.size}`), name).toBe(true);
    const listed = [...text.matchAll(/^ *\[(\d+)\] (.*);$/gm)].map(([, offset, declared]) => ({
      offset: Number(offset),
      declared,
    }));
    // Members of the structure itself, in their order: a line each, whatever lines stand between.
    let line = 0;
    for (const member of struct.members) {
      if (member.name === '') continue;
      const offset = Math.floor(member.bitOffset / 8);
      const word = new RegExp(`\\b${member.name}\\b`);
      while (line < listed.length) {
        const { offset: at, declared } = listed[line++]!;
        if (at === offset && word.test(declared!)) break;
        if (line === listed.length) throw new Error(`${name}.${member.name} is not at ${offset}`);
      }
      checked++;
    }
  }
  expect(checked).toBeGreaterThan(40_000);
}
