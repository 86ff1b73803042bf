import type { PersonRow } from '../session/state/sharing.ts';
import type { SharedLog } from './log.ts';
import { counted, escapeLine } from './rows.ts';
import type { Seats } from './seats.ts';
import type { ShareState } from './state.ts';
import { WORDS } from './words.ts';

/** A row of `who` for everybody. */
export function personRows(
  { people, driver, owner }: ShareState,
  log: SharedLog,
  seats: Seats,
  now: number,
): readonly PersonRow[] {
  return [...people.values()].map(({ name, role, via, since, allowed, away }) => {
    const place = name === owner ? log.last + 1 : (seats.placeOf(name) ?? 0);
    const read = log.answers.filter(({ n }) => n < place).length;
    return {
      ...{ name, role, via: name === owner ? 'here' : via, since, allowed },
      drives: name === driver,
      answers: [read, log.answers.length],
      away: away === undefined ? undefined : now - away,
    };
  });
}

/** The owner's part of the row under the prompt. `typed` is what the guest who drives is typing. */
export function statusRow(
  share: string,
  { driver, owner, people }: ShareState,
  typed: string | undefined,
): string {
  if (driver === owner) return `${share}  ${counted(people.size - 1, 'guest')}  you drive`;
  const line = typed === undefined ? '' : `: ${escapeLine(typed)}|`;
  return `${share}  ${WORDS.drives(driver)}${line}   Ctrl-] takes the keyboard back`;
}
