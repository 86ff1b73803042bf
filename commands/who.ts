import { CommandError, defineCommand, plain } from '../src/session/command/command.ts';
import { OF_ANSWERS } from '../src/session/state/confinement.ts';
import { type PersonRow, sharingPlace } from '../src/session/state/sharing.ts';

export default defineCommand({
  name: 'who',
  group: 'session',
  strings: 'text',
  summary: 'who shares this session',
  synopsis: '',
  event: true,
  reach: OF_ANSWERS,
  flags: {},
  operands: [],
  help: `A row for each: the name, the role (owner, guest, watcher), the way of the
connection, since when, how many of the answers have reached them, who drives,
what is allowed to them, and how long nothing was heard of those who are away.`,
  examples: [{ run: 'who', on: '', shows: 'the people of a shared session' }],

  *run({ words }, { session }) {
    if (words.length > 0) throw new CommandError('takes no words');
    const { sharing } = sharingPlace(session);
    if (!sharing) yield plain('this session is not shared');
    for (const row of sharing?.who() ?? []) yield row;
  },

  print(row: PersonRow, out) {
    const [read, all] = row.answers;
    const parts = [
      ...[row.name, row.role, row.via, `since ${clock(row.since)}`, `${read} of ${all} answers`],
      ...(row.drives ? ['drives'] : []),
      ...(row.allowed.length > 0 ? [`allowed ${row.allowed.join(' ')}`] : []),
      ...(row.away === undefined ? [] : [`away ${span(row.away)}`]),
    ];
    out.line(parts.join('  '));
  },
});

const two = (value: number): string => String(value).padStart(2, '0');
function clock(time: number): string {
  const at = new Date(time);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
const span = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
};
