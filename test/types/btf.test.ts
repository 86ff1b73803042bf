import { describe, expect, test } from 'vitest';
import { CorruptError, MissingError } from '../../src/base/errors.ts';
import { openBtf } from '../../src/types/btf.ts';
import { TypeChain } from '../../src/types/chain.ts';
import type { StructType } from '../../src/types/types.ts';
import { BtfBuilder } from './btf-builder.ts';

/** A few types of everyday. */
function everyday() {
  const b = new BtfBuilder();
  const int = b.int('int', 4, { signed: true });
  const ulong = b.int('long unsigned int', 8);
  const char = b.int('char', 1, { signed: true });
  const name = b.array(char, 16);
  const list = b.struct('list_head', 16, [
    { name: 'next', type: b.next + 1, at: 0 },
    { name: 'prev', type: b.next + 1, at: 64 },
  ]);
  b.pointer(list);
  const pair = b.array(list, 3);
  const inner = b.union('', 8, [
    { name: 'count', type: ulong, at: 0 },
    { name: 'half', type: int, at: 32 },
  ]);
  const task = b.struct('task', 96, [
    { name: 'pid', type: int, at: 0 },
    { name: '', type: inner, at: 64 },
    { name: 'comm', type: name, at: 128 },
    { name: 'lists', type: pair, at: 256 },
  ]);
  b.typedef('task_t', b.qualified('const', task));
  return { b, int, ulong, task };
}

