import { PAGE, type Ram } from './ram.ts';

/** Bits of an x86_64 page-table entry (arch/x86/include/asm/pgtable_types.h). */
export const PTE = {
  present: 1n << 0n,
  rw: 1n << 1n,
  user: 1n << 2n,
  accessed: 1n << 5n,
  dirty: 1n << 6n,
  large: 1n << 7n,
  global: 1n << 8n,
  nx: 1n << 63n,
} as const;

const TABLE = PTE.present | PTE.rw | PTE.accessed | PTE.dirty;
/** An entry for a table that lets the user through: 0x67. */
export const TABLE_OF_USER = TABLE | PTE.user;
/** Flags of the kernel's own pages, and of a program's. */
export const KERNEL_DATA = TABLE | PTE.global | PTE.nx;
export const KERNEL_TEXT = PTE.present | PTE.accessed | PTE.global;
export const USER_DATA = TABLE | PTE.user | PTE.nx;
export const USER_TEXT = PTE.present | PTE.accessed | PTE.user;
const ADDRESS = 0x000f_ffff_ffff_f000n;

export type PageSize = 4096 | 0x20_0000 | 0x4000_0000;

/** Level of a table by how many address bits one of its entries covers. */
export const SHIFT = { pgd5: 48, pgd: 39, p4d: 39, pud: 30, pmd: 21, pte: 12 } as const;

/**
 * The page tables of one address space, in RAM. Mappings are made page by page of any size, and any entry of any
 * level can be written as it is: entries that point to themselves, to nowhere, to reserved bits.
 */
export class PageTables {
  readonly ram: Ram;
  /** Physical address of the top table. */
  readonly root: number;
  readonly levels: 4 | 5;

  constructor(ram: Ram, levels: 4 | 5, root?: number) {
    this.ram = ram;
    this.levels = levels;
    this.root = root ?? ram.allocate(1) * PAGE;
  }

  /** Maps `length` bytes with pages of `size`. `flags` are a leaf's, as {@link KERNEL_DATA}. */
  map(
    virtual: bigint,
    physical: number,
    length: number,
    flags: bigint,
    size: PageSize = 4096,
  ): void {
    const shift = size === 4096 ? SHIFT.pte : size === 0x20_0000 ? SHIFT.pmd : SHIFT.pud;
    const leaf = size === 4096 ? flags : flags | PTE.large;
    for (let done = 0; done < length; done += size) {
      this.setEntry(virtual + BigInt(done), shift, BigInt(physical + done) | leaf);
    }
  }

  /** Writes the entry for an address at the level of `shift` as it is, making the tables above it. */
  setEntry(virtual: bigint, shift: number, entry: bigint): void {
    this.ram.setU64(this.#entryAddress(virtual, shift, true), entry);
  }

  /** The entry for an address at a level; 0n when there is no table. */
  entry(virtual: bigint, shift: number): bigint {
    const at = this.#entryAddress(virtual, shift, false);
    return at < 0 ? 0n : this.ram.u64(at);
  }

  /** Physical address of an entry, making the tables above it. */
  entryAddress(virtual: bigint, shift: number): number {
    return this.#entryAddress(virtual, shift, true);
  }

  /** The physical address behind a virtual one, walked as the processor does; undefined when not mapped. */
  translate(virtual: bigint): number | undefined {
    // Halves of words: every byte of a stack that is written comes by here.
    const high = Number((virtual >> 32n) & 0xffffffffn);
    const low = Number(virtual & 0xffffffffn);
    let table = this.root;
    for (let shift = this.levels === 5 ? 48 : 39; shift >= 12; shift -= 9) {
      const index = shift >= 32 ? high >>> (shift - 32) : (high << (32 - shift)) | (low >>> shift);
      const place = table + (index & 0x1ff) * 8;
      const entry = this.ram.u32(place);
      if ((entry & 1) === 0) return undefined;
      const frame = (this.ram.u32(place + 4) & 0xfffff) * 2 ** 32 + ((entry & ~0xfff) >>> 0);
      if (shift === 12 || (shift <= 30 && (entry & 0x80) !== 0)) {
        const size = 2 ** shift;
        return frame - (frame % size) + (low % size);
      }
      table = frame;
    }
    return undefined;
  }

  #entryAddress(virtual: bigint, shift: number, make: boolean): number {
    let table = this.root;
    for (let at = this.levels === 5 ? 48 : 39; at > shift; at -= 9) {
      const place = table + indexAt(virtual, at) * 8;
      let entry = this.ram.u64(place);
      if ((entry & PTE.present) === 0n) {
        if (!make) return -1;
        // Tables below a user address let the user through; the leaves decide.
        const user = virtual >> 63n === 0n ? PTE.user : 0n;
        entry = BigInt(this.ram.allocate(1) * PAGE) | TABLE | user;
        this.ram.setU64(place, entry);
      }
      table = Number(entry & ADDRESS);
    }
    return table + indexAt(virtual, shift) * 8;
  }
}

const indexAt = (virtual: bigint, shift: number): number =>
  Number((virtual >> BigInt(shift)) & 0x1ffn);
