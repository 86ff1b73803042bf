import type { Arch } from '../../arch/types.ts';
import { type PAddr, pa, type VAddr } from '../../base/address.ts';
import { CrashError, LostError, MissingError, ReadError } from '../../base/errors.ts';
import { Interrupted } from '../../base/interruption.ts';
import type { Tracer } from '../../base/tracer.ts';
import type { DumpFacts } from '../../dump/types.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import type { Memory } from '../../memory/memory.ts';
import { NOT_A_VARIABLE } from '../../symbols/image-shift.ts';
import type { KernelSymbols } from '../../symbols/table.ts';
import type { Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import type { MemberPath, Types } from '../../types/types.ts';
import type { KernelArch } from '../arch/types.ts';
import { DebugData } from './debug-data.ts';
import { conventionalTypes, GLOBALS, typesByName } from './globals/index.ts';
import type { GlobalTypes } from './globals/types.ts';
import { Losses, LossLog } from './losses.ts';
import { type Layout, MemberCache } from './member-cache.ts';
import { KernelObject } from './object.ts';
import { type SourceLists, Sources } from './sources.ts';

/** What can be hidden of a dump. */
export const HIDDEN_PARTS = ['btf', 'orc'] as const;
export type HiddenPart = (typeof HIDDEN_PARTS)[number];

/** The parts of a target, and how they are opened at first use. */
export interface TargetParts {
  readonly memory: Memory;
  readonly vmcoreinfo: Vmcoreinfo;
  readonly machine: KernelArch<Target>;
  /** Finders of symbols and types. */
  sources(target: Target): SourceLists;
  readonly tracer: Tracer;
  /** Debugging data given with the dump. */
  readonly debug?: DebugData;
  /** Parts of the dump that are not to be used: see {@link Target.without}. */
  readonly without?: ReadonlySet<HiddenPart>;
  openSymbols(target: Target): KernelSymbols;
  openTypes(target: Target): Types;
  openAllTypes(target: Target): Types;
  /** Sentences for the banner: what is missing from this dump. */
  readonly warnings: string[];
  /** Sentences for the banner: worth knowing, but not a fault. */
  readonly notes?: readonly string[];
}

/** What {@link Target.memo} keeps: a result or an error, and what the making of it left out. */
type Kept<T> = ({ readonly value: T } | { readonly error: unknown }) & { readonly lost: LossLog };

/** A target seen by one session. */
interface View {
  readonly base: Target;
  readonly results: ReadonlyMap<unknown, unknown>;
}

/**
 * A dead kernel: memory, symbols, types and typed objects. Each is opened at first use and kept. Opening symbols or
 * types throws MissingError or CorruptError when the dump does not have them; the same error is thrown again at each
 * use.
 */
export class Target {
  readonly memory: Memory;
  /** The processor, in this kernel's paging mode. */
  readonly arch: Arch;
  /** The kernel's own rules on that processor. */
  readonly machine: KernelArch<Target>;
  /** Bytes of a page of this kernel: PAGE_SIZE. */
  readonly pageSize: number;
  readonly vmcoreinfo: Vmcoreinfo;
  readonly warnings: string[];
  readonly notes: readonly string[];
  readonly tracer: Tracer;
  /** Parts of the dump that are hidden, to see what the debugging data alone say (`TSCRASH_WITHOUT`). */
  readonly without: ReadonlySet<HiddenPart>;
  /** Debugging data of the kernel and of its modules; empty where no file was given. */
  readonly debug: DebugData;
  /** Where readers report what they leave out of an answer. */
  readonly losses: Losses;
  readonly #parts: TargetParts;
  readonly #pageShift: bigint;
  readonly #view: View | undefined;
  readonly #memo = new Map<unknown, unknown>();
  /** Symbols whose address could not be read, with the reason. */
  readonly #unread = new Map<string, string>();
  readonly #members: MemberCache;

  constructor(parts: TargetParts, view?: View) {
    this.#view = view;
    this.#parts = parts;
    this.losses = view?.base.losses ?? new Losses();
    this.#members = view ? view.base.#members : new MemberCache(() => this.types);
    this.memory = parts.memory;
    this.arch = parts.memory.arch;
    this.machine = parts.machine;
    this.pageSize = parts.memory.kernel.pageSize;
    this.#pageShift = BigInt(this.arch.pageShift);
    this.vmcoreinfo = parts.vmcoreinfo;
    this.warnings = parts.warnings;
    this.notes = parts.notes ?? [];
    this.tracer = parts.tracer;
    this.without = parts.without ?? new Set();
    this.debug = view?.base.debug ?? parts.debug ?? new DebugData(undefined);
  }

  get facts(): DumpFacts {
    return this.memory.facts;
  }
  get kernel(): AddressSpace {
    return this.memory.kernel;
  }

  /** PHYS_PFN: the number of the page that a physical address (or any count of bytes) lies in. */
  pfnOf(physical: bigint): number {
    return Number(physical >> this.#pageShift);
  }
  /** PFN_PHYS: the physical address of a page frame. */
  pfnAddress(pfn: number | bigint): PAddr {
    return pa(BigInt(pfn) << this.#pageShift);
  }

  get sources(): Sources {
    return this.memo(openSources);
  }
  get symbols(): KernelSymbols {
    return this.memo(openSymbols);
  }
  /** The kernel's own types: questions about this kernel's shape are asked here. */
  get types(): Types {
    const types = this.memo(openTypes);
    if (types.lost !== undefined) this.losses.remark(`types are missing: ${types.lost}`);
    return types;
  }
  /**
   * {@link types}, then the types of modules: for names that a user types. The numbers of the kernel's own types are
   * the same in both. An unknown name costs opening the types of every module.
   */
  get allTypes(): Types {
    return this.memo(openAllTypes);
  }
  /** For the functions that open symbols and types. */
  get parts(): TargetParts {
    return this.#parts;
  }

  /**
   * The result of `build(this)`, computed at the first call and kept by the function's identity; an error
   * that it throws is kept too, but not Ctrl-C: the next call starts again. What it left out ({@link losses}) is reported
   * at each call. This is how tables (tasks, zones, modules ...)
   * live beside a target.
   */
  memo<T>(build: (target: Target) => T): T {
    if (this.#view) {
      const { base, results } = this.#view;
      return results.has(build) ? (results.get(build) as T) : base.memo(build);
    }
    const known = this.#memo.get(build) as Kept<T> | undefined;
    if (known) {
      this.losses.reportAll(known.lost);
      if ('error' in known) throw known.error;
      return known.value;
    }
    const lost = new LossLog();
    try {
      const value = this.losses.during(lost, () => build(this));
      this.#memo.set(build, { value, lost });
      return value;
    } catch (error) {
      if (!(error instanceof Interrupted)) this.#memo.set(build, { error, lost });
      throw error;
    }
  }

  /** Whether {@link memo} has the result already: for facts that are shown only when they cost nothing. */
  isCached(build: (target: Target) => unknown): boolean {
    return this.#view
      ? this.#view.results.has(build) || this.#view.base.isCached(build)
      : this.#memo.has(build);
  }

  /**
   * This target with some results of {@link memo} replaced, by their functions: what one session declares otherwise
   * (`set -a`). All else is shared, and the target itself is unchanged for other sessions.
   */
  withResults(results: ReadonlyMap<unknown, unknown>): Target {
    return new Target(this.#parts, { base: this, results });
  }

  /** A structure by type name and address. Nothing is read. */
  object(type: string, address: VAddr): KernelObject {
    return new KernelObject(this, type, address);
  }

  /** Member look-up remembered per type and path. */
  findMember(type: string, path: string): MemberPath | undefined {
    return this.#members.find(type, path);
  }

  /**
   * Byte offsets of members for a loop over raw bytes: `layout('page', { flags: 'flags', mapping: 'mapping' })`.
   * A value may list several paths, newest first: the first that exists is taken. Throws MissingError.
   */
  layout<K extends string>(
    type: string,
    members: Readonly<Record<K, string | readonly string[]>>,
  ): Layout<K> {
    return this.#members.layout(type, members);
  }

  /** The address of a kernel symbol: VMCOREINFO first, which needs no symbol table. Throws MissingError. */
  symbol(name: string): VAddr {
    const address = this.findSymbol(name);
    if (address !== undefined) return address;
    const lost = this.#unread.get(name) ?? this.#lostSymbols();
    if (lost === undefined) throw new MissingError('symbol', name, this.#unnamed(name));
    throw new LostError(
      'symbol',
      name,
      `symbol "${name}" is not among those that can be read (${lost})`,
    );
  }

  /**
   * The sentence for a name that is missing since the kernel keeps none of its variables. Every kernel has init_task; one
   * that is built without CONFIG_KALLSYMS_ALL keeps the names of its functions only.
   */
  #unnamed(name: string): string | undefined {
    const { kernel } = this.symbols;
    if (kernel.named('init_task') !== undefined || kernel.named('schedule') === undefined)
      return undefined;
    return `this kernel has no symbol "${name}": built without CONFIG_KALLSYMS_ALL, it names no variables: give its vmlinux or System.map`;
  }

  /**
   * As {@link symbol}; undefined when the kernel itself has no such symbol, or the dump has no symbols. Modules are not
   * opened for a missing variable.
   */
  findSymbol(name: string): VAddr | undefined {
    const known = NOT_A_VARIABLE.has(name) ? undefined : this.vmcoreinfo.symbol(name);
    if (known !== undefined && known !== 0n) return known;
    try {
      const { kernel } = this.symbols;
      const found = this.symbols.kernelNamed(name)?.address;
      if (found === undefined && kernel.lost !== undefined) {
        // Whether there is none, or it is on the page that is missing, cannot be told.
        this.losses.report({ what: 'symbol', reason: kernel.lost });
      }
      return found;
    } catch (error) {
      if (error instanceof MissingError) return undefined;
      if (!(error instanceof ReadError)) throw error;
      // The table has the name, and not its address: that there is none is no answer, and the command may go on.
      this.losses.report({ what: `symbol ${name}`, count: 1, reason: error.message });
      this.#unread.set(name, error.message);
      return undefined;
    }
  }

  /** The types to try for a global variable, in that order; none for most. */
  declaredTypes(name: string): readonly string[] {
    return GLOBALS[name] ?? this.memo(machineGlobals)[name] ?? conventionalTypes(name);
  }

  /** Why symbols are missing that the kernel has; undefined when none is, or there are no symbols at all. */
  #lostSymbols(): string | undefined {
    try {
      return this.symbols.kernel.lost;
    } catch (error) {
      if (error instanceof CrashError) return undefined;
      throw error;
    }
  }

  /** A declared global variable of structure type (src/kernel/core/globals). Throws MissingError. */
  global(name: string): KernelObject {
    const declared = this.declaredTypes(name).find((type) => /^(struct|union) \w+$/.test(type));
    if (!declared) throw new MissingError('symbol', name, `no declaration of "${name}" is known`);
    return this.object(declared.replace(/^(struct|union) /, ''), this.symbol(name));
  }

  /** User address space of an mm_struct, by the physical address of its top page table. */
  userSpace(pgd: PAddr): AddressSpace {
    return this.memory.user(pgd);
  }
}

const openSources = (target: Target): Sources =>
  new Sources(target.parts.sources(target), target.tracer);
const openSymbols = (target: Target): KernelSymbols => target.parts.openSymbols(target);
const openTypes = (target: Target): Types => target.parts.openTypes(target);
const openAllTypes = (target: Target): Types => target.parts.openAllTypes(target);

const machineGlobals = ({ machine }: Target): GlobalTypes =>
  typesByName([...machine.globals.declarations, ...machine.globals.perCpu]);
