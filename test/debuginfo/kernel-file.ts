import { AT, FORM, TAG } from '../../src/debuginfo/units/dwarf-format.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { ByteWriter } from './byte-writer.ts';
import { DwarfWriter, type EntrySpec } from './dwarf-writer.ts';
import { type SectionSpec, writeElf } from './elf-writer.ts';
import { type RowSpec, writeLines } from './line-writer.ts';

/** What a made-up vmlinux of a dump has. Addresses are as linked. */
export interface KernelFileSpec {
  readonly rows?: readonly RowSpec[];
  readonly entries?: readonly EntrySpec[];
  readonly extra?: readonly SectionSpec[];
}

/** The address that a symbol of a target was linked at. */
export const linkOf = (target: Target, name: string): bigint =>
  target.symbol(name) - (target.vmcoreinfo.kernelOffset ?? 0n);

/** A vmlinux of a target's kernel: its symbols, one unit over all of its code, lines and entries as given. */
export function kernelFile(target: Target, spec: KernelFileSpec): Uint8Array {
  const strings = new ByteWriter().u8(0);
  const symbols = new ByteWriter().raw(new Uint8Array(24));
  const text = target.symbol('_text');
  const slide = target.vmcoreinfo.kernelOffset ?? 0n;
  for (const { name, address, type } of target.symbols.kernel.all()) {
    const [info, section] = /^[tTwW]$/.test(type) ? [0x12, 1] : [0x11, 2];
    // Per-CPU data are at 0, and do not move.
    const link = address < text ? address : address - slide;
    symbols.u32(strings.length).u8(info).u8(0).u16(section).u64(link).u64(0);
    strings.text(name);
  }
  const start = linkOf(target, '_stext');
  const end = linkOf(target, '_end');
  const dwarf = new DwarfWriter();
  dwarf.unit({
    version: 5,
    root: {
      tag: TAG.compile_unit,
      attributes: [
        [AT.name, FORM.string, 'kernel/sched/core.c'],
        [AT.comp_dir, FORM.string, '/build'],
        [AT.low_pc, FORM.addr, start],
        [AT.high_pc, FORM.data8, end - start],
        [AT.stmt_list, FORM.sec_offset, 0],
      ],
      children: spec.entries ?? [],
    },
  });
  const lines = writeLines({
    version: 5,
    directories: ['/build', 'kernel/sched'],
    files: [
      ['core.c', 1],
      ['core.c', 1],
    ],
    rows: spec.rows ?? [],
  });
  return writeElf(
    [
      { name: '.text', type: 8, flags: 6, address: start, size: Number(end - start) },
      { name: '.data', type: 8, flags: 3, address: start, size: Number(end - start) },
      { name: '.symtab', type: 2, link: 4, entrySize: 24, bytes: symbols.bytes },
      { name: '.strtab', type: 3, bytes: strings.bytes },
      ...dwarf.sections(),
      { name: '.debug_line', bytes: lines },
      ...(spec.extra ?? []),
    ],
    { buildId: target.vmcoreinfo.buildId ?? 'aa' },
  );
}
