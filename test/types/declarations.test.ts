import { describe, expect, test } from 'vitest';
import { openBtf } from '../../src/types/btf.ts';
import { declaration } from '../../src/types/c-name.ts';
import { memberOnlyDeclaration, typeDeclaration } from '../../src/types/struct-decl.ts';
import { BtfBuilder } from './btf-builder.ts';

function names() {
  const b = new BtfBuilder();
  const int = b.int('int', 4, { signed: true });
  const char = b.int('char', 1, { signed: true });
  const ulong = b.int('long unsigned int', 8);
  const task = b.struct('task', 8, []);
  const taskPointer = b.pointer(task);
  const constChar = b.qualified('const', char);
  const constCharPointer = b.pointer(constChar);
  const proto = b.proto(0, [
    ['t', taskPointer],
    ['n', int],
  ]);
  const none = b.proto(int, []);
  const variadic = b.proto(int, [
    ['f', constCharPointer],
    ['', 0],
  ]);
  return {
    b,
    int,
    char,
    ulong,
    task,
    taskPointer,
    constCharPointer,
    array: b.array(char, 16),
    handler: b.pointer(proto),
    none: b.pointer(none),
    variadic,
    pointerToArray: b.pointer(b.array(int, 4)),
    arrayOfHandlers: b.array(b.pointer(proto), 3),
    constPointer: b.qualified('const', constCharPointer),
    tagged: b.pointer(b.typeTag('user', char)),
    volatile: b.qualified('volatile', ulong),
    anonymous: b.pointer(b.struct('', 4, [])),
    forward: b.pointer(b.fwd('hidden', true)),
    flexible: b.array(b.array(int, 2), 0),
    returnsHandler: b.proto(b.pointer(none), []),
  };
}

describe('C names as gdb writes them', () => {
  const all = names();
  const types = openBtf(all.b.bytes(), 8);
  test.each<[keyof typeof all, string]>([
    ['taskPointer', 'struct task *'],
    ['ulong', 'unsigned long'],
    ['constCharPointer', 'const char *'],
    ['constPointer', 'const char * const'],
    ['array', 'char [16]'],
    ['handler', 'void (*)(struct task *, int)'],
    ['none', 'int (*)(void)'],
    ['variadic', 'int (const char *, ...)'],
    ['pointerToArray', 'int (*)[4]'],
    ['arrayOfHandlers', 'void (*[3])(struct task *, int)'],
    ['tagged', 'char *'],
    ['volatile', 'volatile unsigned long'],
    ['anonymous', 'struct {...} *'],
    ['forward', 'union hidden *'],
    ['flexible', 'int [][2]'],
    ['returnsHandler', 'int (*(void))(void)'],
  ])('%s', (key, text) => {
    expect(types.nameOf(all[key] as number)).toBe(text);
  });

  test('a name grows in the middle of its type', () => {
    expect(declaration(types, all.taskPointer, 'next')).toBe('struct task *next');
    expect(declaration(types, all.array, 'comm')).toBe('char comm[16]');
    expect(declaration(types, all.handler, 'func')).toBe('void (*func)(struct task *, int)');
    expect(declaration(types, all.arrayOfHandlers, 'ops')).toBe(
      'void (*ops[3])(struct task *, int)',
    );
    expect(declaration(types, all.constPointer, 'name')).toBe('const char * const name');
  });

  test('a function that takes itself ends', () => {
    const b = new BtfBuilder();
    const proto = b.proto(0, [['f', b.next + 1]]);
    b.pointer(proto);
    expect(openBtf(b.bytes(), 8).nameOf(proto)).toContain('...');
  });
});

