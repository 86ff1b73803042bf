import { type VAddr, va } from '../../src/base/address.ts';
import { MissingError, ReadError } from '../../src/base/errors.ts';
import { Losses } from '../../src/kernel/core/losses.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { ReadableSpace } from '../../src/memory/readable.ts';
import { parseVmcoreinfo } from '../../src/symbols/vmcoreinfo.ts';

/** Pieces of memory at addresses; everything else is not mapped. */
export class Pieces extends ReadableSpace<VAddr> {
  readonly #pieces: { readonly start: bigint; readonly bytes: Uint8Array }[] = [];

  constructor() {
    super(8);
  }

  /** Puts a piece of zeros somewhere and returns it. */
  piece(start: bigint, size: number): DataView {
    const bytes = new Uint8Array(size);
    this.#pieces.push({ start, bytes });
    return new DataView(bytes.buffer);
  }

  read(address: VAddr, length: number): Uint8Array {
    for (const { start, bytes } of this.#pieces) {
      const offset = Number(address - start);
      if (offset >= 0 && offset + length <= bytes.length)
        return bytes.slice(offset, offset + length);
    }
    throw new ReadError('kernel', address, 'not-mapped');
  }
}

/** As much of a target as readers need that ask for symbols, VMCOREINFO and memory, and for no types. */
export function fakeTarget(
  memory: Pieces,
  vmcoreinfo: string,
  symbols: Record<string, bigint>,
): Target {
  const memo = new Map<unknown, unknown>();
  const info = parseVmcoreinfo(vmcoreinfo);
  const findSymbol = (name: string) =>
    name in symbols ? va(symbols[name] ?? 0n) : info.symbol(name);
  const fake = {
    kernel: memory,
    // 16 GiB.
    memory: { maxPfn: 1 << 22 },
    pfnAddress: (pfn: number) => BigInt(pfn) << 12n,
    vmcoreinfo: info,
    losses: new Losses(),
    findSymbol,
    symbol(name: string) {
      const address = findSymbol(name);
      if (address === undefined) throw new MissingError('symbol', name);
      return address;
    },
    get types(): never {
      throw new MissingError('type', 'any', 'this target has no types');
    },
    memo<T>(build: (target: Target) => T): T {
      if (!memo.has(build)) memo.set(build, build(fake as unknown as Target));
      return memo.get(build) as T;
    },
  };
  return fake as unknown as Target;
}
