import { hex, type VAddr } from '../base/address.ts';
import type { ShownValue } from '../kernel/values/shown-value.ts';
import { memoryLine, UNITS, type UnitBits } from '../output/mm/memory-lines.ts';
import type { Out, Printer } from '../session/command/command.ts';
import { byKind } from '../session/command/printing.ts';
import type { TypeFacts } from '../types/type-facts.ts';

/** One answer of `struct`, `union` or `*`. */
export type StructRecord =
  /** How a type is declared; with an address, where its members are. */
  | {
      readonly kind: 'declaration';
      readonly name: string;
      /** Undefined for an element of an array, which no line declares. */
      readonly declared: TypeFacts | undefined;
      readonly address?: VAddr;
      /** The member that was asked for, by its path. */
      readonly member?: string;
      readonly text: () => string;
    }
  /** What follows is of this CPU. */
  | { readonly kind: 'cpu'; readonly cpu: number; readonly address: VAddr }
  | ({
      readonly kind: 'value';
      /** The structure and where it is. */
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
  /** A structure that cannot be read; an error says why. */
  | {
      readonly kind: 'unreadable';
      readonly name: string;
      readonly tag: 'struct' | 'union';
      readonly address: VAddr;
    };

/** Several structures of one place are parted by blank lines. */
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
      // The words of the error follow on the same line.
      out.write(`${tag} ${name} `);
    },
  });
}
