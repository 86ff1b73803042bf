/**
 * A small reader of C declarations with places, in which layouts of kernels are written down:
 *
 *     struct list_head { struct list_head *next, *prev; };
 *     struct task_struct {
 *       struct thread_info thread_info;        placed as a C compiler would
 *       @1816 struct mm_struct *mm;            placed by hand, in bytes: members between may be left out
 *       @52.3 unsigned int frozen:1;           a bit field: byte and bit
 *     } @9728;                                 its size, where that is not what follows from the members
 *     enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };
 *     typedef unsigned int gfp_t;
 *
 * Structs that are only ever pointed to need no declaration. Several files of declarations make one world.
 */

export type CNode =
  | { readonly kind: 'void' }
  | {
      readonly kind: 'int';
      readonly name: string;
      readonly size: number;
      readonly signed: boolean;
      readonly bool: boolean;
      /** i386 aligns eight bytes to four. */
      readonly align?: number;
    }
  | { readonly kind: 'pointer'; readonly target: CNode; readonly size?: 4 | 8 }
  | { readonly kind: 'array'; readonly element: CNode; readonly count: number }
  | { readonly kind: 'function' }
  | { readonly kind: 'typedef'; readonly name: string; readonly target: CNode }
  | CEnum
  | CStruct;

export interface CEnum {
  readonly kind: 'enum';
  readonly name: string;
  size: number;
  readonly values: { name: string; value: bigint }[];
}

/** A struct or union. `declared` is false until its members are known: then it is only ever pointed to. */
export interface CStruct {
  readonly kind: 'struct' | 'union';
  readonly name: string;
  declared: boolean;
  size: number;
  align: number;
  readonly members: CMember[];
}

export interface CMember {
  /** '' for an anonymous struct or union. */
  readonly name: string;
  readonly type: CNode;
  readonly offset: number;
  /** First bit within the byte at `offset`, and width; 0 for whole members. */
  readonly bit: number;
  readonly bits: number;
}

const INTS: Readonly<Record<string, readonly [size: number, signed: boolean]>> = {
  char: [1, true],
  'signed char': [1, true],
  'unsigned char': [1, false],
  _Bool: [1, false],
  'short int': [2, true],
  'short unsigned int': [2, false],
  int: [4, true],
  'unsigned int': [4, false],
  'long int': [8, true],
  'long unsigned int': [8, false],
  'long long int': [8, true],
  'long long unsigned int': [8, false],
};
const BASE_WORDS = new Set(['char', 'int', 'short', 'long', 'unsigned', 'signed', '_Bool', 'bool']);

/** What is declared: types by name. Feed it texts with {@link Declarations.parse}. */
export class Declarations {
  /** `struct x`, `union x` by tag. */
  readonly structs = new Map<string, CStruct>();
  readonly enums = new Map<string, CEnum>();
  readonly typedefs = new Map<string, CNode & { kind: 'typedef' }>();
  /** Bytes of a pointer and of a long. */
  readonly pointerSize: 4 | 8;
  readonly #ints = new Map<string, CNode>();
  #tokens: string[] = [];
  #at = 0;

  constructor(pointerSize: 4 | 8 = 8) {
    this.pointerSize = pointerSize;
  }

  /** Adds declarations. Throws Error with the words around a mistake. */
  parse(text: string): this {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\/\/.*$/gm, ' ');
    this.#tokens = code.match(/\w+|@|[{}[\]();:,*=.-]|\S/g) ?? [];
    this.#at = 0;
    while (this.#at < this.#tokens.length) this.#declaration();
    return this;
  }

