import { CrashError } from '../../base/errors.ts';
import { type Tracer, type TraceTopic, traced } from '../../base/tracer.ts';
import type { ModuleSymbols } from '../../symbols/modules.ts';
import type { KernelTable } from '../../symbols/types.ts';
import type { ModuleBtf } from '../../types/chain.ts';
import type { Types } from '../../types/types.ts';

/** One possible source of a fact about the kernel. */
export interface Finder<T> {
  /** As a user sees it in `help -o` and with `TSCRASH_DEBUG`: `kallsyms`, `system-map`, `btf`. */
  readonly name: string;
  /** The file that it reads; absent for a source inside the dump. */
  readonly path?: string;
  /** Undefined when the source is absent. Throws CrashError when it is there and cannot be used. */
  open(): T | undefined;
}

/** The result of each kind of source. */
interface Found {
  /** The kernel's own symbols. */
  symbols: KernelTable;
  moduleSymbols: readonly ModuleSymbols[];
  /** The types that the kernel itself was built with. */
  types: Types;
  /** The types of modules, for names that the kernel's own types do not have. */
  moduleTypes: Iterable<ModuleBtf>;
}
/** Kinds of sources. */
export type SourceKind = keyof Found;
/** The finders of each kind, in the order in which they are asked. */
export type SourceLists = { readonly [K in SourceKind]: readonly Finder<Found[K]>[] };

/** One finder as `help -o` shows it. */
export interface SourceRow {
  readonly kind: SourceKind;
  readonly finder: string;
  readonly path: string | undefined;
  /** `in use`, `nothing here`, `not asked yet`, or why it cannot be used. */
  readonly outcome: string;
}

const TOPIC: Record<SourceKind, TraceTopic> = {
  symbols: 'symbols',
  moduleSymbols: 'symbols',
  types: 'types',
  moduleTypes: 'types',
};

/** Where symbols and types come from: named finders in an explicit order. */
export class Sources {
  readonly #lists: SourceLists;
  readonly #tracer: Tracer;
  readonly #outcomes = new Map<Finder<unknown>, string>();

  constructor(lists: SourceLists, tracer: Tracer) {
    this.#lists = lists;
    this.#tracer = tracer;
  }

  /**
   * The result of the first finder of a kind that has one. A finder that fails is skipped; when none succeeds, the
   * error of the last that failed is thrown. Undefined when all sources are absent.
   */
  first<K extends SourceKind>(kind: K): Found[K] | undefined {
    let failure: CrashError | undefined;
    for (const finder of this.#lists[kind]) {
      try {
        const found = traced(
          this.#tracer,
          TOPIC[kind],
          finder.path === undefined ? finder.name : `${finder.name} ${finder.path}`,
          () => finder.open(),
          (result) => (result === undefined ? 'nothing here' : 'in use'),
        );
        this.#outcomes.set(finder, found === undefined ? 'nothing here' : 'in use');
        if (found !== undefined) return found;
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
        failure = error;
        this.#outcomes.set(finder, error.message);
      }
    }
    if (failure) throw failure;
    return undefined;
  }

  /** One row for each finder, in the order in which they are asked. */
  rows(): readonly SourceRow[] {
    return (Object.keys(TOPIC) as SourceKind[]).flatMap((kind) =>
      this.#lists[kind].map((finder) => ({
        kind,
        finder: finder.name,
        path: finder.path,
        outcome: this.#outcomes.get(finder) ?? 'not asked yet',
      })),
    );
  }
}
