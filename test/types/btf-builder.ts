/**
 * Writes BTF blobs by hand (Documentation/bpf/btf.rst): every method adds one type and returns its number, so a test
 * reads as the list of types it is about. Nothing is checked: lies are welcome.
 */

export interface BuilderMember {
  readonly name: string;
  readonly type: number;
  /** Bits from the start of the struct. */
  readonly at: number;
  /** Width of a bit field. */
  readonly bits?: number;
}

const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  fwd: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  func: 12,
  proto: 13,
  var: 14,
  datasec: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

/** Encodings of BTF_KIND_INT. */
const SIGNED = 1;
const CHAR = 2;
const BOOL = 4;

export class BtfBuilder {
  readonly #words: number[] = [];
  readonly #stringStart: number;
  readonly #strings = new Map<string, number>();
  #text = '';
  #count: number;

  /** With `base`, split BTF that continues the base's types and strings. */
  constructor(base?: BtfBuilder) {
    this.#stringStart = base === undefined ? 0 : base.stringEnd;
    this.#count = base === undefined ? 0 : base.#count;
    this.name('');
  }

  /** The number that the next type will get: for types that refer to themselves. */
  get next(): number {
    return this.#count + 1;
  }

  get stringEnd(): number {
    return this.#stringStart + this.#text.length;
  }

  /** Offset of a name in the string section. */
  name(text: string): number {
    let offset = this.#strings.get(text);
    if (offset === undefined) {
      offset = text === '' ? 0 : this.stringEnd;
      if (text !== '' || this.#text === '') this.#text += `${text}\0`;
      this.#strings.set(text, offset);
    }
    return offset;
  }

  /** A type of any kind: `words` follow struct btf_type as they are. */
  raw(
    kind: number,
    name: string,
    sizeOrType: number,
    words: readonly number[] = [],
    count = 0,
    flag = false,
  ): number {
    this.#words.push(
      this.name(name),
      (((flag ? 0x80 : 0) | kind) << 24) | count,
      sizeOrType,
      ...words,
    );
    return ++this.#count;
  }

  int(
    name: string,
    size: number,
    is: { signed?: boolean; char?: boolean; bool?: boolean } = {},
  ): number {
    const encoding = (is.signed ? SIGNED : 0) | (is.char ? CHAR : 0) | (is.bool ? BOOL : 0);
    return this.raw(KIND.int, name, size, [(encoding << 24) | (size * 8)]);
  }

  float(name: string, size: number): number {
    return this.raw(KIND.float, name, size);
  }

  pointer(type: number): number {
    return this.raw(KIND.pointer, '', type);
  }

  array(element: number, count: number, index = 0): number {
    return this.raw(KIND.array, '', 0, [element, index, count]);
  }

  struct(name: string, size: number, members: readonly BuilderMember[]): number {
    return this.#members(KIND.struct, name, size, members);
  }

  union(name: string, size: number, members: readonly BuilderMember[]): number {
    return this.#members(KIND.union, name, size, members);
  }

  enum(name: string, values: Readonly<Record<string, number>>, signed = false, size = 4): number {
    const words = Object.entries(values).flatMap(([key, value]) => [this.name(key), value | 0]);
    return this.raw(KIND.enum, name, size, words, words.length / 2, signed);
  }

  enum64(name: string, values: Readonly<Record<string, bigint>>, signed = false): number {
    const words = Object.entries(values).flatMap(([key, value]) => [
      this.name(key),
      Number(BigInt.asIntN(32, value)),
      Number(BigInt.asIntN(32, value >> 32n)),
    ]);
    return this.raw(KIND.enum64, name, 8, words, words.length / 3, signed);
  }

  fwd(name: string, union = false): number {
    return this.raw(KIND.fwd, name, 0, [], 0, union);
  }

  typedef(name: string, type: number): number {
    return this.raw(KIND.typedef, name, type);
  }

  qualified(kind: 'const' | 'volatile' | 'restrict', type: number): number {
    return this.raw(KIND[kind], '', type);
  }

  typeTag(name: string, type: number): number {
    return this.raw(KIND.typeTag, name, type);
  }

  declTag(name: string, type: number, component = -1): number {
    return this.raw(KIND.declTag, name, type, [component]);
  }

  /** Parameters as [name, type]; `['', 0]` at the end is `...`. */
  proto(returns: number, parameters: readonly (readonly [string, number])[]): number {
    const words = parameters.flatMap(([name, type]) => [this.name(name), type]);
    return this.raw(KIND.proto, '', returns, words, parameters.length);
  }

  /** `linkage` is where other kinds have their count. */
  func(name: string, proto: number, linkage = 0): number {
    return this.raw(KIND.func, name, proto, [], linkage);
  }

  var(name: string, type: number, linkage = 1): number {
    return this.raw(KIND.var, name, type, [linkage]);
  }

  datasec(
    name: string,
    size: number,
    variables: readonly (readonly [number, number, number])[],
  ): number {
    return this.raw(KIND.datasec, name, size, variables.flat(), variables.length);
  }

  /** The blob. `patch` may damage the header; `extra` bytes lengthen it (a newer kernel's fields). */
  bytes(patch?: (header: DataView) => void, extra: Uint8Array = new Uint8Array(0)): Uint8Array {
    const text = Buffer.from(this.#text, 'latin1');
    const header = 24 + extra.length;
    const typeBytes = this.#words.length * 4;
    const blob = new Uint8Array(header + typeBytes + text.length);
    const view = new DataView(blob.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    [header, 0, typeBytes, typeBytes, text.length].forEach((value, i) => {
      view.setUint32(4 + i * 4, value, true);
    });
    blob.set(extra, 24);
    this.#words.forEach((word, i) => {
      view.setUint32(header + i * 4, word >>> 0, true);
    });
    blob.set(text, header + typeBytes);
    patch?.(view);
    return blob;
  }

  #members(kind: number, name: string, size: number, members: readonly BuilderMember[]): number {
    const flag = members.some((member) => member.bits !== undefined);
    const words = members.flatMap((member) => [
      this.name(member.name),
      member.type,
      flag ? ((member.bits ?? 0) << 24) | member.at : member.at,
    ]);
    return this.raw(kind, name, size, words, members.length, flag);
  }
}