function sheet() {
  const b = new BtfBuilder();
  const uint = b.int('unsigned int', 4);
  const ulong = b.int('long unsigned int', 8);
  const list = b.struct('list_head', 16, [
    { name: 'next', type: b.next + 1, at: 0 },
    { name: 'prev', type: b.next + 1, at: 64 },
  ]);
  b.pointer(list);
  const pair = b.struct('', 16, [
    { name: 'a', type: ulong, at: 0 },
    { name: 'b', type: ulong, at: 64 },
  ]);
  const union = b.union('', 16, [
    { name: 'lru', type: list, at: 0 },
    { name: '', type: pair, at: 0 },
  ]);
  const named = b.struct('', 16, [
    { name: 'inner', type: ulong, at: 0 },
    { name: 'a', type: ulong, at: 64 },
  ]);
  const colour = b.enum('', { RED: 0, GREEN: 1, BLUE: 5, LAST: 6 });
  const page = b.struct('page', 72, [
    { name: 'flags', type: ulong, at: 0 },
    { name: '', type: union, at: 64 },
    { name: 'shared', type: named, at: 192 },
    { name: 'colour', type: colour, at: 320 },
    { name: 'on', type: uint, at: 352, bits: 1 },
    { name: 'rest', type: uint, at: 353, bits: 4 },
    { name: 'empty', type: b.array(ulong, 0), at: 384 },
    { name: 'tail', type: b.array(ulong, 0), at: 384 },
  ]);
  return { b, page, uint, ulong, list, colour };
}

