import { CrashError } from '../base/errors.ts';
import { type Btf, openBtf } from './btf.ts';
import type { BtfSource } from './btf-blob.ts';
import { TypeTable } from './type-table.ts';
import type { CType, EnumType, NamedType, Types } from './types.ts';

/** The split BTF of one module: its name, and the bytes of struct btf.data. */
export interface ModuleBtf {
  readonly module: string;
  readonly content: Uint8Array | BtfSource;
}

interface OpenModule {
  readonly module: string;
  readonly btf: Btf;
  readonly firstId: number;
  readonly end: number;
}

/**
 * The kernel's types and those of its modules as one table: names are looked up in the kernel first, then in the
 * modules in order, which are opened when the kernel does not have the name. The numbers of a module's types follow
 * those of the modules opened before it.
 *
 * For names that a user types: an unknown name costs reading the types of every module. Code that asks which shape this
 * kernel has uses the kernel's own table.
 */
export class TypeChain extends TypeTable {
  readonly #kernel: Btf;
  readonly #list: () => Iterable<ModuleBtf>;
  #modules: OpenModule[] | undefined;
  /** Modules whose types could not be opened, with the reason. */
  readonly problems: { readonly module: string; readonly reason: string }[] = [];

  constructor(kernel: Btf, modules: () => Iterable<ModuleBtf>) {
    super(kernel.pointerSize);
    this.#kernel = kernel;
    this.#list = modules;
  }

  get lost(): string | undefined {
    return this.#kernel.lost;
  }

  get count(): number {
    return this.#opened().at(-1)?.end ?? this.#kernel.count;
  }

  get(id: number): CType {
    // Numbers of modules exist only after their modules were opened.
    const owner = this.#modules?.find(({ firstId, end }) => id >= firstId && id < end);
    return (owner?.btf ?? this.#kernel).get(id);
  }

  find(kind: Parameters<Types['find']>[0], name: string): CType | undefined {
    const found = this.#kernel.find(kind, name);
    if (found !== undefined && found.kind !== 'fwd') return found;
    let forward = found;
    for (const { btf } of this.#opened()) {
      const own = btf.findOwn(kind, name);
      if (own !== undefined && own.kind !== 'fwd') return own;
      forward ??= own;
    }
    return forward;
  }

  enumWith(enumerator: string): EnumType | undefined {
    const found = this.#kernel.enumWith(enumerator);
    if (found !== undefined) return found;
    for (const { btf } of this.#opened()) {
      const own = btf.enumWithOwn(enumerator);
      if (own !== undefined) return own;
    }
    return undefined;
  }

  *names(): Generator<NamedType> {
    yield* this.#kernel.names();
    for (const { btf } of this.#opened()) yield* btf.ownNames();
  }

  /** The types as one module sees them: its own before the kernel's. */
  module(name: string): Types | undefined {
    return this.#opened().find(({ module }) => module === name)?.btf;
  }

  #opened(): readonly OpenModule[] {
    if (this.#modules !== undefined) return this.#modules;
    const modules: OpenModule[] = [];
    // Set first: listing the modules of a dump looks types up itself.
    this.#modules = modules;
    let firstId = this.#kernel.count;
    // The list itself may end early, at a page that is not in the dump: the kernel's types, and those of the modules
    // before it, stay valid.
    this.#tolerating('the list of modules', () => {
      for (const { module, content } of this.#list()) {
        this.#tolerating(module, () => {
          const btf = openBtf(content, this.#kernel, { firstId });
          modules.push({ module, btf, firstId, end: btf.count });
          firstId = btf.count;
        });
      }
    });
    this.forgetLookups();
    return modules;
  }

  /** Runs `open`, and records a fault of the dump as a problem. */
  #tolerating(module: string, open: () => void): void {
    try {
      open();
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      this.problems.push({ module, reason: error.message });
    }
  }
}