describe('reading BTF', () => {
  test('sizes and members come out as they went in', () => {
    const types = openBtf(everyday().b.bytes(), 8);
    expect(types.sizeof('task')).toBe(96);
    expect(
      types.struct('list_head').members.map((member) => [member.name, member.bitOffset]),
    ).toEqual([
      ['next', 0],
      ['prev', 64],
    ]);
    expect(types.problem).toBeUndefined();
  });

  test('a path goes through anonymous unions, arrays and nested structs', () => {
    const types = openBtf(everyday().b.bytes(), 8);
    expect(types.member('task', 'count')).toMatchObject({ offset: 8, size: 8 });
    expect(types.member('task', 'half').offset).toBe(12);
    expect(types.member('task', 'lists[2].prev').offset).toBe(32 + 2 * 16 + 8);
    expect(types.member('task', 'comm[3]')).toMatchObject({ offset: 19, size: 1 });
  });

  test.each(['nosuch', 'pid.x', 'pid[0]', 'lists.next', 'lists[1', 'lists[]', '', '.', 'comm[-1]'])(
    'the path %j finds nothing',
    (path) => {
      expect(openBtf(everyday().b.bytes(), 8).findMember('task', path)).toBeUndefined();
    },
  );

  test('a missing member is named with its struct, a missing struct alone', () => {
    const types = openBtf(everyday().b.bytes(), 8);
    expect(() => types.member('task', 'mm')).toThrow('this kernel has no member "task.mm"');
    expect(() => types.member('nosuch', 'mm')).toThrow('this kernel has no type "struct nosuch"');
  });

  test('a typedef of a qualified struct stands for the struct', () => {
    const types = openBtf(everyday().b.bytes(), 8);
    expect(types.struct('task_t').name).toBe('task');
    expect(types.has('task_t', 'pid')).toBe(true);
  });

  test('bit fields keep their bits', () => {
    const b = new BtfBuilder();
    const uint = b.int('unsigned int', 4);
    b.struct('flags', 4, [
      { name: 'a', type: uint, at: 0, bits: 3 },
      { name: 'b', type: uint, at: 3, bits: 9 },
      { name: 'whole', type: uint, at: 32 },
    ]);
    const types = openBtf(b.bytes(), 8);
    expect(types.member('flags', 'b')).toMatchObject({ offset: 0, bitOffset: 3, bitSize: 9 });
    expect(types.member('flags', 'whole')).toMatchObject({ offset: 4, bitSize: 0 });
  });

  test('a complete struct is found before a forward declaration of its name, wherever they stand', () => {
    const b = new BtfBuilder();
    const int = b.int('int', 4, { signed: true });
    b.fwd('late');
    // Many types between, so that the scan has to go on.
    for (let i = 0; i < 10_000; i++) b.pointer(int);
    const late = b.struct('late', 4, []);
    b.fwd('only');
    const types = openBtf(b.bytes(), 8);
    expect(types.find('struct', 'late')?.id).toBe(late);
    expect(types.find('struct', 'only')?.kind).toBe('fwd');
    expect(types.has('only')).toBe(false);
  });

  test('struct finds a union when no struct has the name, and a name that is part of another is not it', () => {
    const b = new BtfBuilder();
    b.union('bits', 8, []);
    b.struct('some_bits', 8, []);
    const types = openBtf(b.bytes(), 8);
    expect(types.find('struct', 'bits')?.kind).toBe('union');
    expect(types.find('union', 'some_bits')).toBeUndefined();
    expect(types.find('struct', 'some')).toBeUndefined();
  });

  test('every kind of the specification is decoded', () => {
    const b = new BtfBuilder();
    const int = b.int('int', 4, { signed: true });
    const bool = b.int('_Bool', 1, { bool: true });
    const float = b.float('double', 8);
    const proto = b.proto(int, [
      ['a', int],
      ['', 0],
    ]);
    const func = b.func('printf', proto, 1);
    const variable = b.var('runqueues', int);
    const section = b.datasec('.data..percpu', 64, [[variable, 32, 4]]);
    const tag = b.declTag('user', func, 0);
    const big = b.enum64('big', { HUGE: 1n << 40n, LOW: -1n }, true);
    const tagged = b.typeTag('rcu', b.pointer(int));
    const types = openBtf(b.bytes(), 8);
    expect(types.get(0)).toEqual({ kind: 'void', id: 0, name: 'void' });
    expect(types.get(bool)).toMatchObject({ kind: 'int', bool: true, size: 1 });
    expect(types.get(float)).toMatchObject({ kind: 'float', name: 'double', size: 8 });
    expect(types.get(proto)).toMatchObject({
      variadic: true,
      parameters: [{ name: 'a', type: int }],
    });
    expect(types.find('func', 'printf')).toMatchObject({ kind: 'func', id: func, proto });
    expect(types.find('var', 'runqueues')).toMatchObject({ kind: 'var', type: int });
    expect(types.get(section)).toMatchObject({
      variables: [{ type: variable, offset: 32, size: 4 }],
    });
    expect(types.get(tag)).toMatchObject({ kind: 'decl_tag', component: 0, target: func });
    expect(types.get(big)).toMatchObject({
      size: 8,
      values: [{ value: 1n << 40n }, { value: -1n }],
    });
    expect(types.resolve(tagged).kind).toBe('pointer');
    expect(types.sizeOf(tagged)).toBe(8);
    expect(types.count).toBe(tagged + 1);
  });

  test('an enumerator is found in whatever enum has it', () => {
    const b = new BtfBuilder();
    b.enum('zone', { DMA: 0, NORMAL: 2 });
    for (let i = 0; i < 5000; i++) b.enum(`e${i}`, { [`V${i}`]: i });
    const types = openBtf(b.bytes(), 8);
    expect(types.enumerator('NORMAL')).toBe(2n);
    expect(types.enumerator('V4999')).toBe(4999n);
    expect(types.enumerator('NOSUCH')).toBeUndefined();
    expect(types.enumWith('DMA')?.name).toBe('zone');
    expect(types.enumOf('zone')?.values).toHaveLength(2);
  });

  test('an old encoder marks no enum signed: small negative values tell, large ones stay', () => {
    const old = new BtfBuilder();
    const negative = old.enum('state', { BAD: -1, GOOD: 0 });
    const mask = old.enum('mask', { TOP: 0x80000000 });
    const before = openBtf(old.bytes(), 8);
    expect(before.get(negative)).toMatchObject({
      signed: true,
      values: [{ value: -1n }, { value: 0n }],
    });
    expect(before.get(mask)).toMatchObject({ signed: false, values: [{ value: 0x80000000n }] });

    const marked = new BtfBuilder();
    const unsigned = marked.enum('limit', { MAX: -1 });
    for (let i = 0; i < 5000; i++) marked.enum('', { [`X${i}`]: 1 });
    marked.enum('', { Y: -1 }, true);
    expect(openBtf(marked.bytes(), 8).get(unsigned)).toMatchObject({
      values: [{ value: 0xffffffffn }],
    });
  });
});

