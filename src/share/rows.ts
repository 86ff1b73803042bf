import { escapeText } from '../output/text/escape.ts';
import type { LogFact } from './messages.ts';
import { WORDS } from './words.ts';

/** `1 guest`, `1,204 lines`. */
export const counted = (count: number, what: string): string =>
  `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;

/** Text of others in one row. */
export const escapeLine = (text: string): string =>
  escapeText(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');

/** What somebody called `you` reads of a fact; undefined for one that shows by itself. */
export function factRow(fact: LogFact, you: string): string | undefined {
  switch (fact.t) {
    case 'join':
      return fact.who === you ? undefined : WORDS.joined(fact.who);
    case 'leave':
      return WORDS.left(fact.who);
    case 'drive':
      return fact.why === 'start' ? undefined : WORDS.drives(fact.who);
    case 'want':
      return WORDS.asksForKeyboard(fact.who);
    case 'say':
      return `${fact.who}: ${escapeLine(fact.text)}`;
    case 'grant':
      return `${fact.by} allows ${fact.who}: ${escapeLine(fact.what)}`;
    case 'refuse':
      return `refused for ${fact.who}: ${escapeLine(fact.line)} (${escapeLine(fact.why)})`;
    default:
      return undefined;
  }
}
