import { plus, type VAddr } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import { machineCpus, perCpuAddress } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';

/** Text that one CPU printed where printk() itself could not be used. */
export interface SafeBuffer {
  /** `nmi_print_seq` or `safe_print_seq`. */
  readonly name: string;
  readonly cpu: number;
  readonly address: VAddr;
  readonly length: number;
  readonly lost: number;
  /** SOH and a level before each line, include/linux/kern_levels.h. */
  readonly bytes: Uint8Array;
}

/**
 * Per-CPU buffers of printk_safe: nmi_print_seq since 4.7 (42a0bb3f7138, printk/nmi: generic solution for safe printk
 * in NMI), safe_print_seq since 4.11, both removed in 5.15 (93d102f094be, printk: remove safe buffers).
 */
const NAMES = ['nmi_print_seq', 'safe_print_seq'] as const;
/** 1 << CONFIG_PRINTK_SAFE_LOG_BUF_SHIFT, at most 17. */
const MAX_BUFFER = 1 << 20;

/** The safe buffers of every CPU; none in kernels without them. Throws ReadError, CorruptError. */
export function* readSafeBuffers(target: Target): Generator<SafeBuffer, void> {
  // VMCOREINFO names kallsyms since 6.0 (5fd8fea935a1, vmcoreinfo: include kallsyms symbols): such a kernel has no safe
  // buffers, and no symbol needs to be looked for.
  if (target.vmcoreinfo.symbol('kallsyms_names') !== undefined) return;
  if (NAMES.every((name) => target.findSymbol(name) === undefined)) return;
  const type = 'printk_safe_seq_buf';
  if (!target.types.has(type)) return;
  for (const name of NAMES) {
    if (target.findSymbol(name) === undefined) continue;
    for (const cpu of machineCpus(target)) {
      const buffer = target.object(type, perCpuAddress(target, name, cpu));
      const size = buffer.member('buffer').size;
      if (size > MAX_BUFFER) throw new CorruptError(`${name} has ${size} bytes`, buffer.address);
      const length = Number(BigInt.asIntN(32, buffer.big('len')));
      const kept = Math.min(Math.max(length, 0), size);
      yield {
        name,
        cpu,
        address: buffer.address,
        length,
        lost: Number(BigInt.asIntN(32, buffer.big('message_lost'))),
        bytes: target.kernel.read(plus(buffer.address, buffer.member('buffer').offset), kept),
      };
    }
  }
}