describe('reading lazily', () => {
  test('a struct at the front costs the front of the blob', () => {
    const b = new BtfBuilder();
    const int = b.int('int', 4, { signed: true });
    b.struct('early', 4, [{ name: 'x', type: int, at: 0 }]);
    for (let i = 0; i < 40_000; i++) b.typedef(`some_type_${i}`, int);
    const blob = b.bytes();
    let read = 0;
    const types = openBtf(
      {
        length: blob.length,
        read: (offset, length) => {
          read += length;
          return blob.subarray(offset, offset + length);
        },
      },
      8,
    );
    expect(types.member('early', 'x').offset).toBe(0);
    expect(read).toBeLessThan(blob.length / 2);
    expect(types.find('typedef', 'some_type_39999')?.id).toBe(40_002);
    expect(types.count).toBe(40_003);
  });

  test('a name across the edge of two chunks is found and read whole', () => {
    const b = new BtfBuilder();
    const int = b.int('int', 4);
    // Names of 1021 bytes and a NUL: one lies over each 64 KiB edge.
    const names = Array.from({ length: 600 }, (_, i) =>
      `n${String(i).padStart(4, '0')}`.padEnd(1021, 'x'),
    );
    for (const name of names) b.typedef(name, int);
    const blob = b.bytes();
    const types = openBtf(
      {
        length: blob.length,
        read: (at, length) => blob.subarray(at, at + length),
      },
      8,
    );
    for (const name of names) expect(types.find('typedef', name)).toMatchObject({ name });
  });
});

describe('split BTF', () => {
  function split() {
    const { b: base, int } = everyday();
    const one = new BtfBuilder(base);
    one.struct('module_data', 8, [
      { name: 'pid', type: int, at: 0 },
      { name: 'own', type: one.next + 1, at: 32 },
    ]);
    one.typedef('own_t', int);
    const two = new BtfBuilder(base);
    two.enum('colour', { RED: 7 });
    two.struct('other_data', 4, [{ name: 'c', type: two.next - 1, at: 0 }]);
    const kernel = openBtf(base.bytes(), 8);
    return { kernel, one: one.bytes(), two: two.bytes() };
  }

  test('types and strings continue the base', () => {
    const { kernel, one } = split();
    const types = openBtf(one, kernel);
    const struct = types.struct('module_data');
    expect(struct.id).toBe(kernel.count);
    expect(types.nameOf(struct.members[1]!.type)).toBe('own_t');
    expect(types.struct('task').id).toBe(kernel.struct('task').id);
    expect(types.member('module_data', 'pid').offset).toBe(0);
  });

  test('a chain looks in modules after the kernel, and numbers them one after the other', () => {
    const { kernel, one, two } = split();
    let opened = 0;
    const chain = new TypeChain(kernel, function* () {
      opened++;
      yield { module: 'one', content: one };
      yield { module: 'broken', content: new Uint8Array(10) };
      yield { module: 'two', content: two };
    });
    expect(chain.struct('task').name).toBe('task');
    expect(opened).toBe(0);
    const first = chain.struct('module_data');
    const second = chain.struct('other_data');
    expect(second.id).toBeGreaterThan(first.id);
    expect(chain.get(first.id)).toBe(first);
    expect(chain.resolve(second.members[0]!.type)).toMatchObject({ kind: 'enum', name: 'colour' });
    expect(chain.enumerator('RED')).toBe(7n);
    expect(chain.problems).toEqual([{ module: 'broken', reason: 'BTF: only 10 bytes' }]);
    expect(chain.module('two')?.has('other_data')).toBe(true);
    expect(opened).toBe(1);
  });

  test('a list of modules that cannot be read to its end has those before, and the kernel', () => {
    const { kernel, one } = split();
    const chain = new TypeChain(kernel, function* () {
      yield { module: 'one', content: one };
      throw new CorruptError('cut off');
    });
    expect(chain.find('struct', 'nosuch')).toBeUndefined();
    expect(chain.has('task') && chain.has('module_data')).toBe(true);
    expect(chain.problems).toHaveLength(1);
  });
});

