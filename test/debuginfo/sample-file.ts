import type { FileBytes } from '../../src/debuginfo/elf/file-bytes.ts';
import { AT, FORM, TAG } from '../../src/debuginfo/units/dwarf-format.ts';
import { ByteWriter } from './byte-writer.ts';
import { DwarfWriter } from './dwarf-writer.ts';
import { type ElfForm, writeElf } from './elf-writer.ts';
import { type RowSpec, writeLines } from './line-writer.ts';

/** Bytes as a file, which counts what is read. */
export class MemoryFile implements FileBytes {
  readonly path = 'vmlinux';
  readonly size: number;
  readonly #bytes: Uint8Array;
  bytesRead = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }
  read(offset: number, target: Uint8Array): number {
    const part = this.#bytes.subarray(offset, offset + target.length);
    target.set(part);
    this.bytesRead += part.length;
    return part.length;
  }
  close(): void {}
}

export const TEXT = 0xffffffff81000000n;
/** TEXT in a file of the given width. */
export const textIn = (is64: boolean): bigint => (is64 ? TEXT : 0xc1000000n);

export interface LinesForm extends ElfForm {
  readonly version: 2 | 3 | 4 | 5;
  readonly offsetSize?: 4 | 8;
  readonly special?: boolean;
  readonly aranges?: boolean;
}

const FLAGS = 2 | 4;

/** A vmlinux of one unit, kernel/fork.c, with this line table; directory 1 is `include/linux`, file 2 `sched.h` there. */
export function vmlinuxWithLines(rows: readonly RowSpec[], form: LinesForm): Uint8Array {
  const { version, is64 = true, little = true, offsetSize = 4, aranges = true } = form;
  const addressSize = is64 ? 8 : 4;
  const start = textIn(is64);
  const dwarf = new DwarfWriter({ little, addressSize });
  dwarf.unit({
    version,
    offsetSize,
    root: {
      tag: TAG.compile_unit,
      attributes: [
        [AT.producer, FORM.strp, 'GNU C'],
        [AT.name, version >= 5 ? FORM.line_strp : FORM.strp, 'kernel/fork.c'],
        [AT.comp_dir, FORM.string, '/build/linux'],
        [AT.low_pc, FORM.addr, start],
        [
          AT.high_pc,
          version >= 4 ? FORM.data4 : FORM.addr,
          version >= 4 ? 0x1000 : start + 0x1000n,
        ],
        [
          AT.stmt_list,
          version >= 4 ? FORM.sec_offset : offsetSize === 8 ? FORM.data8 : FORM.data4,
          0,
        ],
      ],
    },
  });
  const set = new ByteWriter(little);
  if (offsetSize === 8) set.u32(0xffffffff);
  const lengthAt = set.length;
  set
    .number(0, offsetSize)
    .u16(2)
    .number(0, offsetSize)
    .u8(addressSize)
    .u8(0)
    .align(2 * addressSize);
  set
    .number(start, addressSize)
    .number(0x1000, addressSize)
    .number(0, 2 * addressSize);
  set.patch(lengthAt, set.length - lengthAt - offsetSize, offsetSize);
  return writeElf(
    [
      {
        name: '.text',
        flags: FLAGS,
        address: start,
        bytes: new Uint8Array(16),
        type: 8,
        size: 0x1000,
      },
      ...dwarf.sections(),
      ...(aranges ? [{ name: '.debug_aranges', bytes: set.bytes }] : []),
      {
        name: '.debug_line',
        bytes: writeLines({
          version,
          offsetSize,
          addressSize,
          little,
          special: form.special ?? false,
          directories: version >= 5 ? ['/build/linux', 'include/linux'] : ['', 'include/linux'],
          // Version 5 counts files from 0; gcc writes the first one twice.
          files: [
            ['kernel/fork.c', 0],
            ['kernel/fork.c', 0],
            ['sched.h', 1],
          ],
          rows,
        }),
      },
    ],
    form,
  );
}
