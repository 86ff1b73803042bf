import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CrashError } from '../../src/base/errors.ts';
import { DebugFile } from '../../src/debuginfo/debug-file.ts';
import { IndexCache } from '../../src/debuginfo/names/index-cache.ts';
import { AT, FORM, TAG } from '../../src/debuginfo/units/dwarf-format.ts';
import { declaration } from '../../src/types/c-name.ts';
import { scratch } from '../run/scratch.ts';
import { DwarfWriter, type EntrySpec } from './dwarf-writer.ts';
import { writeElf } from './elf-writer.ts';
import { MemoryFile } from './sample-file.ts';

const BUILD_ID = 'ab'.repeat(20);
const DATA = 0xffffffff82001000n;

const address = (value: bigint, size: 4 | 8): Uint8Array => {
  const bytes = new Uint8Array(1 + size);
  const view = new DataView(bytes.buffer);
  bytes[0] = 3;
  if (size === 8) view.setBigUint64(1, value, true);
  else view.setUint32(1, Number(value & 0xffffffffn), true);
  return bytes;
};

interface Form {
  readonly version: 2 | 3 | 4 | 5;
  readonly offsetSize?: 4 | 8;
  readonly addressSize?: 4 | 8;
  /** Whether DW_AT_sibling is written. */
  readonly siblings?: boolean;
}

/** Types and variables of a unit, and of one that only declares `struct node`. */
function entries({ version, addressSize = 8, siblings = true }: Form): EntrySpec[] {
  const expression = version >= 4 ? FORM.exprloc : FORM.block1;
  const name = (text: string) =>
    [AT.name, text.length < 4 ? FORM.string : FORM.strp, text] as const;
  const type = (to: string) => [AT.type, FORM.ref4, { to }] as const;
  const sibling = (to: string) => (siblings ? [[AT.sibling, FORM.ref4, { to }] as const] : []);
  const flags = (label: string, from: number, bits: number): EntrySpec =>
    version >= 4
      ? {
          tag: TAG.member,
          attributes: [
            name(label),
            type('uint'),
            [AT.bit_size, FORM.data1, bits],
            [AT.data_bit_offset, FORM.data1, 64 + from],
          ],
        }
      : {
          tag: TAG.member,
          attributes: [
            name(label),
            type('uint'),
            [AT.byte_size, FORM.data1, 4],
            [AT.bit_size, FORM.data1, bits],
            // From the most significant bit of its four bytes.
            [AT.bit_offset, FORM.data1, 32 - from - bits],
            [AT.data_member_location, FORM.block1, Uint8Array.of(0x23, 8)],
          ],
        };
  return [
    {
      tag: TAG.base_type,
      label: 'int',
      attributes: [name('int'), [AT.byte_size, FORM.data1, 4], [AT.encoding, FORM.data1, 5]],
    },
    {
      tag: TAG.base_type,
      label: 'uint',
      attributes: [
        name('unsigned int'),
        [AT.byte_size, FORM.data1, 4],
        [AT.encoding, FORM.data1, 7],
      ],
    },
    {
      tag: TAG.pointer_type,
      label: 'node*',
      attributes: [[AT.byte_size, FORM.data1, addressSize], type('node')],
    },
    {
      tag: TAG.structure_type,
      label: 'node',
      attributes: [name('node'), [AT.byte_size, FORM.data1, 24], ...sibling('after node')],
      children: [
        {
          tag: TAG.member,
          attributes: [
            name('next'),
            type('node*'),
            [
              AT.data_member_location,
              version === 2 ? FORM.block1 : FORM.data1,
              version === 2 ? Uint8Array.of(0x23, 0) : 0,
            ],
          ],
        },
        flags('a', 0, 3),
        flags('b', 3, 5),
        { tag: TAG.member, attributes: [type('grid'), [AT.data_member_location, FORM.data1, 12]] },
      ],
    },
    {
      tag: TAG.array_type,
      label: 'after node',
      attributes: [type('int')],
      children: [
        { tag: TAG.subrange_type, attributes: [[AT.upper_bound, FORM.data1, 2]] },
        { tag: TAG.subrange_type, attributes: [[AT.count, FORM.data1, 4]] },
      ],
    },
    {
      tag: TAG.union_type,
      label: 'grid',
      attributes: [[AT.byte_size, FORM.data1, 4]],
      children: [{ tag: TAG.member, attributes: [name('x'), type('int')] }],
    },
    {
      tag: TAG.enumeration_type,
      label: 'colour',
      attributes: [name('colour'), [AT.byte_size, FORM.data1, 4], type('int')],
      children: [
        { tag: TAG.enumerator, attributes: [name('RED'), [AT.const_value, FORM.data1, 1]] },
        // Without a sign in its form: the type of the enumeration decides.
        {
          tag: TAG.enumerator,
          attributes: [name('GONE'), [AT.const_value, FORM.data4, 0xffffffff]],
        },
      ],
    },
    {
      tag: TAG.variable,
      label: 'declared',
      attributes: [
        name('board'),
        type('open'),
        [AT.declaration, FORM.flag, 1],
        [AT.external, FORM.flag, 1],
      ],
    },
    {
      tag: TAG.array_type,
      label: 'open',
      attributes: [type('int')],
      children: [{ tag: TAG.subrange_type }],
    },
    {
      tag: TAG.variable,
      attributes: [
        [AT.specification, FORM.ref4, { to: 'declared' }],
        type('after node'),
        [AT.location, expression, address(DATA, addressSize)],
      ],
    },
    {
      tag: TAG.variable,
      attributes: [
        name('rq'),
        type('node*'),
        [AT.location, expression, address(DATA + 64n, addressSize)],
      ],
    },
    {
      tag: TAG.typedef,
      label: 'handler',
      attributes: [name('handler_t'), type('pointer to function')],
    },
    { tag: TAG.pointer_type, label: 'pointer to function', attributes: [type('function')] },
    {
      tag: TAG.subroutine_type,
      label: 'function',
      attributes: [type('int')],
      children: [
        { tag: TAG.formal_parameter, attributes: [type('node*')] },
        { tag: TAG.unspecified_parameters },
      ],
    },
  ];
}

