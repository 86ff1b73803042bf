import { plus } from '../../base/address.ts';
import { MissingError } from '../../base/errors.ts';
import { openBtf } from '../../types/btf.ts';
import type { Types } from '../../types/types.ts';
import type { Target } from '../core/target.ts';

/** A vmlinux's BTF is about 5 MB; ten times that is not one. */
const MAX_BTF = 64 << 20;

/**
 * The kernel's types: the BTF that the linker put between __start_BTF and __stop_BTF (since 5.2,
 * 341dfcf8d78e). Throws MissingError when the kernel was built without it.
 */
export function openKernelTypes(target: Target): Types {
  // From the kernel's own table: what modules are called is known only with types.
  const start = target.symbols.kernel.named('__start_BTF')?.address;
  const stop = target.symbols.kernel.named('__stop_BTF')?.address;
  if (start === undefined || stop === undefined) {
    throw new MissingError('symbol', '__start_BTF', 'this kernel carries no BTF type information');
  }
  const size = Number(stop - start);
  if (size < 24 || size > MAX_BTF) {
    throw new MissingError('table', 'BTF', `the BTF area of ${size} bytes cannot be one`);
  }
  // Read as needed: most commands look at the first tenth of it.
  const content = {
    length: size,
    read: (offset: number, length: number) => target.kernel.read(plus(start, offset), length),
  };
  return openBtf(content, undefined, { pointerSize: target.arch.pointerSize });
}
