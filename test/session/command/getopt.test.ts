import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../../src/session/command/getopt.ts';

const flags = {
  f: { help: 'full' },
  l: { help: 'lines' },
  c: { help: 'cpus', value: 'cpus' },
  8: { help: 'bytes' },
  16: { help: 'shorts' },
  64: { help: 'longs' },
  S: { help: 'slabs', value: 'cpus', attached: true },
} as const;
const parse = (line: string) => parseOptions(line.split(' '), flags);

describe('getopt', () => {
  test('switches bundle and may follow operands', () => {
    expect(parse('1 -fl 2')).toEqual({
      flags: [
        { key: 'f', value: undefined, index: 1 },
        { key: 'l', value: undefined, index: 1 },
      ],
      operands: ['1', '2'],
      places: [0, 2],
      complaints: [],
      faults: [],
    });
  });

  test('an argument is glued or follows', () => {
    expect(parse('-c1').flags).toEqual([{ key: 'c', value: '1', index: 0 }]);
    expect(parse('-fc 0,1').flags[1]).toEqual({ key: 'c', value: '0,1', index: 1 });
  });

  test('an argument may look like an option', () => {
    expect(parse('-c -f').flags).toEqual([{ key: 'c', value: '-f', index: 1 }]);
  });

  test('a flag of two digits is one digit and its argument', () => {
    expect(parse('-8 -16 -64').flags.map(({ key }) => key)).toEqual(['8', '16', '64']);
    expect(() => parse('-64s')).toThrow('invalid option: 64s');
    expect(() => parse('-17')).toThrow('invalid option: 17');
    expect(parse('x -1').complaints).toEqual(["option requires an argument -- '1'"]);
  });

  test('every unknown letter is named', () => {
    expect(parse('-zfz').complaints).toEqual(["invalid option -- 'z'", "invalid option -- 'z'"]);
    expect(parse('-c').complaints).toEqual(["option requires an argument -- 'c'"]);
  });

  test('a complaint names its word and the place of the letter in it', () => {
    expect(parse('1 -fz').faults).toEqual([
      { kind: 'flag', word: '-fz', index: 1, at: 2, length: 1 },
    ]);
  });

  test('an optional argument is glued with =', () => {
    expect(parse('-S').flags).toEqual([{ key: 'S', value: undefined, index: 0 }]);
    expect(parse('-S=0,1').flags).toEqual([{ key: 'S', value: '0,1', index: 0 }]);
    expect(parse('-S 0')).toMatchObject({ operands: ['0'] });
  });

  test('-- ends the options and - is an operand', () => {
    expect(parse('- -- -f').operands).toEqual(['-', '-f']);
  });
});
