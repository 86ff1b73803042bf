import { CrashError, MissingError } from '../../base/errors.ts';
import type { DebugFile } from '../../debuginfo/debug-file.ts';
import { sniff } from '../../dump/sniff.ts';
import { type ByteSource, readBytes } from '../../dump/source.ts';
import { readBuildId, readElfSymtab } from '../../symbols/elf-symtab.ts';
import { imageShift } from '../../symbols/image-shift.ts';
import { SortedSymbols, type SymbolFile } from '../../symbols/sorted-symbols.ts';
import { parseSystemMap } from '../../symbols/system-map.ts';
import type { KernelTable } from '../../symbols/types.ts';
import type { Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import type { KernelDebugFile } from '../core/debug-data.ts';
import type { Finder } from '../core/sources.ts';

/** Larger than the System.map of a kernel with every driver built in, 10 MB. */
const MAX_SYSTEM_MAP = 64 << 20;

/** Opens a file with DWARF. Given by the program: who has no such file does not load what reads it. */
export type DebugFileOpener = (source: ByteSource) => DebugFile;

/** A file with facts about the kernel besides the dump, classified by content. */
interface SymbolSourceFile {
  readonly finder: string;
  read(source: ByteSource, info: Vmcoreinfo): SymbolFile;
}

const DEBUG_FILES: Readonly<Record<string, SymbolSourceFile>> = {
  'system-map': { finder: 'system-map', read: readSystemMap },
  vmlinux: { finder: 'vmlinux-symtab', read: readVmlinux },
};

/** Whether a source is one that {@link symbolFinders} can use. */
export const isDebugInfo = (source: ByteSource): boolean => sniff(source).kind in DEBUG_FILES;

/** Immediate findings about the given files: a file that cannot be used is skipped, with the reason. */
export interface NamedDebugInfo {
  readonly finders: readonly Finder<KernelTable>[];
  /** One sentence for each file that is not used. */
  readonly warnings: readonly string[];
  /** The first vmlinux with DWARF. */
  readonly debug: KernelDebugFile | undefined;
}

/**
 * Finders of symbols in the files given with the dump. Each is checked against the dump when it is opened: a vmlinux by
 * its build-id, and every file by the addresses of the symbols that VMCOREINFO names.
 */
export function symbolFinders(
  files: readonly ByteSource[],
  info: Vmcoreinfo,
  openDebugFile?: DebugFileOpener,
): NamedDebugInfo {
  const finders: Finder<KernelTable>[] = [];
  const warnings: string[] = [];
  let debug: KernelDebugFile | undefined;
  for (const source of files) {
    const file = DEBUG_FILES[sniff(source).kind];
    if (file === undefined) continue;
    try {
      const symbols = file.read(source, info);
      const shift = imageShift(symbols, info.symbols);
      const open = () => new SortedSymbols(symbols, shift);
      finders.push({ name: file.finder, path: source.path, open });
      if (file === DEBUG_FILES.vmlinux && openDebugFile && debug === undefined) {
        const opened = openDebugFile(source);
        if (opened.hasEntries) debug = { file: opened, slide: shift };
        else
          warnings.push(
            `${source.path}: it has symbols only, no debugging data: give the one of the debug package`,
          );
      }
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      warnings.push(`${source.path}: not used: ${error.message}`);
    }
  }
  return { finders, warnings, debug };
}

function readSystemMap(source: ByteSource): SymbolFile {
  if (source.size > MAX_SYSTEM_MAP) {
    throw new MissingError('table', 'System.map', `${source.size} bytes are no System.map`);
  }
  return parseSystemMap(Buffer.from(readBytes(source, 0, source.size)).toString('latin1'));
}

function readVmlinux(source: ByteSource, info: Vmcoreinfo): SymbolFile {
  const read = (offset: number, length: number) => readBytes(source, offset, length);
  const own = readBuildId(read);
  if (own !== undefined && info.buildId !== undefined && own !== info.buildId) {
    throw new MissingError(
      'table',
      'vmlinux',
      `it is of another kernel: its build-id is ${own}, that of the dump's kernel ${info.buildId}`,
    );
  }
  return readElfSymtab(read);
}
