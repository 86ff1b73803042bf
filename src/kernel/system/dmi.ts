import { plus, type VAddr, va } from '../../base/address.ts';
import { MissingError } from '../../base/errors.ts';
import { knownTypes } from '../core/known-types.ts';
import type { Target } from '../core/target.ts';

/** A string of the firmware; undefined when it is not set. */
export interface DmiString {
  readonly name: string;
  readonly value: string | undefined;
}

/** DMI strings of the firmware, by the kernel's names (enum dmi_field, include/linux/mod_devicetable.h). */
export function dmiStrings(target: Target): readonly DmiString[] {
  const table = target.findSymbol('dmi_ident');
  if (table === undefined)
    throw new MissingError('symbol', 'dmi_ident', 'dmi_ident does not exist in this kernel');
  const count = dmiCount(target, table);
  const fields = knownTypes(target)?.enumOf('dmi_field')?.values ?? [];
  const named = new Map(fields.map(({ name, value }) => [Number(value), name]));
  const strings: DmiString[] = [];
  for (let index = 0; index < count; index++) {
    const name = named.size === 0 ? `dmi_ident[${index}]` : named.get(index);
    if (name === undefined) continue;
    const value = target.kernel.pointer(plus(table, index * target.kernel.pointerSize));
    strings.push({ name, value: value === 0n ? undefined : target.kernel.cstring(value, 1024) });
  }
  return strings;
}

/** dmi_ident[DMI_STRING_MAX]; DMI_NONE counts too. */
function dmiCount(target: Target, table: VAddr): number {
  const max = knownTypes(target)?.enumerator('DMI_STRING_MAX');
  if (max !== undefined) return Number(max);
  const next = target.symbols.next(target.symbols.at(table)!.symbol)?.address ?? va(table);
  return Math.min(64, Number(next - table) / target.kernel.pointerSize);
}
