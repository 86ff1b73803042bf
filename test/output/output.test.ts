import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asciiChart, asciiOfWord } from '../../src/output/text/ascii.ts';
import { colorText, stripAnsi } from '../../src/output/text/color.ts';
import { displayBytes, escapeText } from '../../src/output/text/escape.ts';
import { toJson } from '../../src/output/text/json.ts';
import { bitLines, numberForms } from '../../src/output/text/numbers.ts';

describe('escaping', () => {
  test('nothing that acts on a terminal is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeText(text)).not.toMatch(
          /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
  });

  test('plain text stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(escapeText(text)).toBe(text);
      }),
    );
    expect(escapeText('a\tb\nc é 日本')).toBe('a\tb\nc é 日本');
  });

  test('bytes that are UTF-8 are what they say, others are written as hex', () => {
    expect(displayBytes('caf\xc3\xa9')).toBe('café');
    expect(displayBytes('caf\xe9')).toBe('caf\\xe9');
    expect(displayBytes('\x1b[2J\xc2\x9b')).toBe('\\x1b[2J\\x9b');
  });
});

describe('colour', () => {
  test('taking it out gives the text back', () => {
    const word = fc.oneof(
      fc.constantFrom(
        'WARNING: ',
        'PID: 1',
        'ffff888012345678',
        '<sym+12>',
        '"x"',
        '    PID: ',
        '\n',
      ),
      fc.string({ unit: 'grapheme-ascii' }),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const text = words.join(' ');
        expect(stripAnsi(colorText(text))).toBe(text);
      }),
    );
  });

  test('an address stands out', () => {
    expect(colorText('at ffff888012345678')).toBe('at \x1b[36mffff888012345678\x1b[0m');
  });
});

describe('JSON', () => {
  test('addresses are strings, bytes are hex, what has no name in JSON is left out', () => {
    const record = {
      address: 0xffffffff81000000n,
      bytes: new Uint8Array([1, 255]),
      map: new Map([[1n, 'a']]),
      set: new Set([1]),
      nothing: undefined,
      call: () => 1,
      nan: Number.NaN,
      [Symbol('hidden')]: 1,
    };
    expect(JSON.parse(toJson(record))).toEqual({
      address: '0xffffffff81000000',
      bytes: '01ff',
      map: { '0x1': 'a' },
      set: [1],
      nan: null,
    });
  });

  test('a quantity is a number, an address is not', () => {
    const style = { isQuantity: (name: string) => name === 'size' };
    const record = { size: 4096n, all: [{ size: 2n ** 64n - 1n }], address: 4096n };
    expect(toJson(record, style)).toBe(
      '{"size":4096,"all":[{"size":"18446744073709551615"}],"address":"0x1000"}',
    );
  });

  test('bytes that are no UTF-8 are escaped, and all can be had back', () => {
    const written = (bytes: string) => JSON.parse(toJson(bytes, { strings: 'bytes' })) as string;
    expect(written('caf\xc3\xa9')).toBe('café');
    expect(written('caf\xe9')).toBe('caf\\xe9');
    expect(written('systemd\\x2dfsck \\x')).toBe('systemd\\x5cx2dfsck \\x');
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = written(Buffer.from(bytes).toString('latin1'));
        const parts = text
          .split(/(\\x[0-9a-f]{2})/)
          .map((part, at) =>
            at % 2 === 1 ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part, 'utf8'),
          );
        expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  test('nothing in a line of JSON acts on a terminal, and the text is the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = toJson(text);
        expect(escapeText(line)).toBe(line);
        expect(JSON.parse(line)).toBe(text);
      }),
    );
  });

  test('a member called __proto__ is a member', () => {
    expect(toJson(JSON.parse('{"__proto__":1}'))).toBe('{"__proto__":1}');
  });

  test('a record that contains itself does not recurse for ever', () => {
    const loop: { self?: unknown } = {};
    loop.self = loop;
    expect(toJson(loop).length).toBeLessThan(1000);
  });
});

describe('numbers', () => {
  test('whole units are named', () => {
    expect(numberForms(128n << 20n)[0]).toBe('hexadecimal: 8000000  (128MB)');
    expect(numberForms(1000n)[0]).toBe('hexadecimal: 3e8  ');
  });

  test('a set top bit shows the signed value too', () => {
    expect(numberForms((1n << 64n) - 2n)[1]).toBe('    decimal: 18446744073709551614  (-2)');
  });

  test('set bits are listed from the highest and wrap', () => {
    expect(bitLines(0x1fn)).toEqual(['   bits set: 4 3 2 1 0 ']);
    const all = bitLines((1n << 64n) - 1n);
    expect(all.length).toBeGreaterThan(2);
    expect(all.join(' ').match(/\d+/g)).toHaveLength(64);
  });
});

describe('ascii', () => {
  test('bytes come lowest first', () => {
    expect(asciiOfWord(0x62696c2f7273752fn)).toBe('/usr/lib');
    expect(asciiOfWord(0x80n)).toBe('<80><NUL><NUL><NUL><NUL><NUL><NUL><NUL>');
  });

  test('the chart has every printable character at its place', () => {
    expect(asciiChart[3]).toBe('  0 | NUL DLE  SP  0   @   P   `   p');
    expect(asciiChart.at(-2)).toBe('  F |  SI  US  /   ?   O   _   o  DEL');
  });
});