describe('declarations as crash prints them', () => {
  test('a struct, with anonymous members spelled out', () => {
    const { b, page } = sheet();
    expect(typeDeclaration(openBtf(b.bytes(), 8), page)).toBe(`struct page {
    unsigned long flags;
    union {
        struct list_head lru;
        struct {
            unsigned long a;
            unsigned long b;
        };
    };
    struct {
        unsigned long inner;
        unsigned long a;
    } shared;
    enum {RED, GREEN, BLUE = 5, LAST} colour;
    unsigned int on : 1;
    unsigned int rest : 4;
    unsigned long empty[0];
    unsigned long tail[];
}
SIZE: 72`);
  });

  test('offsets stand before members, as wide as the size of the struct has digits', () => {
    const { b, page } = sheet();
    // `a` in shared has the offset of the `a` that the page itself has: crash asks by name.
    expect(typeDeclaration(openBtf(b.bytes(), 8), page, { offsets: true })).toBe(`struct page {
   [0] unsigned long flags;
       union {
   [8]     struct list_head lru;
           struct {
   [8]         unsigned long a;
  [16]         unsigned long b;
           };
       };
       struct {
           unsigned long inner;
   [8]     unsigned long a;
  [24] } shared;
  [40] enum {RED, GREEN, BLUE = 5, LAST} colour;
  [44] unsigned int on : 1;
  [44] unsigned int rest : 4;
  [48] unsigned long empty[0];
  [48] unsigned long tail[];
}
SIZE: 72`);
  });

  test('with an address the brackets hold addresses', () => {
    const { b, list } = sheet();
    const types = openBtf(b.bytes(), 8);
    expect(typeDeclaration(types, list, { offsets: true, address: 0xffffffffa0168530n })).toBe(
      `struct list_head {
  [ffffffffa0168530] struct list_head *next;
  [ffffffffa0168538] struct list_head *prev;
}
SIZE: 16`,
    );
  });

  test('lines without an address are as far in as after an offset', () => {
    const { b, page } = sheet();
    const text = typeDeclaration(openBtf(b.bytes(), 8), page, { offsets: true, address: 0x1000n });
    expect(text.split('\n').slice(1, 5)).toEqual([
      `  [1000] unsigned long flags;`.replace('[', `${' '.repeat(12)}[`),
      '       union {',
      `  [1008]     struct list_head lru;`.replace('[', `${' '.repeat(12)}[`),
      '           struct {',
    ]);
  });

  test('a struct without a tag is spelled out in its struct and in anonymous ones, not in a member', () => {
    const b = new BtfBuilder();
    const int = b.int('int', 4);
    const shade = b.enum('', { RED: 0 });
    const deep = b.struct('', 4, [{ name: 'x', type: int, at: 0 }]);
    const hidden = b.struct('', 4, [{ name: 'y', type: int, at: 0 }]);
    const inner = b.struct('', 12, [
      { name: 'deep', type: deep, at: 0 },
      { name: '', type: hidden, at: 32 },
      { name: 'shade', type: shade, at: 64 },
    ]);
    const top = b.struct('top', 12, [{ name: 'inner', type: inner, at: 0 }]);
    expect(typeDeclaration(openBtf(b.bytes(), 8), top)).toBe(`struct top {
    struct {
        struct {...} deep;
        struct {
            int y;
        };
        enum {...} shade;
    } inner;
}
SIZE: 12`);
  });

  test('one member alone, wherever it is declared', () => {
    const { b } = sheet();
    const types = openBtf(b.bytes(), 8);
    const page = types.struct('page');
    expect(memberOnlyDeclaration(types, page, 'lru')).toBe(
      'struct page {\n   [8]     struct list_head lru;\n}',
    );
    expect(memberOnlyDeclaration(types, page, 'shared')).toBe(
      'struct page {\n       struct {\n  [24] } shared;\n}',
    );
    expect(memberOnlyDeclaration(types, page, 'inner')).toBeUndefined();
    expect(memberOnlyDeclaration(types, page, '')).toBeUndefined();
  });

  test('typedefs say what they are in the end', () => {
    const { b, uint, list, colour } = sheet();
    const atomic = b.typedef('atomic_t', b.struct('', 4, [{ name: 'counter', type: uint, at: 0 }]));
    const mask = b.typedef('mask_t', b.pointer(list));
    const id = b.typedef('my_id', b.typedef('id_t', uint));
    const func = b.typedef('func_t', b.pointer(b.proto(0, [['x', uint]])));
    const shade = b.typedef('shade_t', colour);
    const types = openBtf(b.bytes(), 8);
    expect(typeDeclaration(types, atomic)).toBe(
      'typedef struct {\n    unsigned int counter;\n} atomic_t;\nSIZE: 4',
    );
    expect(typeDeclaration(types, mask)).toBe(
      'typedef struct list_head {\n    struct list_head *next;\n    struct list_head *prev;\n} * mask_t;\nSIZE: 8',
    );
    expect(typeDeclaration(types, id)).toBe('typedef unsigned int my_id;\nSIZE: 4');
    expect(typeDeclaration(types, func)).toBe('typedef void (*)(unsigned int) func_t;\nSIZE: 8');
    expect(typeDeclaration(types, shade)).toBe(
      'typedef enum {\n  RED = 0\n  GREEN = 1\n  BLUE = 5\n  LAST = 6\n};',
    );
  });

  test('an empty struct says so', () => {
    const b = new BtfBuilder();
    const empty = b.struct('lock_class_key', 0, []);
    const types = openBtf(b.bytes(), 8);
    expect(typeDeclaration(types, empty)).toBe(
      'struct lock_class_key {\n    <no data fields>\n}\nSIZE: 0',
    );
    expect(typeDeclaration(types, empty, { offsets: true })).toBe(
      'struct lock_class_key {\n      <no data fields>\n}\nSIZE: 0',
    );
  });

  test('untagged structs that multiply end in an error, not in all memory', () => {
    const b = new BtfBuilder();
    const int = b.int('int', 4);
    let type = b.struct('', 4, [{ name: 'x', type: int, at: 0 }]);
    for (let depth = 0; depth < 20; depth++) {
      type = b.struct(
        '',
        4,
        Array.from({ length: 4 }, () => ({ name: '', type, at: 0 })),
      );
    }
    const top = b.struct('bomb', 4, [{ name: '', type, at: 0 }]);
    expect(() => typeDeclaration(openBtf(b.bytes(), 8), top)).toThrow('no end of members');
  });
});
