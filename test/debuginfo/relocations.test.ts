import { describe, expect, test } from 'vitest';
import { DebugFile } from '../../src/debuginfo/debug-file.ts';
import { AT, FORM, TAG } from '../../src/debuginfo/units/dwarf-format.ts';
import { ByteWriter } from './byte-writer.ts';
import { DwarfWriter } from './dwarf-writer.ts';
import { type SectionSpec, writeElf } from './elf-writer.ts';
import { writeLines } from './line-writer.ts';
import { MemoryFile } from './sample-file.ts';

const LOADED = 0xffffffffc0345000n;
const TYPES = { 62: 1, 3: 1, 183: 257 } as const;

/** An object file of one function at .text+0x20, with relocations for its addresses; the fields hold `before`. */
function object(machine: 62 | 3 | 183, before: bigint, type = 1): Uint8Array {
  const is64 = machine !== 3;
  const word = is64 ? 8 : 4;
  const dwarf = new DwarfWriter({ addressSize: word });
  dwarf.unit({
    version: 4,
    root: {
      tag: TAG.compile_unit,
      attributes: [
        [AT.name, FORM.string, 'drivers/loop.c'],
        [AT.low_pc, FORM.addr, before],
        [AT.high_pc, FORM.data4, 0x40],
        [AT.stmt_list, FORM.sec_offset, 0],
      ],
    },
  });
  const lines = writeLines({
    version: 4,
    addressSize: word,
    directories: [''],
    files: [
      ['', 0],
      ['loop.c', 0],
    ],
    rows: [
      { address: before, line: 42 },
      { address: before + 0x40n, end: true },
    ],
  });
  const setAddress = Buffer.from(lines).indexOf(Buffer.from([0, 1 + word, 2])) + 3;
  const relocations = (at: number): Uint8Array => {
    const out = new ByteWriter().number(at, word);
    out.number((2n << (is64 ? 32n : 8n)) | BigInt(TYPES[machine]), word);
    if (is64) out.number(0x20, 8);
    return out.bytes;
  };
  const symbols = new ByteWriter().raw(new Uint8Array(is64 ? 48 : 32));
  if (is64) symbols.u32(0).u8(3).u8(0).u16(1).u64(0).u64(0);
  else symbols.u32(0).u32(0).u32(0).u8(3).u8(0).u16(1);
  const [info, abbrev] = dwarf.sections() as [SectionSpec, SectionSpec];
  const rel = (name: string, target: number, at: number): SectionSpec => ({
    name: `${is64 ? '.rela' : '.rel'}${name}`,
    type: is64 ? 4 : 9,
    link: 5,
    info: target,
    entrySize: is64 ? 24 : 8,
    bytes: relocations(at),
  });
  return writeElf(
    [
      { name: '.text', flags: 6, bytes: new Uint8Array(0x100) },
      info,
      abbrev,
      { name: '.debug_line', bytes: lines },
      { name: '.symtab', type: 2, bytes: symbols.bytes },
      rel('.debug_info', 2, dwarf.addresses[0]!.at),
      rel('.debug_line', 4, setAddress),
    ],
    { machine, is64, type },
  );
}

const load = {
  sectionAddress: ({ name }: { name: string }) => (name === '.text' ? LOADED : undefined),
};

describe('relocations', () => {
  test.each([62, 183] as const)(
    'an object file is where its sections were loaded: machine %i',
    (machine) => {
      const file = new DebugFile(new MemoryFile(object(machine, 0n)), { load });
      expect(file.placeAt(LOADED + 0x20n)?.line).toBe(42);
      expect(file.placeAt(LOADED + 0x5fn)?.line).toBe(42);
      expect(file.placeAt(LOADED + 0x60n)).toBeUndefined();
      expect(file.placeAt(LOADED)).toBeUndefined();
    },
  );

  test('the addend stands in the field itself on i386', () => {
    const at = { sectionAddress: () => 0xf8345000n };
    const file = new DebugFile(new MemoryFile(object(3, 0x20n)), { load: at });
    expect(file.placeAt(0xf8345020n)?.line).toBe(42);
    expect(file.placeAt(0xf834501fn)).toBeUndefined();
  });

  test('those of a linked file are history, and are not applied', () => {
    const linked = 0xffffffff81000000n;
    const file = new DebugFile(new MemoryFile(object(62, linked, 2)));
    expect(file.placeAt(linked)?.line).toBe(42);
    expect(file.placeAt(linked + 0x20n)?.line).toBe(42);
  });
});