describe('BTF that lies', () => {
  test.each([
    ['too short', new Uint8Array(3)],
    ['no magic', everyday().b.bytes((header) => header.setUint16(0, 1))],
    ['big-endian', everyday().b.bytes((header) => header.setUint16(0, 0xeb9f, false))],
    ['version', everyday().b.bytes((header) => header.setUint8(2, 9))],
    ['header beyond the end', everyday().b.bytes((header) => header.setUint32(4, 1 << 30, true))],
    ['types beyond the end', everyday().b.bytes((header) => header.setUint32(12, 1 << 30, true))],
    [
      'strings beyond the end',
      everyday().b.bytes((header) => header.setUint32(16, 0xffffffff, true)),
    ],
  ])('%s is refused with a reason', (_, bytes) => {
    expect(() => openBtf(bytes, 8)).toThrow(CorruptError);
  });

  test('an unknown kind loses what is behind it and says so; the layout section steps over it', () => {
    const b = new BtfBuilder();
    const before = b.struct('before', 4, []);
    b.raw(77, 'mystery', 0, [1, 2, 3, 4], 1);
    const behind = b.struct('behind', 8, []);
    const types = openBtf(b.bytes(), 8);
    expect(types.sizeof('before')).toBe(4);
    // It may be one of the types that are lost: that it is absent would be a guess.
    expect(() => types.has('behind')).toThrow(/"behind" is not among .*unknown kind 77/);
    expect(types.has('nowhere')).toBe(false);
    expect(types.problem).toContain('unknown kind 77');
    expect(before).toBe(1);

    // struct btf_layout per kind after the strings: kind 77 has 4 bytes and 12 more per entry.
    const plain = b.bytes(undefined, new Uint8Array(8));
    const layout = new Uint8Array(78 * 4);
    layout.set([4, 12], 77 * 4);
    const blob = new Uint8Array([...plain, ...layout]);
    const view = new DataView(blob.buffer);
    view.setUint32(24, plain.length - 32, true);
    view.setUint32(28, layout.length, true);
    const newer = openBtf(blob, 8);
    expect(newer.problem).toBeUndefined();
    expect(newer.find('struct', 'behind')?.id).toBe(behind);
    expect(() => newer.get(2)).toThrow(MissingError);
  });

  test('a typedef of itself, an array of itself and a struct in itself end in errors', () => {
    const b = new BtfBuilder();
    const loop = b.typedef('loop', b.next);
    const array = b.array(b.next, 2);
    const anonymous = b.struct('', 8, [{ name: '', type: b.next, at: 0 }]);
    b.struct('outer', 8, [{ name: '', type: anonymous, at: 0 }]);
    const types = openBtf(b.bytes(), 8);
    expect(() => types.resolve(loop)).toThrow('typedef of itself');
    expect(() => types.sizeOf(array)).toThrow(CorruptError);
    expect(types.findMember('outer', 'x')).toBeUndefined();
    expect(types.nameOf(loop)).toBe('loop');
    expect(types.nameOf(array)).toContain('[2]');
  });

  test('sizes that overflow are errors, not numbers', () => {
    const b = new BtfBuilder();
    let type = b.int('int', 4);
    for (let i = 0; i < 5; i++) type = b.array(type, 0xffffffff);
    expect(() => openBtf(b.bytes(), 8).sizeOf(type)).toThrow('impossibly large');
  });

  test('numbers and names outside the tables are errors', () => {
    const b = new BtfBuilder();
    b.struct('s', 4, [{ name: 'x', type: 999, at: 0 }]);
    b.raw(8, '', 1);
    const bytes = b.bytes();
    const types = openBtf(bytes, 8);
    expect(() => types.sizeOf(types.struct('s').members[0]!.type)).toThrow(MissingError);
    expect(() => types.get(3)).toThrow(MissingError);
    expect(() => types.get(-1)).toThrow(MissingError);
    expect(() => types.get(1.5)).toThrow(MissingError);
    new DataView(bytes.buffer).setUint32(24, 0x7fffffff, true); // name_off of the struct
    expect(() => openBtf(bytes, 8).get(1)).toThrow('string offset');
  });

  test('a member count beyond the section ends the table there', () => {
    const b = new BtfBuilder();
    b.struct('fine', 4, []);
    b.raw(4, 'cut', 4, [0, 1, 0], 0xffff);
    const types = openBtf(b.bytes(), 8);
    expect((types.find('struct', 'fine') as StructType).size).toBe(4);
    expect(() => types.has('cut')).toThrow(MissingError);
    expect(types.problem).toContain('beyond the type section');
  });
});