function fileOf(form: Form): Uint8Array {
  const { version, offsetSize = 4, addressSize = 8 } = form;
  const dwarf = new DwarfWriter({ addressSize });
  const unit = (children: EntrySpec[], name: string) =>
    dwarf.unit({
      version,
      offsetSize,
      root: { tag: TAG.compile_unit, attributes: [[AT.name, FORM.string, name]], children },
    });
  unit(
    [
      {
        tag: TAG.structure_type,
        label: 'only declared',
        attributes: [
          [AT.name, FORM.strp, 'node'],
          [AT.declaration, FORM.flag, 1],
        ],
      },
    ],
    'first.c',
  );
  unit(entries(form), 'second.c');
  return writeElf(dwarf.sections(), {
    is64: addressSize === 8,
    machine: addressSize === 8 ? 62 : 3,
    buildId: BUILD_ID,
  });
}

const open = (form: Form, cache?: IndexCache): DebugFile =>
  new DebugFile(new MemoryFile(fileOf(form)), { cache });

const FORMS: Form[] = [
  { version: 2 },
  { version: 3 },
  { version: 4 },
  { version: 5 },
  { version: 5, offsetSize: 8 },
  { version: 4, addressSize: 4 },
  { version: 5, siblings: false },
];

describe('types of DWARF', () => {
  test.each(FORMS)(
    'structures, bit fields, arrays of dimensions and enumerations are the same in every form: %o',
    (form) => {
      const types = open(form).types();
      const node = types.struct('node');
      expect(node.size).toBe(24);
      expect(
        node.members.map(({ name, bitOffset, bitSize }) => `${name}@${bitOffset}:${bitSize}`),
      ).toEqual(['next@0:0', 'a@64:3', 'b@67:5', '@96:0']);
      expect(types.member('node', 'x').offset).toBe(12);
      expect(types.enumerator('GONE')).toBe(-1n);
      expect(types.enumOf('colour')?.values.map(({ name }) => name)).toEqual(['RED', 'GONE']);
      const handler = types.find('typedef', 'handler_t');
      expect(declaration(types, (handler as { target: number }).target, 'call')).toBe(
        'int (*call)(struct node *, ...)',
      );
      expect([...types.names()].map(({ name }) => name).sort()).toEqual([
        'colour',
        'handler_t',
        'int',
        'node',
        'unsigned int',
      ]);
      expect(types.find('struct', 'nosuch')).toBeUndefined();
    },
  );

  test.each(FORMS)(
    'a variable is found by its address, with the type of its definition: %o',
    (form) => {
      const file = open(form);
      const at = form.addressSize === 4 ? DATA & 0xffffffffn : DATA;
      const types = file.types();
      const text = (where: bigint): string | undefined => {
        const die = file.variableAt(where);
        const found = die && types.variable(die);
        return found?.kind === 'var' ? declaration(types, found.type, found.name) : undefined;
      };
      // First by the bytes of its location, then by the index.
      expect(text(at)).toBe('int board[3][4]');
      expect(text(at + 64n)).toBe('struct node *rq');
      expect(text(at + 1n)).toBeUndefined();
      const indexed = open(form);
      expect([...indexed.names.all()].length).toBeGreaterThan(5);
      expect(indexed.variableAt(at)?.offset).toBe(file.variableAt(at)?.offset);
    },
  );

  test('what a unit only declares is the definition of another unit', () => {
    const file = open({ version: 5 });
    const types = file.types();
    const declared = [...file.dwarf.unitAt(0).root.children()][0];
    expect(types.get(types.idOf(declared?.offset ?? 0))).toMatchObject({
      kind: 'struct',
      size: 24,
    });
  });

  test('a type that is its own typedef is an error, not a loop', () => {
    const dwarf = new DwarfWriter();
    const own: EntrySpec = {
      tag: TAG.typedef,
      label: 'loop',
      attributes: [
        [AT.name, FORM.strp, 'loop_t'],
        [AT.type, FORM.ref4, { to: 'loop' }],
      ],
    };
    dwarf.unit({ version: 5, root: { tag: TAG.compile_unit, children: [own] } });
    const types = new DebugFile(new MemoryFile(writeElf(dwarf.sections()))).types();
    expect(() => types.sizeof('loop_t')).toThrow(CrashError);
  });

  test('each byte changed once gives the same answers or a typed error', {
    timeout: 30_000,
  }, () => {
    const whole = fileOf({ version: 5 });
    for (let at = 0; at < whole.length; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (bytes[at] as number) ^ 0xff;
      try {
        const file = new DebugFile(new MemoryFile(bytes));
        const types = file.types();
        types.findMember('node', 'next');
        types.enumerator('RED');
        file.variableAt(DATA);
      } catch (error) {
        if (!(error instanceof CrashError)) throw error;
      }
    }
  });
});

