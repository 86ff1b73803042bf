import { expect, test } from 'vitest';
import { namedPlaceText } from '../../src/output/text/named-place.ts';

test.each([
  [{ symbol: 'schedule', offset: 0 }, 'schedule'],
  [{ symbol: 'init_task', offset: 168 }, 'init_task+168'],
  [{ symbol: 'faulty', offset: 0, isModule: true }, '(faulty)'],
  [{ symbol: 'a\nb\tc\x1b[2J', offset: 1 }, 'a\\nb\\tc\\x1b[2J+1'],
] as const)('%j is one row', (place, text) => expect(namedPlaceText(place, 10)).toBe(text));
