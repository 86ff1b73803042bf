import { sniff } from '../../dump/sniff.ts';
import { type ByteSource, openSource } from '../../dump/source.ts';
import { type DebugFileOpener, isDebugInfo } from '../../kernel/open/debug-info.ts';
import { MemorySink } from '../sinks/sinks.ts';
import { BadCommandLine, type ProgramOptions } from './options.ts';
import type { SampleImage } from './samples.ts';

/** The opened files of a command line, classified by content. */
export interface Inputs {
  /** The dump: one file, or the parts of a split set. Empty when only samples were listed. */
  readonly dump: readonly ByteSource[];
  /** Files with facts about the kernel: a vmlinux, a System.map. */
  readonly debugInfo: readonly ByteSource[];
  /** The bundled dump, when it is one. */
  readonly sample?: string;
  /** The list of samples, where that is what was asked for. */
  readonly listing?: string;
}

/** Where bundled dumps are found. */
export interface SampleShelf {
  /** The folder of the bundled dumps. */
  readonly dumps: URL;
  /** The dumps that are built on demand; loaded when a bundled dump is asked for. */
  images(): Promise<readonly SampleImage[]>;
}

/**
 * Opens the files of the command line, or a bundled dump. Throws DumpError for a file that does not open, and
 * BadCommandLine when there is no dump among them.
 */
export async function openInputs(options: ProgramOptions, shelf: SampleShelf): Promise<Inputs> {
  if (options.sample !== undefined || options.paths.length === 0) {
    const { chooseSample } = await import('./samples.ts');
    const list = new MemorySink();
    const chosen = chooseSample(shelf.dumps, await shelf.images(), options.sample, list);
    const paths = chosen?.paths ?? [];
    const sample = chosen?.sample;
    return {
      dump: paths.map(openSource),
      debugInfo: [],
      ...(sample === undefined ? {} : { sample }),
      ...(chosen ? {} : { listing: list.text }),
    };
  }
  const dump: ByteSource[] = [];
  const debugInfo: ByteSource[] = [];
  for (const source of options.paths.map(openSource)) {
    (isDebugInfo(source) ? debugInfo : dump).push(source);
  }
  if (dump.length === 0) {
    const isMap = debugInfo.every((source) => sniff(source).kind === 'system-map');
    const what = isMap ? 'a System.map' : 'a kernel image';
    throw new BadCommandLine(`${options.paths.join(' ')}: ${what}, but no dump was given`);
  }
  return { dump, debugInfo };
}

/** What reads the DWARF of a vmlinux, with the folder of its indexes of names; loaded only when one is among the inputs. */
export async function debugOpener(
  { debugInfo }: Inputs,
  cacheAt: string | undefined,
): Promise<{ openDebugFile?: DebugFileOpener }> {
  if (!debugInfo.some((source) => sniff(source).kind === 'vmlinux')) return {};
  const [{ DebugFile }, { IndexCache }] = await Promise.all([
    import('../../debuginfo/debug-file.ts'),
    import('../../debuginfo/names/index-cache.ts'),
  ]);
  const cache = cacheAt === undefined ? undefined : new IndexCache(cacheAt);
  return { openDebugFile: (source) => new DebugFile(source, { cache }) };
}