describe('the cache of indexes', () => {
  const index = (folder: string) =>
    join(folder, readdirSync(folder).find((name) => name.endsWith('.idx')) ?? '');

  test('a second session reads the index of the first, and looks through no unit', () => {
    const folder = join(scratch('cache'), 'new');
    expect(open({ version: 5 }, new IndexCache(folder)).types().sizeof('node')).toBe(24);
    const file = open({ version: 5 }, new IndexCache(folder));
    const before = file.names.arrays;
    expect(
      new IndexCache(folder).load({ buildId: BUILD_ID, size: fileOf({ version: 5 }).length }),
    ).toEqual(before);
    expect(file.types().sizeof('node')).toBe(24);
    expect(file.variableAt(DATA)).toBeDefined();
  });

  test('one that is damaged, cut or of another file is made anew', () => {
    const folder = scratch('cache');
    const key = { buildId: BUILD_ID, size: fileOf({ version: 5 }).length };
    open({ version: 5 }, new IndexCache(folder)).types().sizeof('node');
    const good = readFileSync(index(folder));
    for (const bad of [
      good.subarray(0, 40),
      Buffer.alloc(0),
      Buffer.from(good).fill(1, 100, 101),
    ]) {
      writeFileSync(index(folder), bad);
      expect(new IndexCache(folder).load(key)).toBeUndefined();
      expect(open({ version: 5 }, new IndexCache(folder)).types().sizeof('node')).toBe(24);
      expect(readFileSync(index(folder))).toEqual(good);
    }
    expect(new IndexCache(folder).load({ ...key, size: key.size + 1 })).toBeUndefined();
  });

  test('a folder that cannot be made is no error', () => {
    const folder = scratch('cache');
    mkdirSync(join(folder, 'x'));
    writeFileSync(join(folder, 'x', 'file'), '');
    expect(
      open({ version: 5 }, new IndexCache(join(folder, 'x', 'file')))
        .types()
        .sizeof('node'),
    ).toBe(24);
  });
});
