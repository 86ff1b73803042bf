import { plus, type VAddr, va } from '../../src/base/address.ts';
import { X86_64_ABI } from '../../src/kernel/arch/x86/stack-abi.ts';
import {
  type OrcEntry,
  onStack,
  type Stack,
  type TrueReturn,
  type UnwindContext,
} from '../../src/unwind/types.ts';

export const TEXT = va(0xffffffff81000000n);
export const STACK = va(0xffffc90000010000n);
export const STACK_SIZE = 0x4000;

export const process: Stack = {
  kind: 'process',
  name: 'process stack',
  base: STACK,
  top: plus(STACK, STACK_SIZE),
};
export const irq: Stack = {
  kind: 'irq',
  name: 'IRQ stack',
  base: va(0xffffc90000020000n),
  top: va(0xffffc90000024000n),
};

/** `call`: CFA = SP + size; BP untouched. */
export const frameOf = (size: number, more: Partial<OrcEntry> = {}): OrcEntry => ({
  spOffset: size,
  bpOffset: 0,
  spReg: 'sp',
  bpReg: 'undefined',
  type: 'call',
  ...more,
});

/** A made-up machine: functions of 256 bytes, one ORC entry each, and the words that a test writes. */
export class Machine implements UnwindContext {
  readonly abi = X86_64_ABI;
  readonly words = new Map<bigint, bigint>();
  readonly functions: { readonly start: bigint; readonly entry: OrcEntry | undefined }[] = [];
  readonly calls = new Map<bigint, { readonly target?: bigint }>();
  /** Trampolines of tracers, and the return addresses that they hide, by their place. */
  readonly trampolines = new Set<bigint>();
  readonly hidden = new Map<VAddr, VAddr>();
  /** Addresses before which there is no code in the dump. */
  readonly absentCode = new Set<bigint>();
  readonly stacks: Stack[] = [process, irq];

  /** A function; returns an address in its middle, right behind a call of `target` (or an indirect call). */
  add(entry: OrcEntry | undefined, target?: bigint): VAddr {
    const start = TEXT + BigInt(this.functions.length * 256);
    this.functions.push({ start, entry });
    const ip = va(start + 0x40n);
    this.calls.set(ip, target === undefined ? {} : { target });
    return ip;
  }
  push(address: bigint, ...values: readonly bigint[]): void {
    for (const [i, value] of values.entries()) this.words.set(address + BigInt(i * 8), value);
  }
  word(address: VAddr): bigint | undefined {
    return this.words.get(address) ?? (this.stackOf(address) ? 0n : undefined);
  }
  stackOf(address: bigint): Stack | undefined {
    return this.stacks.find((stack) => onStack(stack, address));
  }
  overflownBy(sp: bigint): Stack | undefined {
    return this.stacks.find(({ base }) => sp < base && base - sp <= 0x1000n);
  }
  isText(address: bigint): boolean {
    return address >= TEXT && address < TEXT + BigInt(this.functions.length * 256);
  }
  callBefore(address: bigint) {
    return this.calls.get(address);
  }
  trueReturn(ip: bigint, at: VAddr): TrueReturn | undefined {
    return this.trampolines.has(ip) ? { ip: this.hidden.get(at) } : undefined;
  }
  lacksCode(address: bigint): boolean {
    return this.absentCode.has(address);
  }
  functionStart(address: bigint): bigint | undefined {
    return this.isText(address) ? TEXT + (((address - TEXT) >> 8n) << 8n) : undefined;
  }
  orc(address: bigint): OrcEntry | undefined {
    return this.isText(address) ? this.functions[Number((address - TEXT) >> 8n)]?.entry : undefined;
  }
}
