import type { VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';

/** Largest log buffer, in bytes: log_buf_len= is a power of two of at most 2 GiB. */
export const MAX_LOG = 2 ** 31;

/** One message of the kernel log. */
export interface LogRecord {
  /** Absent in the formats that do not number messages. */
  readonly sequence: bigint | undefined;
  /** Nanoseconds of the log's clock since boot; undefined when the format has no time of its own. */
  readonly nanoseconds: bigint | undefined;
  /** 0 (emergency) to 7 (debug); undefined when the format does not say. */
  readonly level: number | undefined;
  /** The task that printed it, or the CPU in interrupt context (CONFIG_PRINTK_CALLER; always since 5.10). */
  readonly caller: { readonly kind: 'task' | 'cpu'; readonly number: number } | undefined;
  /** The bytes as they are in the buffer; may hold line feeds. */
  readonly text: Uint8Array;
  /** `SUBSYSTEM=acpi`, `DEVICE=+acpi:PNP0A03:00`: properties that dev_printk() added. */
  readonly dictionary: readonly string[];
  /** The record has no data block: an empty message, or a lost one. */
  readonly isEmpty: boolean;
}

/** A part of the log that could not be read; records may follow. */
export interface LogProblem {
  readonly problem: string;
  /** The number of records that it costs, where that is known. */
  readonly count?: number;
}

/** Sizes and offsets of the log's structures: from VMCOREINFO, else from the types. */
export class LogPlaces {
  readonly #target: Target;
  constructor(target: Target) {
    this.#target = target;
  }
  /** Bytes of a structure. */
  size(type: string): number {
    return this.#target.vmcoreinfo.size(type) ?? this.#target.types.sizeof(type);
  }
  /** Offset of a member. */
  at(type: string, member: string): number {
    const said = this.#target.vmcoreinfo.offset(`${type}.${member}`);
    return said ?? this.#target.types.member(type, member).offset;
  }
  /** The value of a pointer variable. */
  pointer(name: string): VAddr {
    return this.#target.kernel.pointer(this.#target.symbol(name));
  }
}

/** A caller number as printk keeps it: the top bit tells a CPU from a task (kernel/printk/printk.c, printk_caller_id). */
export const callerOf = (id: number): NonNullable<LogRecord['caller']> => ({
  kind: (id & 0x8000_0000) !== 0 ? 'cpu' : 'task',
  number: id & 0x7fff_ffff,
});
