import { describe, expect, test } from 'vitest';
import { ReadError } from '../../src/base/errors.ts';
import { openBtf } from '../../src/types/btf.ts';
import { floatText } from '../../src/types/scalar.ts';
import { characterText, stringText } from '../../src/types/text.ts';
import {
  memberText,
  type ValueEnvironment,
  type ValueStyle,
  valueText,
} from '../../src/types/value.ts';
import { BtfBuilder } from './btf-builder.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const numbers = (...values: bigint[]): Uint8Array =>
  new Uint8Array(BigUint64Array.from(values.map((value) => BigInt.asUintN(64, value))).buffer);

/** Memory with one string at 0x1000, and one page of letters at 0x3000 with nothing after it. */
function environment(b: BtfBuilder): ValueEnvironment {
  return {
    types: openBtf(b.bytes(), 8),
    symbolize: (address) =>
      address >= 0x1000n && address < 0x2000n
        ? address === 0x1000n
          ? 'banner'
          : `banner+${address - 0x1000n}`
        : undefined,
    read(address, length) {
      if (address >= 0x1000n && address < 0x2000n) {
        return bytes('hello\0'.padEnd(length, 'x')).subarray(0, length);
      }
      if (address >= 0x3000n && address + BigInt(length) <= 0x4000n)
        return bytes('ab'.repeat(length)).subarray(0, length);
      throw new ReadError('kernel', address, 'not-mapped');
    },
  };
}

function print(
  build: (b: BtfBuilder) => number,
  content: Uint8Array,
  style: ValueStyle = {},
): string {
  const b = new BtfBuilder();
  const type = build(b);
  return valueText(environment(b), type, { bytes: content, offset: 0, address: 0x1000n }, style);
}

const INT = (b: BtfBuilder): number => b.int('int', 4, { signed: true });
const CHAR = (b: BtfBuilder): number => b.int('char', 1, { signed: true });

describe('text of bytes', () => {
  test.each([
    ['init\0\0\0\0', '"init\\000\\000\\000"'],
    ['', '""'],
    ['\0', '""'],
    ['say "\\hi"\n\t', '"say \\"\\\\hi\\"\\n\\t"'],
    ["it's", '"it\'s"'],
    // A digit after an octal escape would change what the escape means.
    ['\x001\x00a9', '"\\000\\061\\000a9"'],
    ['\x0112', '"\\001\\061\\062"'],
    ['\x1b[31m', '"\\033[31m"'],
    ['\xff\xfe', '"\\377\\376"'],
    ['\x7f', '"\\177"'],
  ])('%j is %s', (text, printed) => {
    expect(stringText(bytes(text), 256)).toBe(printed);
  });

  test('printable UTF-8 stands for itself; controls and marks of direction do not', () => {
    expect(stringText(Buffer.from('naïve 日本'), 256)).toBe('"naïve 日本"');
    expect(stringText(Buffer.from('a\u202eb'), 256)).toBe('"a\\342\\200\\256b"');
    expect(stringText(Buffer.from('\u0085'), 256)).toBe('"\\302\\205"');
    expect(stringText(Uint8Array.of(0xe6, 0x97), 256)).toBe('"\\346\\227"');
    expect(stringText(Uint8Array.of(0xc0, 0x80), 256)).toBe('"\\300\\200"');
  });

  test('256 characters are shown, but a run of one character is never cut', () => {
    expect(stringText(bytes('ab'.repeat(200)), 256)).toBe(`"${'ab'.repeat(128)}"...`);
    expect(stringText(new Uint8Array(1000), 256)).toBe(`"${'\\000'.repeat(999)}"`);
  });

  test('characters', () => {
    expect([97, 0, 39, 34, 92, 200, 10].map(characterText)).toEqual([
      "'a'",
      "'\\000'",
      "'\\''",
      "'\"'",
      "'\\\\'",
      "'\\310'",
      "'\\n'",
    ]);
  });
});

describe('floats', () => {
  test.each([
    [1.5, 8, '1.5'],
    [10 / 3, 8, '3.3333333333333335'],
    [1 / 3, 4, '0.333333343'],
    [1e100, 8, '1e+100'],
    [1e-7, 8, '9.9999999999999995e-08'],
    [100000000, 8, '100000000'],
    [123456789.12345679, 8, '123456789.12345679'],
    [-0, 8, '-0'],
    [Number.POSITIVE_INFINITY, 8, 'inf'],
  ])('%d in %d bytes', (value, size, text) => {
    expect(floatText(size === 4 ? Math.fround(value) : value, size)).toBe(text);
  });
});

