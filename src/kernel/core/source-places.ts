import { va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { DebugFile } from '../../debuginfo/debug-file.ts';
import type { SourcePlace } from '../../debuginfo/lines/source-lines.ts';
import type { Target } from './target.ts';

/** The file whose code an address belongs to, and the address as that file has it. */
export function debugFileAt(
  target: Target,
  address: bigint,
): { readonly file: DebugFile; readonly link: bigint } | undefined {
  const { kernel, modules } = target.debug;
  if (kernel) {
    const link = BigInt.asUintN(64, address - kernel.slide);
    const { start, end } = kernel.file.image;
    if (link >= start && link < end) return { file: kernel.file, link };
  }
  if (modules.size === 0) return undefined;
  const name = target.symbols.moduleAt(va(address))?.name;
  const file = name === undefined ? undefined : modules.get(name);
  return file && { file, link: address };
}

/**
 * The file that may have the variable at an address, and the address as that file has it. Per-CPU variables have small
 * numbers that KASLR does not move.
 */
export function variableFileAt(
  target: Target,
  address: bigint,
): { readonly file: DebugFile; readonly link: bigint } | undefined {
  const { kernel } = target.debug;
  const floor = target.symbols.kernel.named('_text')?.address ?? 0n;
  return kernel && address < floor
    ? { file: kernel.file, link: address }
    : debugFileAt(target, address);
}

/**
 * The source line of an address of code; undefined where no file has it. Damage to a file is reported as a loss: the
 * answer lacks the line, and the rest of it is good.
 */
export function sourceAt(target: Target, address: bigint): SourcePlace | undefined {
  if (target.debug.isEmpty) return undefined;
  const found = debugFileAt(target, address);
  if (!found) return undefined;
  try {
    return found.file.placeAt(found.link);
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'source line', reason: `${found.file.path}: ${error.message}` });
    return undefined;
  }
}
