import type { VAddr } from '../../base/address.ts';

/** A return address that a tracer took from a stack, to be called when the function returns. */
export interface HiddenReturn {
  readonly ip: VAddr;
  /** Where on the stack it was; undefined where the kernel does not note it. */
  readonly at: VAddr | undefined;
  /** The function that returns there. */
  readonly function: VAddr | undefined;
}
