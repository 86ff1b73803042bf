import type { CNode, CStruct, Declarations } from './declarations.ts';

/**
 * Writes declarations as BTF (Documentation/bpf/btf.rst, include/uapi/linux/btf.h): the header, one record a type,
 * and the strings. Numbers of types follow from the order of declaration, so equal declarations give equal bytes.
 */

const MAGIC = 0xeb9f;
const HEADER = 24;
const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  proto: 13,
  variable: 14,
  datasec: 15,
};

/** One type by hand: words after struct btf_type, for tests and for hostile blobs. */
export interface BtfRecord {
  readonly name: string;
  readonly kind: number;
  readonly count?: number;
  readonly flag?: boolean;
  /** Size, or number of the type that this one refers to. */
  readonly sizeOrType: number;
  /** A string stands for its offset in the string section. */
  readonly words?: readonly (number | string)[];
}

/** A blob of types written by hand; the first is number 1. `patch` may damage the header. */
export function btfBlob(
  records: readonly BtfRecord[],
  patch?: (header: DataView) => void,
): Uint8Array {
  const strings = new Strings();
  const words: number[] = [];
  for (const record of records) {
    const info = (((record.flag ? 0x80 : 0) | record.kind) << 24) | (record.count ?? 0);
    words.push(strings.add(record.name), info >>> 0, record.sizeOrType >>> 0);
    for (const word of record.words ?? [])
      words.push(typeof word === 'string' ? strings.add(word) : word >>> 0);
  }
  const text = strings.bytes();
  const blob = new Uint8Array(HEADER + words.length * 4 + text.length);
  const view = new DataView(blob.buffer);
  view.setUint16(0, MAGIC, true);
  view.setUint8(2, 1);
  for (const [i, value] of [HEADER, 0, words.length * 4, words.length * 4, text.length].entries()) {
    view.setUint32(4 + i * 4, value, true);
  }
  for (const [i, word] of words.entries()) view.setUint32(HEADER + i * 4, word, true);
  blob.set(text, HEADER + words.length * 4);
  patch?.(view);
  return blob;
}

/** A variable of the section of per-CPU data. */
export interface PerCpuVariable {
  readonly name: string;
  readonly type: CNode;
  readonly offset: number;
  readonly size: number;
}

/** Everything that is declared, what it refers to, and the per-CPU variables. */
export function btfOf(
  declarations: Declarations,
  variables: readonly PerCpuVariable[] = [],
): Uint8Array {
  const writer = new BtfWriter();
  for (const node of declarations.structs.values()) writer.number(node);
  for (const node of declarations.enums.values()) writer.number(node);
  for (const node of declarations.typedefs.values()) writer.number(node);
  for (const { type } of variables) writer.number(type);
  const records = writer.records();
  const first = records.length + 1;
  for (const { name, type } of variables) {
    records.push({ name, kind: KIND.variable, sizeOrType: writer.number(type), words: [GLOBAL] });
  }
  if (variables.length > 0) {
    const words = variables.flatMap(({ offset, size }, i) => [first + i, offset, size]);
    const size = Math.max(...variables.map((variable) => variable.offset + variable.size));
    const count = variables.length;
    records.push({ name: '.data..percpu', kind: KIND.datasec, count, sizeOrType: size, words });
  }
  return btfBlob(records);
}

/** BTF_VAR_GLOBAL_ALLOCATED. */
const GLOBAL = 1;

class Strings {
  readonly #offsets = new Map<string, number>([['', 0]]);
  readonly #parts: string[] = ['\0'];
  #length = 1;

  add(text: string): number {
    let offset = this.#offsets.get(text);
    if (offset === undefined) {
      offset = this.#length;
      this.#offsets.set(text, offset);
      this.#parts.push(`${text}\0`);
      this.#length += text.length + 1;
    }
    return offset;
  }
  bytes(): Uint8Array {
    return Buffer.from(this.#parts.join(''), 'latin1');
  }
}

class BtfWriter {
  /** Numbers by identity, and by meaning for types without a name: pointers and arrays of the same are one. */
  readonly #numbers = new Map<CNode, number>();
  readonly #meanings = new Map<string, number>();
  readonly #nodes: CNode[] = [];

  number(node: CNode): number {
    if (node.kind === 'void') return 0;
    const known = this.#numbers.get(node);
    if (known !== undefined) return known;
    const meaning = this.#meaning(node);
    const same = meaning === undefined ? undefined : this.#meanings.get(meaning);
    if (same !== undefined) {
      this.#numbers.set(node, same);
      return same;
    }
    const number = this.#nodes.push(node);
    this.#numbers.set(node, number);
    if (meaning !== undefined) this.#meanings.set(meaning, number);
    return number;
  }

  #meaning(node: CNode): string | undefined {
    if (node.kind === 'pointer') return `*${this.number(node.target)}`;
    if (node.kind === 'array') return `[${node.count}]${this.number(node.element)}`;
    if (node.kind === 'int') return node.name;
    return node.kind === 'function' ? 'function' : undefined;
  }

  /** Writing a record may number more types, which then are written too. */
  records(): BtfRecord[] {
    const records: BtfRecord[] = [];
    for (let i = 0; i < this.#nodes.length; i++)
      records.push(this.#record(this.#nodes[i] as CNode));
    return records;
  }

  #record(node: CNode): BtfRecord {
    switch (node.kind) {
      case 'int': {
        const encoding = (node.signed && node.name !== 'char' ? 1 : 0) | (node.bool ? 4 : 0);
        return {
          name: node.name,
          kind: KIND.int,
          sizeOrType: node.size,
          words: [(encoding << 24) | (node.size * 8)],
        };
      }
      case 'pointer':
        return { name: '', kind: KIND.pointer, sizeOrType: this.number(node.target) };
      case 'array': {
        const index = this.number({
          kind: 'int',
          name: 'long unsigned int',
          size: 8,
          signed: false,
          bool: false,
        });
        return {
          name: '',
          kind: KIND.array,
          sizeOrType: 0,
          words: [this.number(node.element), index, node.count],
        };
      }
      case 'function':
        return { name: '', kind: KIND.proto, sizeOrType: 0 };
      case 'typedef':
        return { name: node.name, kind: KIND.typedef, sizeOrType: this.number(node.target) };
      case 'enum': {
        const flag = node.values.some(({ value }) => value < 0n);
        const words = node.values.flatMap(({ name, value }) => [
          name,
          Number(BigInt.asUintN(32, value)),
        ]);
        return {
          name: node.name,
          kind: KIND.enum,
          count: node.values.length,
          flag,
          sizeOrType: node.size,
          words,
        };
      }
      case 'struct':
      case 'union':
        return this.#struct(node);
      default:
        throw new Error('void has no record');
    }
  }

  #struct(node: CStruct): BtfRecord {
    if (!node.declared) {
      return { name: node.name, kind: KIND.forward, flag: node.kind === 'union', sizeOrType: 0 };
    }
    const flag = node.members.some(({ bits }) => bits > 0);
    const words = node.members.flatMap(({ name, type, offset, bit, bits }) => [
      name,
      this.number(type),
      flag ? (bits << 24) | (offset * 8 + bit) : offset * 8,
    ]);
    const kind = node.kind === 'struct' ? KIND.struct : KIND.union;
    return {
      name: node.name,
      kind,
      count: node.members.length,
      flag,
      sizeOrType: node.size,
      words,
    };
  }
}
