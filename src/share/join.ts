import { parseArgs } from 'node:util';
import { CrashError } from '../base/errors.ts';
import { GuestLink } from './guest-link.ts';
import { GuestModel } from './guest-model.ts';
import { NAME } from './messages.ts';
import { JsonReader, type LinkReader, PlainReader } from './readers.ts';
import { clear, connect, sharedNames, socketFolder } from './unix.ts';
import { OVER, WORDS } from './words.ts';

/** What somebody who joins is given: the way to the session, and the name to ask for. */
export interface JoinSeat {
  readonly share: string;
  readonly name: string;
  connect(): ReturnType<typeof connect>;
}

/** How `join` reaches its surroundings. */
export interface JoinParts {
  /** The name that the system has for the user. */
  readonly user: string;
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the whole terminal can be used. */
  readonly screen: boolean;
  out(text: string): void;
  error(text: string): void;
  /** The terminal of a guest; resolves to the exit code. */
  openTerminal(seat: JoinSeat): Promise<number>;
}

const USAGE = `usage: tscrash join [NAME] [--name WHO] [--plain | --json]

Joins a session that somebody shares on this machine (see "help share" there): the only one, or the
one of that name. --name is what others call you; --plain follows it as lines of text, and --json as
the frames of the protocol, one a line, both without a terminal.
`;

/** `tscrash join ...`; the exit code: 0, 1 when the session could not be joined, 2 for a bad command line. */
export async function join(argv: readonly string[], parts: JoinParts): Promise<number> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    parts.error(`tscrash join: ${(error as Error).message.split('. ')[0]}\n${USAGE}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    parts.out(USAGE);
    return 0;
  }
  const name = values.name ?? parts.user;
  if (!NAME.test(name) || positionals.length > 1 || (values.plain && values.json)) {
    const why = NAME.test(name) ? '' : `${WORDS.badName}\n`;
    parts.error(`${why}${USAGE}`);
    return 2;
  }
  try {
    const share = await chosen(positionals[0], parts);
    if (share === undefined) return 1;
    const folder = socketFolder(parts.env, parts.uid);
    const seat = { share, name, connect: () => connect(folder, share, parts.uid) };
    if (!values.plain && !values.json && parts.screen) return await parts.openTerminal(seat);
    return await followed(seat, parts, values.json === true);
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    parts.error(`tscrash: ${error.message}\n`);
    return 1;
  }
}

const parse = (argv: readonly string[]) =>
  parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      plain: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });

/** The session that is meant; undefined when that was not clear, which is said. */
async function chosen(word: string | undefined, parts: JoinParts): Promise<string | undefined> {
  const folder = socketFolder(parts.env, parts.uid);
  await clear(folder, parts.uid);
  const names = sharedNames(folder, parts.uid);
  if (word !== undefined) {
    if (names.includes(word)) return word;
    parts.error(`tscrash: no session here is called ${JSON.stringify(word)}`);
  } else if (names.length === 1) return names[0];
  else if (names.length === 0) parts.error('tscrash: nobody shares a session on this machine');
  else parts.error('tscrash: several sessions are shared here');
  parts.error(names.length === 0 ? '\n' : `: ${names.join(', ')}\n`);
  return undefined;
}

/** Follows a session without a terminal; the exit code. */
async function followed(seat: JoinSeat, parts: JoinParts, json: boolean): Promise<number> {
  const model = new GuestModel();
  const reader: LinkReader = json ? new JsonReader(parts.out) : new PlainReader(model, parts.out);
  const code = await new Promise<number>((resolve) => {
    const link = new GuestLink({
      ...{ model, name: seat.name, now: () => Date.now() },
      open: () => seat.connect(),
      onFrame: (frame) => reader.frame(frame),
      onLost: (since) => reader.lost(since !== undefined),
      onOver(why, refused) {
        if (refused) parts.error(`tscrash: ${seat.share}: ${why}\n`);
        else reader.over(why);
        resolve(refused || why === OVER.kicked ? 1 : 0);
      },
    });
    void link.start();
  });
  model.close();
  return code;
}
