import { DumpError } from '../base/errors.ts';
import { type ElfHeader, ET_CORE, PT_NOTE, parseElfHeader } from './elf-header.ts';
import { notesIn } from './notes.ts';
import type { Refusal } from './refusals.ts';
import { type ByteSource, cString, readBytes } from './source.ts';

const ET_REL = 1;
const PT_INTERP = 3;
/** Notes named CORE (include/uapi/linux/elf.h). Those of Xen and of makedumpfile have the same numbers and other names. */
const NT_PRPSINFO = 3;
const NT_TASKSTRUCT = 4;
/** Of a note segment that is read to tell a process from a machine. */
const MAX_NOTES = 1 << 20;

/** A kernel has a handful of program headers, a program a dozen. */
const MOST_SEGMENTS = 64;

/**
 * What an ELF file that is no core is, other than a kernel: a module's object file, a program. Undefined for all others,
 * also where the header is damaged: its reader says so. `type`: e_type.
 */
export function foreignElf(source: ByteSource, type: number): Refusal | undefined {
  if (type === ET_REL) {
    return {
      name: 'an object file: a kernel module (.ko)?',
      hint: 'leave it out: symbols and types of modules are in the dump',
    };
  }
  const segments = type === ET_CORE ? [] : segmentsOf(source);
  return segments.some((segment) => segment.type === PT_INTERP)
    ? { name: 'an ELF program', hint: 'leave it out: it is no kernel' }
    : undefined;
}

function segmentsOf(source: ByteSource): ElfHeader['segments'] {
  try {
    return parseElfHeader(source, MOST_SEGMENTS).segments;
  } catch (error) {
    if (error instanceof DumpError) return [];
    throw error;
  }
}

/**
 * A process's core has struct elf_prpsinfo. So have /proc/kcore, which has VMCOREINFO too, and the dumps of netdump and
 * diskdump, which have the panic task's task_struct as a note.
 */
export function processCore(source: ByteSource, { segments }: ElfHeader): Refusal | undefined {
  let info: Uint8Array | undefined;
  for (const { type, offset, fileSize } of segments) {
    if (type !== PT_NOTE) continue;
    for (const note of notesIn(readBytes(source, offset, Math.min(fileSize, MAX_NOTES)))) {
      if (note.name === 'VMCOREINFO') return undefined;
      if (note.name === 'CORE' && note.type === NT_TASKSTRUCT) return undefined;
      if (note.name === 'CORE' && note.type === NT_PRPSINFO) info ??= note.desc;
    }
  }
  if (info === undefined) return undefined;
  const command = commandOf(info);
  return {
    name: `the core of a process${command === '' ? '' : `: ${command}`}`,
    hint: 'gdb opens it, with the program; tscrash reads dumps of the kernel (/var/crash)',
  };
}

/** pr_fname of struct elf_prpsinfo (include/linux/elfcore.h) by the size of it; without what a terminal would obey. */
const NAME_AT: Readonly<Record<number, number>> = { 136: 40, 128: 32, 124: 28 };
const NAME_BYTES = 16;

function commandOf(info: Uint8Array): string {
  const at = NAME_AT[info.length];
  return at === undefined ? '' : cString(info, at, NAME_BYTES).replaceAll(/[^ -~]/g, '?');
}
