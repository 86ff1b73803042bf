import type { VAddr } from '../../base/address.ts';
import { valueText } from '../../types/value.ts';
import type { Target } from '../core/target.ts';
import { valueEnvironment } from './value-environment.ts';

/** A whole structure as `struct NAME {...}`. Throws MissingError, and ReadError when it is not all in the dump. */
export function structText(target: Target, name: string, address: VAddr, radix: 10 | 16): string {
  const struct = target.allTypes.struct(name);
  const place = { bytes: target.kernel.read(address, struct.size), offset: 0, address };
  return `struct ${name} ${valueText(valueEnvironment(target), struct.id, place, { radix })}`;
}