describe('scalars', () => {
  test('integers by their type, chars with their character', () => {
    expect(print(INT, numbers(-5n))).toBe('-5');
    expect(print((b) => b.int('unsigned int', 4), numbers(-5n))).toBe('4294967291');
    expect(print(CHAR, bytes('A'))).toBe("65 'A'");
    expect(print((b) => b.int('unsigned char', 1), bytes('\xc8'))).toBe("200 '\\310'");
    expect(print((b) => b.int('__int128', 16, { signed: true }), numbers(-1n, -1n))).toBe('-1');
    expect(print((b) => b.int('unsigned __int128', 16), numbers(0n, 1n))).toBe(
      '18446744073709551616',
    );
  });

  test('bools, and bytes that are none', () => {
    const bool = (b: BtfBuilder): number => b.int('_Bool', 1, { bool: true });
    expect([0, 1, 7].map((value) => print(bool, Uint8Array.of(value)))).toEqual([
      'false',
      'true',
      '7',
    ]);
    expect(print(bool, Uint8Array.of(1), { radix: 16 })).toBe('0x1');
  });

  test('radix 16 is for integers; enumerators keep their names', () => {
    expect(print(INT, numbers(-1n), { radix: 16 })).toBe('0xffffffff');
    expect(print(CHAR, bytes('s'), { radix: 16 })).toBe('0x73');
    const colour = (b: BtfBuilder): number => b.enum('c', { RED: 0, GREEN: 1, THREE: 3 });
    expect(print(colour, numbers(1n), { radix: 16 })).toBe('GREEN');
    expect(print(colour, numbers(99n), { radix: 16 })).toBe('99');
  });

  test('enums whose values are single bits are flags', () => {
    const flags = (b: BtfBuilder): number => b.enum('f', { NONE: 0, A: 1, B: 2, C: 4 });
    expect([0n, 2n, 5n, 9n, 8n].map((value) => print(flags, numbers(value)))).toEqual([
      'NONE',
      'B',
      '(A | C)',
      '(A | unknown: 0x8)',
      '(unknown: 0x8)',
    ]);
    const zeroless = (b: BtfBuilder): number => b.enum('f', { A: 1, B: 2 });
    expect(print(zeroless, numbers(0n))).toBe('0');
    const masked = (b: BtfBuilder): number => b.enum('m', { A: 1, MASK: 6 });
    expect(print(masked, numbers(3n))).toBe('3');
    const negative = (b: BtfBuilder): number => b.enum('n', { A: 1, B: 2, BAD: -1 }, true);
    expect(print(negative, numbers(3n))).toBe('3');
  });

  test.each<[ValueStyle['letter'], string]>([
    ['x', '0x41'],
    ['d', '65'],
    ['u', '65'],
    ['o', '0101'],
    ['t', '1000001'],
    ['c', "65 'A'"],
    ['z', '0x00000041'],
    ['a', '0x41'],
  ])('format %s', (letter, text) => {
    expect(print(INT, numbers(65n), letter === undefined ? {} : { letter })).toBe(text);
  });
});

describe('pointers', () => {
  const pointer = (b: BtfBuilder): number => b.pointer(b.struct('s', 8, []));
  const text = (b: BtfBuilder): number => b.pointer(CHAR(b));

  test('with the symbol they point to', () => {
    expect(print(pointer, numbers(0n))).toBe('0x0');
    expect(print(pointer, numbers(0x1008n))).toBe('0x1008 <banner+8>');
    expect(print(pointer, numbers(-1n))).toBe('0xffffffffffffffff');
  });

  test('to text, with the text', () => {
    expect(print(text, numbers(0x1000n))).toBe('0x1000 <banner> "hello"');
    expect(print(text, numbers(0n))).toBe('0x0');
    expect(print(text, numbers(0x1000n), { letter: 'x' })).toBe('0x1000');
  });

  test('to text that cannot be read, or only its first page', () => {
    expect(print(text, numbers(1n))).toBe('0x1 <error: Cannot access memory at address 0x1>');
    expect(print(text, numbers(0x3ffcn))).toBe(
      '0x3ffc "abab"<error: Cannot access memory at address 0x4000>',
    );
  });

  test('to text without an end: 256 characters', () => {
    expect(print(text, numbers(0x3000n))).toBe(`0x3000 "${'ab'.repeat(128)}"...`);
    // The page ends with the 256th character: whether there is more is not known.
    expect(print(text, numbers(0x3f00n))).toBe(`0x3f00 "${'ab'.repeat(128)}"`);
  });
});

