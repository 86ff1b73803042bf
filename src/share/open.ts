import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { CrashError } from '../base/errors.ts';
import type { AnyCommand } from '../session/command/command.ts';
import type { Session } from '../session/state/session.ts';
import type { ShareOptions, Sharing } from '../session/state/sharing.ts';
import { Host } from './host.ts';
import { ownName } from './own-name.ts';
import { escapeLine } from './rows.ts';
import { listen, socketFolder } from './unix.ts';
import { WORDS } from './words.ts';

/** Short names of birds: easy to say aloud. */
const BIRDS =
  'crane crow dove duck eagle finch gull hawk heron ibis jay kite lark owl raven robin stork swan tern wren'.split(
    ' ',
  );

/** Begins to share a session: listens, and hangs the host into the session. Rejects with CrashError. */
export async function openSharing(
  session: Session,
  commands: ReadonlyMap<string, AnyCommand>,
  options: ShareOptions,
): Promise<Sharing> {
  if (!session.blocks) throw new CrashError('no output is kept here');
  const uid = process.getuid?.();
  if (uid === undefined)
    throw new CrashError('this system has no sockets that only a user can reach');
  const bird = BIRDS[randomBytes(1).readUInt8() % BIRDS.length] ?? 'owl';
  const name = `${bird}-${10 + (randomBytes(2).readUInt16BE() % 90)}`;
  const host: { made?: Host } = {};
  const listening = await listen(socketFolder(process.env, uid), name, uid, (socket) =>
    host.made ? host.made.accept(socket, 'unix') : socket.destroy(),
  );
  // A process that ends by itself does not leave its socket behind.
  const atExit = (): void => listening.close();
  process.once('exit', atExit);
  const { target } = session;
  host.made = new Host({
    ...{ session, commands, options, name },
    owner: ownName(),
    dump: escapeLine(basename(target.memory.paths[0] ?? '')),
    kernel: escapeLine(target.vmcoreinfo.osrelease ?? ''),
    ways: [
      `  here      ${WORDS.join(name)}`,
      `  by ssh    ssh -t ${escapeLine(hostname().split('.')[0] ?? '')} ${WORDS.join(name)}`,
    ],
    now: () => Date.now(),
    random: (bytes) => randomBytes(bytes).toString('hex'),
    close: () => {
      process.off('exit', atExit);
      listening.close();
    },
  });
  return host.made;
}
