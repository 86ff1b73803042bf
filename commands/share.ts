import { CommandError, defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';
import { sharingPlace } from '../src/session/state/sharing.ts';

export default defineCommand({
  name: 'share',
  group: 'session',
  strings: 'text',
  summary: 'let others join this session',
  synopsis: '[--open] [--watch] [--from number] | off',
  event: true,
  reach: OF_SESSION,
  flags: {
    open: { help: 'let everybody in who can reach it, without asking' },
    watch: { help: 'newcomers read along, and never ask or drive' },
    from: { value: 'decimal', help: 'the first answer that is shared, by its number in "h"' },
  },
  operands: [{ name: 'off', kind: 'text', arity: '?', help: 'off: ends it, for everybody' }],
  help: `Others of this account join with "tscrash join" on this machine, or through
ssh; what to type there is printed. They see every answer with who asked, what
is being typed, and who is here; each of them scrolls, pages and searches
alone. Before one joins you are asked: y lets that one in, w only to watch, n
does not. A script has to say --open, since nobody can be asked there.

One person drives: whose lines are the session's. That is you, until you hand
the keyboard over (help hand); Ctrl-] gives it back to you at any time. Guests
who drive ask the dump what they like; they cannot run programs, use files or
load code here, unless you allow it (help allow).

A dump holds keys, passwords and data of customers: whoever drives can read
all of its memory. "who" lists who is here, "kick" shows one the door, and
"share off" ends it.`,
  examples: [{ run: 'share --watch', on: '', shows: 'others may read along' }],

  *run({ flags, operands }, { session }) {
    const place = sharingPlace(session);
    if (operands.off !== undefined) {
      if (operands.off !== 'off') throw new UsageOnly('');
      if (!place.sharing) throw new CommandError('this session is not shared');
      yield { waiting: place.sharing.end('share off') };
      yield { lines: ['sharing has ended: share off'] };
      return;
    }
    if (!place.sharing) {
      if (!flags.open && !place.desk)
        throw new CommandError('needs a terminal: --open shares without asking');
      if (!place.open) throw new CommandError('the session of a library is not shared');
      const options = {
        open: flags.open === true,
        watch: flags.watch === true,
        from: flags.from,
      };
      let failure: unknown;
      yield {
        waiting: place.open(options).then(
          (sharing) => {
            place.sharing = sharing;
          },
          (error: unknown) => {
            failure = error;
          },
        ),
      };
      if (failure !== undefined) throw failure;
    }
    yield { lines: place.sharing?.lines() ?? [] };
  },

  print({ lines }: { readonly lines: readonly string[] }, out) {
    for (const line of lines) out.line(line);
  },
});
