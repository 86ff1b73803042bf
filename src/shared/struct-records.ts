import { hex, type VAddr } from '../base/address.ts';
import type { ShownValue } from '../kernel/values/shown-value.ts';
import { memoryLine, UNITS, type UnitBits } from '../output/mm/memory-lines.ts';
import type { Out, Printer } from '../session/command/command.ts';
import { byKind } from '../session/command/printing.ts';
import type { TypeFacts } from '../types/type-facts.ts';

/** One answer of `struct`, `union` or `*`. */
export type StructRecord =
  /** Declaration of a type; with an address, also the addresses of its members. */
  | {
      readonly kind: 'declaration';
      readonly name: string;
      /** Undefined for an element of an array, which has no line in the declaration. */
      readonly declared: TypeFacts | undefined;
      readonly address?: VAddr;
      /** The path of the requested member. */
      readonly member?: string;
      readonly text: () => string;
    }
  /** The following records belong to this CPU. */
  | { readonly kind: 'cpu'; readonly cpu: number; readonly address: VAddr }
  | ({
      readonly kind: 'value';
      /** The structure and its address. */
      readonly name: string;
      readonly address: VAddr;
      /** The member that is shown; the whole structure without it. */
      readonly member?: string;
    } & ShownValue)
  /** With -r: the memory of a structure or a member. */
  | {
      readonly kind: 'memory';
      readonly name: string;
      readonly address: VAddr;
      readonly bytes: Uint8Array;
      /** Bits of a unit. */
      readonly unit: UnitBits;
    }
  /** A structure that cannot be read; an error with the reason follows. */
  | {
      readonly kind: 'unreadable';
      readonly name: string;
      readonly tag: 'struct' | 'union';
      readonly address: VAddr;
    };

/** Several structures of one place are separated by blank lines. */
export function structPrinter(): Printer<StructRecord> {
  let before: bigint | undefined;
  const part = (address: bigint, out: Out): void => {
    if (before !== undefined && before !== address) out.line();
    before = address;
  };
  return byKind<StructRecord>({
    declaration({ address, text }, out) {
      if (address !== undefined) part(address, out);
      out.line(text());
    },
    cpu({ cpu, address }, out) {
      before = undefined;
      out.line(`[${cpu}]: ${hex(address)}`);
    },
    value({ address, text }, out) {
      part(address, out);
      out.line(text());
    },
    memory({ address, bytes, unit }, out) {
      part(address, out);
      const perLine = UNITS[unit].size * UNITS[unit].perLine;
      const style = {
        bits: unit,
        base: 'hex',
        ascii: true,
        swap: false,
        nameOf: undefined,
      } as const;
      for (let done = 0; done < bytes.length; done += perLine) {
        out.line(memoryLine(address + BigInt(done), bytes.subarray(done, done + perLine), style));
      }
    },
    unreadable({ tag, name, address }, out) {
      part(address, out);
      // The error message continues the line.
      out.write(`${tag} ${name} `);
    },
  });
}
