import { va } from '../base/address.ts';
import type { OpenedContainer } from './container.ts';
import { ElfMemory, MAX_PHYSICAL } from './elf.ts';
import { type ElfHeader, type ElfSegment, PT_LOAD, PT_NOTE, parseElfHeader } from './elf-header.ts';
import { processCore } from './foreign-elf.ts';
import { type DumpNotes, MAX_NOTES_BYTES, parseNotes } from './notes.ts';
import { notSupported } from './refusals.ts';
import { type ByteSource, readBytes } from './source.ts';
import type { DumpFacts } from './types.ts';

/** Program headers listed in the output of `help -n`. */
const MAX_ROWS = 256;

const SECTIONS_ALONE =
  "it has no program headers, as what Xen's `xl dump-core` writes, which crash reads; or it was cut short";

/** Opens an ELF core: a copy of /proc/vmcore, or what makedumpfile -E or QEMU wrote. @throws DumpError */
export function openElf(
  source: ByteSource,
  flattened: boolean,
  found: readonly string[],
): OpenedContainer {
  const warnings = [...found];
  const elf = parseElfHeader(source);
  const process = processCore(source, elf);
  if (process !== undefined) throw notSupported(source, process);
  if (elf.segments.length < elf.segmentCount) {
    warnings.push(
      `${source.path}: the file ends inside its program headers: ${elf.segments.length} of ${elf.segmentCount}`,
    );
  }
  const loads = elf.segments.filter(
    ({ type, memorySize, fileSize }) => type === PT_LOAD && memorySize + fileSize > 0,
  );
  if (loads.length === 0) {
    throw notSupported(source, {
      name: 'an ELF core without memory',
      hint:
        elf.segmentCount === 0 ? SECTIONS_ALONE : 'it has no PT_LOAD segment: was it cut short?',
    });
  }
  const usable = loads.filter(
    ({ physical, fileSize, memorySize }) =>
      physical + Math.max(fileSize, memorySize) <= MAX_PHYSICAL,
  );
  if (usable.length < loads.length) {
    warnings.push(
      `${loads.length - usable.length} segments have no usable physical address, ignored`,
    );
  }
  const end = usable.reduce(
    (last, { offset, fileSize }) => Math.max(last, fileSize > 0 ? offset + fileSize : 0),
    0,
  );
  const truncated = end > source.size;
  if (truncated)
    warnings.push(`${source.path}: the file is cut short: ${source.size} of ${end} bytes`);
  const notes = readNotes(source, elf, warnings);
  return {
    facts: {
      format: flattened ? 'flattened ELF' : 'ELF',
      container: 'elf',
      flattened,
      dumpLevel: undefined,
      incomplete: truncated || elf.segments.length < elf.segmentCount,
      utsname: undefined,
      machine: elf.machine,
      vmcoreinfo: notes.vmcoreinfo,
      cpus: notes.cpus,
      physBase: undefined,
      mappings: mappingsOf(usable, elf.bits),
      warnings,
      header: headerRows(elf),
    },
    memory: new ElfMemory(source, usable),
  };
}

function readNotes(source: ByteSource, elf: ElfHeader, warnings: string[]): DumpNotes {
  const cpus: DumpNotes['cpus'][number][] = [];
  let vmcoreinfo: string | undefined;
  for (const { type, offset, fileSize } of elf.segments) {
    if (type !== PT_NOTE) continue;
    if (fileSize > MAX_NOTES_BYTES) {
      warnings.push(`${source.path}: notes of ${fileSize} bytes cannot be right, ignored`);
      continue;
    }
    const bytes = readBytes(source, offset, fileSize);
    if (bytes.length < fileSize) warnings.push(`${source.path}: the file ends inside its notes`);
    const notes = parseNotes(bytes, elf.machine);
    cpus.push(...notes.cpus);
    vmcoreinfo ??= notes.vmcoreinfo;
  }
  return { cpus, vmcoreinfo };
}

/** Segments with a kernel address of their own. QEMU and makedumpfile -E write 0 or the physical address instead. */
function mappingsOf(loads: readonly ElfSegment[], bits: 32 | 64): DumpFacts['mappings'] {
  const kernelStart = bits === 64 ? 1n << 63n : 1n << 30n;
  return loads
    .filter(({ virtual, physical }) => virtual >= kernelStart && virtual !== BigInt(physical))
    .map(({ virtual, physical, fileSize, memorySize }) => ({
      virtual: va(virtual),
      physical: BigInt(physical),
      size: BigInt(Math.max(fileSize, memorySize)),
    }));
}

function headerRows(elf: ElfHeader): (readonly [string, string])[] {
  return [
    ['class', `ELF${elf.bits}`],
    ['e_machine', elf.machine],
    ['e_phnum', String(elf.segmentCount)],
    ...elf.segments
      .slice(0, MAX_ROWS)
      .map((segment, i) => [`phdr[${i}]`, segmentText(segment)] as const),
  ];
}

function segmentText({
  type,
  offset,
  virtual,
  physical,
  fileSize,
  memorySize,
}: ElfSegment): string {
  const fields = {
    type,
    offset,
    vaddr: virtual,
    paddr: physical,
    filesz: fileSize,
    memsz: memorySize,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${value.toString(16)}`)
    .join(' ');
}
