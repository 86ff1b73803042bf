import { va } from '../../../base/address.ts';
import type { Target } from '../../core/target.ts';
import type { Gate } from '../types.ts';

const VECTORS = 256;

/**
 * The interrupt descriptor table (Intel SDM volume 3, 6.11 and 6.14.1; gate_desc, arch/x86/include/asm/desc_defs.h):
 * bits 0..15 of the handler in the first word, 16..31 in the fourth, and with 64 bits the rest in the third u32.
 */
export function* interruptGates(target: Target): Generator<Gate, void> {
  const wide = target.kernel.pointerSize === 8;
  const size = wide ? 16 : 8;
  const view = target.kernel.view(target.symbol('idt_table'), VECTORS * size);
  for (let vector = 0; vector < VECTORS; vector++) {
    const at = vector * size;
    const low = BigInt(view.getUint16(at, true)) | (BigInt(view.getUint16(at + 6, true)) << 16n);
    const high = wide ? BigInt(view.getUint32(at + 8, true)) << 32n : 0n;
    yield { vector, handler: va(high | low) };
  }
}
