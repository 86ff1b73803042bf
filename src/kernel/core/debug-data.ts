import type { DebugFile } from '../../debuginfo/debug-file.ts';
import type { DwarfTypes } from '../../debuginfo/types/dwarf-types.ts';
import { type FurtherTypes, TABLE_STRIDE } from '../../types/layered.ts';
import type { CType } from '../../types/types.ts';

/** Numbers of DWARF types begin here in each table, above those of BTF and of expressions. */
const FIRST_ID = 2 ** 32;

/** The full type of a struct or union that a unit only declares. */
export type DefinitionOf = (kind: 'struct' | 'union', name: string) => CType | undefined;

interface FileTypes extends FurtherTypes {
  readonly file: DebugFile;
  readonly types: DwarfTypes;
}

/** A file with debugging data of the kernel, matched with the dump. */
export interface KernelDebugFile {
  readonly file: DebugFile;
  /** What KASLR added to its addresses. */
  readonly slide: bigint;
}

/**
 * The debugging data given with a dump: the kernel's, and room for those of modules, which nothing loads yet. Addresses are
 * those of the dump.
 */
export class DebugData {
  readonly kernel: KernelDebugFile | undefined;
  /** By the name of the module. */
  readonly modules = new Map<string, DebugFile>();
  /** Tables of types in the order in which they were opened: their numbers tell which is meant. */
  readonly #tables: FileTypes[] = [];

  constructor(kernel: KernelDebugFile | undefined) {
    this.kernel = kernel;
  }

  /** The tables of types by their number; the kernel's is the first. */
  get tables(): readonly FurtherTypes[] {
    return this.#tables;
  }

  /**
   * The types of a file that was given. Definitions of what it only declares are taken from `definitionOf` first. Values
   * may refer to its types after the file was forgotten, so that the table stays.
   */
  typesOf(file: DebugFile, definitionOf?: DefinitionOf): DwarfTypes {
    const known = this.#tables.find((each) => each.file === file);
    if (known) return known.types;
    const firstId = this.#tables.length * TABLE_STRIDE + FIRST_ID;
    const types = file.types({ firstId, ...(definitionOf && { definitionOf }) });
    const isNamed = (): boolean =>
      file === this.kernel?.file || [...this.modules.values()].includes(file);
    this.#tables.push({
      file,
      types,
      get isNamed() {
        return isNamed();
      },
    });
    return types;
  }

  get isEmpty(): boolean {
    return this.kernel === undefined && this.modules.size === 0;
  }
}