  /** The type of a C name: `struct list_head *`, `int`, `char [16]`. */
  type(text: string): CNode {
    this.#tokens = text.match(/\w+|[[\]*()]/g) ?? [];
    this.#at = 0;
    const base = this.#base();
    return this.#declarator(base).type;
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }
  #next(): string {
    return this.#tokens[this.#at++] ?? '';
  }
  #expect(token: string): void {
    if (this.#next() === token) return;
    const near = this.#tokens.slice(Math.max(0, this.#at - 12), this.#at + 3).join(' ');
    throw new Error(`declarations: "${token}" expected near: ${near}`);
  }
  #take(token: string): boolean {
    if (this.#peek() !== token) return false;
    this.#at++;
    return true;
  }
  #number(): number {
    const negative = this.#take('-');
    const value = Number(this.#next());
    if (!Number.isFinite(value)) this.#expect('a number');
    return negative ? -value : value;
  }

  #declaration(): void {
    const isTypedef = this.#take('typedef');
    const base = this.#base();
    if (isTypedef) {
      const { name, type } = this.#declarator(base);
      this.typedefs.set(name, { kind: 'typedef', name, target: type });
    }
    this.#expect(';');
  }

  #base(): CNode {
    while (this.#take('const') || this.#take('volatile'));
    const word = this.#next();
    if (word === 'void') return { kind: 'void' };
    if (word === 'struct' || word === 'union') return this.#struct(word);
    if (word === 'enum') return this.#enum();
    if (!BASE_WORDS.has(word)) {
      const known = this.typedefs.get(word);
      if (!known) throw new Error(`declarations: no type is called ${word}`);
      return known;
    }
    const words = [word];
    while (BASE_WORDS.has(this.#peek())) words.push(this.#next());
    return this.#int(intName(words));
  }

  #int(name: string): CNode {
    let node = this.#ints.get(name);
    if (!node) {
      const [usual, signed] = INTS[name] ?? [4, true];
      const { pointerSize } = this;
      const size = /^long (unsigned )?int$/.test(name) ? pointerSize : usual;
      const align = Math.min(size, pointerSize);
      node = { kind: 'int', name, size, signed, bool: name === '_Bool', align };
      this.#ints.set(name, node);
    }
    return node;
  }

  #struct(kind: 'struct' | 'union'): CStruct {
    const name = /^\w/.test(this.#peek()) ? this.#next() : '';
    let node = name === '' ? undefined : this.structs.get(name);
    if (!node) {
      node = { kind, name, declared: false, size: 0, align: 1, members: [] };
      if (name !== '') this.structs.set(name, node);
    }
    if (this.#take('{')) this.#body(node);
    return node;
  }

  #body(node: CStruct): void {
    let end = 0;
    let align = 1;
    node.members.length = 0;
    while (!this.#take('}')) {
      const place = this.#take('@')
        ? { byte: this.#number(), bit: this.#take('.') ? this.#number() : 0 }
        : undefined;
      const base = this.#base();
      let first = true;
      do {
        const { name, type } =
          this.#peek() === ';' ? { name: '', type: base } : this.#declarator(base);
        const bits = this.#take(':') ? this.#number() : 0;
        const natural = alignOf(type);
        align = Math.max(align, natural);
        const next = node.kind === 'union' ? 0 : Math.ceil(end / natural) * natural;
        const offset = place && first ? place.byte : next;
        node.members.push({ name, type, offset, bit: place?.bit ?? 0, bits });
        end = Math.max(end, offset + sizeOf(type));
        first = false;
      } while (this.#take(','));
      this.#expect(';');
    }
    node.declared = true;
    node.align = align;
    node.size = this.#take('@') ? this.#number() : Math.ceil(end / align) * align;
  }

  #enum(): CEnum {
    const name = /^\w/.test(this.#peek()) ? this.#next() : '';
    const node: CEnum = this.enums.get(name) ?? { kind: 'enum', name, size: 4, values: [] };
    if (name !== '') this.enums.set(name, node);
    // One without a name is there for its values.
    else this.enums.set(`#${this.enums.size}`, node);
    if (!this.#take('{')) return node;
    node.values.length = 0;
    let value = 0n;
    while (!this.#take('}')) {
      const word = this.#next();
      if (this.#take('=')) value = BigInt(this.#number());
      node.values.push({ name: word, value });
      value++;
      if (!this.#take(',')) {
        this.#expect('}');
        break;
      }
    }
    if (this.#take('@')) node.size = this.#number();
    return node;
  }

  /** `*name[2][3]`, `(*name)(void)`, `(*name)[4]`. */
  #declarator(base: CNode): { name: string; type: CNode } {
    let type = base;
    const pointerTo = (target: CNode): CNode => ({
      kind: 'pointer',
      target,
      size: this.pointerSize,
    });
    while (this.#take('*')) type = pointerTo(type);
    if (this.#take('(')) {
      let stars = 0;
      while (this.#take('*')) stars++;
      const name = /^\w/.test(this.#peek()) ? this.#next() : '';
      const outer = this.#dimensions();
      this.#expect(')');
      if (this.#take('(')) {
        while (!this.#take(')')) this.#next();
        type = { kind: 'function' };
      } else type = arrayOf(type, this.#dimensions());
      for (let i = 0; i < stars; i++) type = pointerTo(type);
      return { name, type: arrayOf(type, outer) };
    }
    const name = /^\w/.test(this.#peek()) ? this.#next() : '';
    return { name, type: arrayOf(type, this.#dimensions()) };
  }

  #dimensions(): number[] {
    const counts: number[] = [];
    while (this.#take('[')) {
      counts.push(this.#peek() === ']' ? 0 : this.#number());
      this.#expect(']');
    }
    return counts;
  }
}

const arrayOf = (type: CNode, counts: readonly number[]): CNode =>
  counts.reduceRight<CNode>((element, count) => ({ kind: 'array', element, count }), type);

/** The compiler's name of an integer type, as BTF has it, from words in any order. */
function intName(words: readonly string[]): string {
  const has = (word: string) => words.includes(word);
  if (has('_Bool') || has('bool')) return '_Bool';
  if (has('char'))
    return has('unsigned') ? 'unsigned char' : has('signed') ? 'signed char' : 'char';
  const longs = words.filter((word) => word === 'long').length;
  const size = has('short') ? 'short ' : 'long '.repeat(longs);
  return `${size}${has('unsigned') ? 'unsigned ' : ''}int`;
}

/** Bytes of a type. Throws Error for a struct that was never declared. */
export function sizeOf(type: CNode): number {
  switch (type.kind) {
    case 'void':
    case 'function':
      return 1;
    case 'pointer':
      return type.size ?? 8;
    case 'array':
      return type.count === 0 ? 0 : type.count * sizeOf(type.element);
    case 'typedef':
      return sizeOf(type.target);
    case 'struct':
    case 'union':
      if (!type.declared)
        throw new Error(`declarations: the size of ${type.kind} ${type.name} is not known`);
      return type.size;
    default:
      return type.size;
  }
}

function alignOf(type: CNode): number {
  if (type.kind === 'array') return alignOf(type.element);
  if (type.kind === 'typedef') return alignOf(type.target);
  if (type.kind === 'struct' || type.kind === 'union') return type.align;
  return (type.kind === 'int' && type.align) || Math.min(8, sizeOf(type));
}
