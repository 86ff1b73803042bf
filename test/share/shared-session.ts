import type { Socket } from 'node:net';
import { commands } from '../../commands/index.ts';
import { commandMap } from '../../src/session/run/find-command.ts';
import { Shell } from '../../src/session/run/shell.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { createSession, type Session } from '../../src/session/state/session.ts';
import { type ShareOptions, sharingPlace } from '../../src/session/state/sharing.ts';
import { GuestLink } from '../../src/share/guest-link.ts';
import { GuestModel } from '../../src/share/guest-model.ts';
import { Host } from '../../src/share/host.ts';
import type { HostFrame, LogFrame } from '../../src/share/messages.ts';
import { connect, listen } from '../../src/share/unix.ts';
import { scratch } from '../run/scratch.ts';
import { bundledTarget } from './bundled.ts';

export const NAME = 'owl-12';
let count = 0;

/** A clock of its own, a millisecond a look: no beat of the heart is due while a test runs. */
let clock = Date.UTC(2026, 0, 1);
const now = (): number => ++clock;

/** A session on a bundled dump that is shared in this process, by a real socket. */
export async function sharedSession(
  options: Partial<ShareOptions> = {},
  { lines = [], keep = 1 << 24 }: { lines?: readonly string[]; keep?: number } = {},
) {
  const session: Session = createSession(bundledTarget(), { keep, silent: true, version: 'test' });
  const sink = new MemorySink();
  const known = commandMap(commands);
  const shell = new Shell({ session, commands: known, console: sink });
  const rows: string[] = [];
  let running: Promise<unknown> = Promise.resolve();
  const place = sharingPlace(session);
  place.desk = {
    async run(line, by) {
      running = running.then(() => shell.execute(line, by));
      await running;
    },
    interrupt: () => shell.interrupt(),
    announce: (row) => rows.push(row),
    refresh() {},
    ring() {},
  };
  for (const line of lines) await shell.execute(line);
  const folder = scratch(`s${count++}`);
  const uid = process.getuid?.() ?? 0;
  const made: { host?: Host } = {};
  const listening = await listen(folder, NAME, uid, (socket) => made.host?.accept(socket, 'unix'));
  let random = 0;
  const host = new Host({
    session,
    commands: known,
    options: { open: true, watch: false, from: undefined, ...options },
    owner: 'root',
    name: NAME,
    dump: 'null-pointer.kdump',
    kernel: '',
    ways: [],
    now,
    random: (bytes) => String(++random).padStart(2 * bytes, '0'),
    close: () => listening.close(),
  });
  made.host = host;
  place.sharing = host;
  const open = (): Promise<Socket> => connect(folder, NAME, uid);
  return {
    session,
    shell,
    host,
    rows,
    sink,
    folder,
    open,
    line: (text: string) => shell.execute(text),
  };
}

/** A guest in this process. */
export function guest(
  open: () => Promise<Socket>,
  name = 'ann',
  more: { tail?: number; through?: (socket: Socket) => Socket } = {},
) {
  const model = new GuestModel(1 << 24);
  const frames: (HostFrame | LogFrame)[] = [];
  const ends: { why: string; refused: boolean }[] = [];
  let waiting: { wanted: () => boolean; resolve: () => void }[] = [];
  const check = (): void => {
    const met = waiting.filter(({ wanted }) => wanted());
    waiting = waiting.filter((each) => !met.includes(each));
    for (const { resolve } of met) resolve();
  };
  const link = new GuestLink({
    ...{ model, name, open, now },
    ...(more.tail === undefined ? {} : { tail: more.tail }),
    onFrame(frame) {
      frames.push(frame);
      check();
    },
    onLost: check,
    onOver(why, refused) {
      ends.push({ why, refused });
      check();
    },
  });
  /** Resolves when it is so; looks after every frame. */
  const until = (wanted: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ wanted, resolve });
      check();
    });
  return { model, link, frames, ends, until };
}

/** An answer's text as a guest has it. */
export const textOf = (model: GuestModel, a: number): string =>
  [...(model.answers.get(a)?.block?.lines() ?? [])].map((line) => `${line}\n`).join('');
