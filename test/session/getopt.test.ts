import { describe, expect, test } from 'vitest';
import { parseOptions } from '../../src/session/getopt.ts';

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
        { key: 'f', value: undefined },
        { key: 'l', value: undefined },
      ],
      operands: ['1', '2'],
      complaints: [],
    });
  });

  test('an argument is glued or follows', () => {
    expect(parse('-c1').flags).toEqual([{ key: 'c', value: '1' }]);
    expect(parse('-fc 0,1').flags[1]).toEqual({ key: 'c', value: '0,1' });
  });

  test('an argument may look like an option', () => {
    expect(parse('-c -f').flags).toEqual([{ key: 'c', value: '-f' }]);
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

  test('an optional argument is glued with =', () => {
    expect(parse('-S').flags).toEqual([{ key: 'S', value: undefined }]);
    expect(parse('-S=0,1').flags).toEqual([{ key: 'S', value: '0,1' }]);
    expect(parse('-S 0')).toMatchObject({ operands: ['0'] });
  });

  test('-- ends the options and - is an operand', () => {
    expect(parse('- -- -f').operands).toEqual(['-', '-f']);
  });
});
