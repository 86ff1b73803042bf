import { colorError, colorHint, colorLine } from '../../output/text/color.ts';
import type { GuestModel } from '../../share/guest-model.ts';
import { counted, escapeLine } from '../../share/rows.ts';
import { WORDS } from '../../share/words.ts';
import type { Kind } from '../output-writer.ts';

/** The row under a guest's prompt: `owl-12  as ann  root drives  14 answers`. */
export function guestRow(model: GuestModel, share: string, over: boolean): string {
  const { welcome, driver, drives, answers, typed, you } = model;
  if (!welcome) return `joining ${share} ...`;
  const head = [escapeLine(welcome.share), `as ${you}`];
  if (over) return [...head, 'over'].join('  ');
  const line = typed?.who === driver && typed.text !== '' ? `: ${escapeLine(typed.text)}|` : '';
  const who = drives ? 'you drive' : `${WORDS.drives(driver)}${line}`;
  return [...head, who, counted(answers.size, 'answer'), escapeLine(welcome.dump)].join('  ');
}

/** What stands there while the connection is lost; '' while it is not. */
export const lostRow = (since: number | undefined): string =>
  since === undefined
    ? ''
    : `connection lost ${Math.round((Date.now() - since) / 1000)} s ago, trying`;

/** What stands before the line of a guest: crash's prompt for the one who drives. */
export const promptOf = ({ drives, you }: GuestModel, name: string): string =>
  drives ? 'crash> ' : `${you || name}> `;

/** Whole lines in their colours. */
export function painted(text: string, kind: Kind): string {
  if (kind === 'hint') return colorHint(text);
  if (kind === 'error') return text.replace(/[^\n]+/g, colorError);
  return text
    .split('\n')
    .map((line) => colorLine(line))
    .join('\n');
}
