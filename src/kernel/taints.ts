import type { Bits } from '../base/address.ts';
import type { ModuleFacts } from '../symbols/module-regions.ts';
import { knownTypes } from './core/known-types.ts';
import type { Target } from './core/target.ts';

/** A module's taints as the kernel appends them to its name (`OE`); '' for an untainted one. */
export function moduleTaints(target: Target, module: ModuleFacts): string {
  const taints = target.object('module', module.address).big('taints');
  return taintFlags(target)
    .filter(({ module: shown, bit }) => shown && (taints >> BigInt(bit)) & 1n)
    .map(({ set }) => set)
    .join('');
}

/** One bit of tainted_mask. */
export interface TaintFlag {
  readonly bit: number;
  /** Letter when set. */
  readonly set: string;
  /** Letter when clear: a blank, or `G`. */
  readonly clear: string;
  /** Whether a module can have it too. */
  readonly module: boolean;
}

/** Letters of tainted_mask, bit by bit, for kernels without a readable table. */
const TAINT_LETTERS = 'PFSRMBUDAWCIOELKXTN';

/**
 * The kernel's own table of taint flags: `taint_flags`, kernel/panic.c, 4.10 (7fd8329ba502, taint/module: Clean up
 * global and module taint flags handling).
 */
export const taintFlags = (target: Target): readonly TaintFlag[] => target.memo(readTaintFlags);

function readTaintFlags(target: Target): readonly TaintFlag[] {
  const table = target.findSymbol('taint_flags');
  if (table === undefined || !knownTypes(target)?.has('taint_flag')) return fixedTaintFlags();
  // The members were called true and false before 4.11 (5eb7c0d04f04, taint/module: Fix problems when out-of-kernel
  // driver defines true or false); drivers may define those words.
  const layout = target.layout('taint_flag', {
    set: ['c_true', 'true'],
    clear: ['c_false', 'false'],
  });
  // 7.1 has it no more: a module shows whatever it carries.
  const shown = target.findMember('taint_flag', 'module')?.offset;
  const end = target.symbols.next(target.symbols.at(table)!.symbol)?.address;
  // The table ends where the next variable begins; entries that are not letters are padding.
  const room = end === undefined ? 0 : Number(end - table);
  const count = Math.min(64, Math.floor(room / layout.size));
  const bytes = target.kernel.read(table, count * layout.size);
  const flags: TaintFlag[] = [];
  for (let bit = 0; bit < count; bit++) {
    const at = bit * layout.size;
    const set = String.fromCharCode(bytes[at + layout.set] ?? 0);
    const clear = String.fromCharCode(bytes[at + layout.clear] ?? 0);
    if (!/[A-Z]/.test(set) || !/[A-Z -]/.test(clear)) break;
    flags.push({ bit, set, clear, module: shown === undefined || bytes[at + shown] === 1 });
  }
  return flags.length > 0 ? flags : fixedTaintFlags();
}

const fixedTaintFlags = (): readonly TaintFlag[] =>
  [...TAINT_LETTERS].map((set, bit) => ({
    bit,
    set,
    clear: bit === 0 ? 'G' : ' ',
    module: 'POECK'.includes(set),
  }));

/** tainted_mask and its letters, as `sys -t` shows them. Throws MissingError. */
export function kernelTaints(target: Target): { readonly mask: Bits; readonly letters: string } {
  const mask = target.kernel.u64(target.symbol('tainted_mask'));
  const letters = taintFlags(target)
    .map(({ bit, set, clear }) => ((mask >> BigInt(bit)) & 1n ? set : clear))
    .filter((letter) => !' -G'.includes(letter))
    .join('');
  return { mask, letters };
}
