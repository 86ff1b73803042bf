import type { CNode } from './declarations.ts';
import { sizeOf } from './declarations.ts';
import { wordBytes } from './ram.ts';
import { type KernelTypes, type Place, strip } from './types.ts';

/** What a member can be given: a number, text (char arrays), bytes, an object's address, or a list for an array. */
export type Value =
  | bigint
  | number
  | boolean
  | string
  | Uint8Array
  | KernelThing
  | readonly Value[];
/** Members by path: `{ pid: 1, 'thread.sp': sp, 'node[0]': address }`. */
export type Values = Readonly<Record<string, Value>>;

/** Kernel memory that can be written by virtual address. */
export interface WritableMemory {
  readonly types: KernelTypes;
  write(address: bigint, bytes: Uint8Array): void;
  read(address: bigint, length: number): Uint8Array;
}

/** A structure of the image: its type and address, and members to set. */
export class KernelThing {
  readonly memory: WritableMemory;
  readonly type: string;
  readonly address: bigint;

  constructor(memory: WritableMemory, type: string, address: bigint) {
    this.memory = memory;
    this.type = type;
    this.address = address;
  }

  get size(): number {
    return this.memory.types.sizeof(this.type);
  }
  has(path: string): boolean {
    return this.memory.types.findPlace(this.type, path) !== undefined;
  }
  /** Address of a member. */
  at(path: string): bigint {
    return this.address + BigInt(this.memory.types.offset(this.type, path));
  }
  /** Sets members; throws Error for one that the kernel's type has not. */
  set(values: Values): this {
    for (const [path, value] of Object.entries(values)) this.#put(path, value);
    return this;
  }
  /** Sets those members that the kernel's type has: for what came or went between kernels. */
  setKnown(values: Values): this {
    for (const [path, value] of Object.entries(values)) if (this.has(path)) this.#put(path, value);
    return this;
  }
  /** An integer or pointer member's value, unsigned. */
  get(path: string): bigint {
    const place = this.memory.types.place(this.type, path);
    const bytes = this.memory.read(
      this.address + BigInt(place.offset),
      Math.min(8, sizeOf(place.type)),
    );
    return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  }

  #put(path: string, value: Value): void {
    const place = this.memory.types.place(this.type, path);
    const at = this.address + BigInt(place.offset);
    if (place.bits > 0) this.#putBits(at, place, value);
    else this.memory.write(at, encode(place.type, value, `${this.type}.${path}`));
  }

  #putBits(at: bigint, { bit, bits, type }: Place, value: Value): void {
    const size = sizeOf(type);
    const old = this.memory
      .read(at, size)
      .reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const mask = ((1n << BigInt(bits)) - 1n) << BigInt(bit);
    const shifted = (BigInt(value as number) << BigInt(bit)) & mask;
    this.memory.write(at, wordBytes((old & ~mask) | shifted, size));
  }
}

/** The bytes of a value as a type; `what` names it in an error. */
export function encode(type: CNode, value: Value, what: string): Uint8Array {
  const real = strip(type);
  const size = sizeOf(real);
  if (value instanceof Uint8Array) return fitting(value, size, what);
  if (typeof value === 'string') return fitting(Buffer.from(value, 'latin1'), size, what);
  if (value instanceof KernelThing) return wordBytes(value.address, scalar(size));
  if (Array.isArray(value)) {
    if (real.kind !== 'array') throw new Error(`${what} is no array`);
    const element = real.element;
    return Buffer.concat((value as readonly Value[]).map((item) => encode(element, item, what)));
  }
  // A wrapper (atomic_t, kuid_t, refcount_t) takes a number as its first word.
  return wordBytes(
    typeof value === 'boolean' ? Number(value) : (value as bigint | number),
    scalar(size),
  );
}

const scalar = (size: number): number => (size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1);

function fitting(bytes: Uint8Array, size: number, what: string): Uint8Array {
  if (bytes.length > size)
    throw new Error(`${bytes.length} bytes do not fit ${what}, which has ${size}`);
  return bytes;
}
