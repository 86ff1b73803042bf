import { describe, expect, test } from 'vitest';
import { pagesToSize, percent } from '../../commands/kmem/parts.ts';
import { readRequest } from '../../commands/kmem/request.ts';
import { UsageOnly } from '../../src/session/command/command.ts';

describe('what kmem is asked for', () => {
  test.each([
    [['s', 'S'], ['S']],
    [['S', 's'], ['s']],
    [['f', 'F'], ['F']],
    [['p', 'm'], ['m']],
    [
      ['z', 'n'],
      ['n', 'z'],
    ],
  ])('of %j it answers %j', (order, modes) => {
    expect(readRequest(order, []).modes).toEqual(modes);
  });

  test('two options that show different things are refused', () => {
    expect(() => readRequest(['i', 'f'], [])).toThrow(/^only one flag allowed!$/);
  });

  test('a word of hexadecimal digits is an address even where a cache may be named', () => {
    expect(readRequest(['s'], ['abc', '0x10']).addresses).toEqual([0xabcn, 0x10n]);
    expect(readRequest(['s'], ['dentry']).name).toBe('dentry');
  });

  test('a cache whose name begins with a backslash is no keyword', () => {
    expect(readRequest(['s'], ['\\list'])).toMatchObject({ name: 'list', escaped: true });
  });

  test('nothing at all, and a name without -s, print the usage', () => {
    expect(() => readRequest([], [])).toThrow(UsageOnly);
    expect(() => readRequest([], ['zzz'])).toThrow(UsageOnly);
  });

  test('options that show all of something take no address', () => {
    expect(() => readRequest(['z'], ['1'])).toThrow(
      'no address arguments allowed with this option',
    );
  });
});

describe('sizes and shares', () => {
  test.each([
    [0, '0'],
    [19, '76 KB'],
    [119_039, '465 MB'],
    [649, '2.5 MB'],
    // 1.25 MB is a tie: printf rounds it to even.
    [320, '1.2 MB'],
    [760_815, '2.9 GB'],
    [262_144, '1 GB'],
  ])('%i pages are %s', (pages, text) => {
    expect(pagesToSize(pages)).toBe(text);
  });

  test('a share of nothing is 0', () => {
    expect(percent(3, 0)).toBe(0);
    expect(percent(1, 3)).toBe(33);
  });
});