describe('structures', () => {
  test('members on lines of their own, anonymous ones without a name', () => {
    const build = (b: BtfBuilder): number => {
      const int = INT(b);
      const inner = b.struct('inner', 8, [
        { name: 'x', type: int, at: 0 },
        { name: 'y', type: int, at: 32 },
      ]);
      const union = b.union('', 4, [
        { name: 'a', type: int, at: 0 },
        { name: 'b', type: int, at: 0 },
      ]);
      return b.struct('outer', 20, [
        { name: 'in', type: inner, at: 0 },
        { name: '', type: union, at: 64 },
        { name: 'pair', type: b.array(inner, 1), at: 96 },
      ]);
    };
    const content = new Uint8Array(Int32Array.of(1, 2, 3, 4, 5).buffer);
    expect(print(build, content)).toBe(`{
  in = {
    x = 1,
    y = 2
  },
  {
    a = 3,
    b = 3
  },
  pair = {{
      x = 4,
      y = 5
    }}
}`);
    expect(print(build, content, { prettyArrays: true })).toContain(`  pair = {
    {
      x = 4,
      y = 5
    }
  }`);
  });

  test('bit fields, signed ones too', () => {
    const build = (b: BtfBuilder): number => {
      const int = INT(b);
      const u8 = b.int('unsigned char', 1);
      return b.struct('bits', 8, [
        { name: 'a', type: int, at: 0, bits: 3 },
        { name: 'b', type: int, at: 3, bits: 7 },
        { name: 'c', type: u8, at: 10, bits: 2 },
      ]);
    };
    const content = numbers(0b10_0000101_111n);
    expect(print(build, content)).toBe("{\n  a = -1,\n  b = 5,\n  c = 2 '\\002'\n}");
    expect(print(build, content, { radix: 16 })).toBe('{\n  a = 0x7,\n  b = 0x5,\n  c = 0x2\n}');
  });

  test('one without members', () => {
    expect(print((b) => b.struct('e', 0, []), new Uint8Array(0))).toBe('{<No data fields>}');
  });

  test('a member alone, at its own level of indentation', () => {
    const b = new BtfBuilder();
    const int = INT(b);
    const list = b.struct('list', 8, [{ name: 'n', type: int, at: 0 }]);
    b.struct('task', 16, [{ name: 'tasks', type: list, at: 64 }]);
    const e = environment(b);
    const [member] = e.types.struct('task').members;
    const place = { bytes: numbers(0n, 7n), offset: 0, address: 0n };
    expect(memberText(e, member!, place, { level: 1 })).toBe('{\n    n = 7\n  }');
  });

  test('twenty levels are shown', () => {
    const build = (b: BtfBuilder): number => {
      let type = b.struct('leaf', 4, [{ name: 'v', type: INT(b), at: 0 }]);
      for (let i = 0; i < 25; i++) type = b.struct(`s${i}`, 4, [{ name: 'm', type, at: 0 }]);
      return type;
    };
    const printed = print(build, numbers(1n));
    expect(printed.split('{').length - 1).toBe(21);
    expect(printed).toContain('m = {...}');
  });

  test('a struct inside itself ends', () => {
    const build = (b: BtfBuilder): number => b.struct('', 8, [{ name: '', type: b.next, at: 0 }]);
    expect(print(build, numbers(1n))).toContain('{...}');
  });

  test('anonymous structs that multiply end in an error, not in all memory', () => {
    const build = (b: BtfBuilder): number => {
      let type = b.struct('', 0, []);
      for (let i = 0; i < 30; i++) {
        type = b.struct('', 0, [
          { name: 'a', type, at: 0 },
          { name: '', type, at: 0 },
          { name: '', type, at: 0 },
        ]);
      }
      return type;
    };
    expect(() => print(build, new Uint8Array(0))).toThrow('has no end');
  });
});

describe('arrays', () => {
  test('256 elements are shown, equal ones never folded', () => {
    expect(print((b) => b.array(INT(b), 3), new Uint8Array(12))).toBe('{0, 0, 0}');
    const printed = print((b) => b.array(INT(b), 300), new Uint8Array(1200));
    expect(printed).toBe(`{${Array(256).fill('0').join(', ')}...}`);
  });

  test('of bytes are text, unless a format is given', () => {
    const array = (b: BtfBuilder): number => b.array(b.int('unsigned char', 1), 4);
    expect(print(array, bytes('ab\0\0'))).toBe('"ab\\000"');
    expect(print(array, bytes('ab\0\0'), { radix: 16 })).toBe('"ab\\000"');
    expect(print(array, bytes('ab\0\0'), { letter: 'x' })).toBe('{0x61, 0x62, 0x0, 0x0}');
  });

  test('without length are shown as where they begin', () => {
    expect(print((b) => b.array(INT(b), 0), new Uint8Array(0))).toBe('0x1000 <banner>');
    expect(print((b) => b.array(CHAR(b), 0), new Uint8Array(0))).toBe('0x1000 <banner> "hello"');
  });

  test('whose bytes end early say so', () => {
    expect(print((b) => b.array(INT(b), 2), new Uint8Array(4))).toBe(
      '{0, <error: incomplete value>}',
    );
  });
});
