import type { Disassembler } from './instruction.ts';
import type { Arch } from './types.ts';
import { openX86Disassembler } from './x86/disassembler.ts';

/**
 * By the name of the architecture. Apart from {@link Arch}, so that only commands that disassemble load a disassembler.
 */
const DISASSEMBLERS: Readonly<Record<string, () => Disassembler>> = {
  x86_64: () => openX86Disassembler(64),
  i386: () => openX86Disassembler(32),
};

/**
 * The disassembler of a machine's code; the same one at each call. Throws Node's error when its package is not
 * installed with the program, and RangeError for an architecture without one.
 */
export function openDisassembler({ name }: Pick<Arch, 'name'>): Disassembler {
  const open = Object.hasOwn(DISASSEMBLERS, name) ? DISASSEMBLERS[name] : undefined;
  if (!open) throw new RangeError(`there is no disassembler for ${name}`);
  return open();
}
