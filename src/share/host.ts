import type { Duplex } from 'node:stream';
import { CrashError } from '../base/errors.ts';
import type { AnyCommand } from '../session/command/command.ts';
import { type Allowed, GuestConfinement } from '../session/state/confinement.ts';
import type { Session } from '../session/state/session.ts';
import {
  type PersonRow,
  type ShareOptions,
  type Sharing,
  type SharingPlace,
  sharingPlace,
} from '../session/state/sharing.ts';
import { Connection } from './connection.ts';
import { Feed } from './feed.ts';
import { LIMITS } from './limits.ts';
import { SharedLog } from './log.ts';
import type { GuestFrame, LogFact, Via } from './messages.ts';
import { personRows, statusRow } from './presence.ts';
import { Reception } from './reception.ts';
import { counted, factRow } from './rows.ts';
import { Seats } from './seats.ts';
import { type Act, begun, type ShareState, type Step, step } from './state.ts';
import { OVER, WORDS } from './words.ts';

/** What a host needs of the program. */
export interface HostParts {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly options: ShareOptions;
  /** The owner's name. */
  readonly owner: string;
  /** The name of the shared session. */
  readonly name: string;
  readonly dump: string;
  readonly kernel: string;
  /** How others reach it, for the owner to read. */
  readonly ways: readonly string[];
  now(): number;
  random(bytes: number): string;
  /** Closes what listens. */
  close(): void;
}

/** A session that its owner shares: the log, the people, and who has the keyboard. */
export class Host implements Sharing {
  readonly name: string;
  readonly #parts: HostParts;
  readonly #place: SharingPlace;
  readonly #log: SharedLog;
  readonly #feed: Feed;
  readonly #seats = new Seats();
  readonly #reception: Reception;
  readonly #timer: NodeJS.Timeout;
  #state: ShareState;
  #driving: GuestConfinement | undefined;
  #ticked: number;
  #typed: { readonly who: string; readonly text: string; readonly cur: number } | undefined;
  #typing: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.name = parts.name;
    const { session, commands, owner, options, now } = parts;
    this.#place = sharingPlace(session);
    this.#state = begun(owner, now());
    this.#log = new SharedLog(() => now());
    this.#feed = new Feed({
      session,
      commands,
      log: this.#log,
      owner,
      from: options.from,
      onGrown: () => this.#seats.pump(),
      onRefused: ({ by, line, refused }) => {
        if (by !== undefined) this.#tell({ t: 'refuse', who: by, line, why: refused ?? '' });
      },
    });
    const { name: share, dump, kernel, random } = parts;
    this.#reception = new Reception({
      ...{ options, log: this.#log, seats: this.#seats, now, random },
      facts: { session: random(8), share, dump, kernel, tscrash: session.version },
      state: () => this.#state,
      act: (act) => void this.#do(act),
      ask: () => {
        this.#place.desk?.ring();
        return this.#place.desk !== undefined;
      },
      changed: () => this.#place.desk?.refresh(),
    });
    this.#log.add({ t: 'drive', who: owner, d: 1, why: 'start' });
    this.#ticked = now();
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#timer.unref();
  }

  /** Takes a connection. */
  readonly accept = (socket: Duplex, via: Via): void => {
    if (this.#ended || this.#seats.strangers >= LIMITS.unknown) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, {
      log: this.#log,
      now: () => this.#parts.now(),
      onFrame: (from, frame) => this.#onFrame(from, frame, via),
      onClose: (from) => this.#onClose(from),
    });
    this.#seats.add(connection);
  };

  lines(): readonly string[] {
    const { options, ways } = this.#parts;
    const { answers } = this.#log;
    const lines = answers.reduce((sum, answer) => sum + answer.lines, 0);
    const who = options.open
      ? 'everybody who can reach it may join (--open)'
      : 'you are asked before anybody joins';
    return [
      `shared as ${this.name}: ${who}`,
      ...ways,
      `  guests see ${counted(answers.length, 'answer')} (${counted(lines, 'line')}), all that follow, and all of the memory`,
      `  ${WORDS.cannot}`,
    ];
  }

  hand(to: string): void {
    if (!this.#place.desk) throw new CrashError('there is no prompt here to hand over');
    this.#own({ act: 'hand', by: this.#state.owner, to, at: this.#parts.now() });
  }
  take(): void {
    this.#own({ act: 'take', by: this.#state.owner, at: this.#parts.now() });
  }
  say(text: string): void {
    this.#own({ act: 'say', by: this.#state.owner, text, at: this.#parts.now() });
  }
  allow(who: string, what: Allowed | 'nothing'): void {
    this.#own({ act: 'allow', who, what, at: this.#parts.now() });
  }
  kick(who: string): void {
    const connection = this.#seats.of(who);
    this.#own({ act: 'kick', who, why: OVER.kicked, at: this.#parts.now() });
    this.#seats.forget(who);
    connection?.send({ t: 'bye', why: OVER.kicked });
    connection?.finish();
  }

  who(): readonly PersonRow[] {
    return personRows(this.#state, this.#log, this.#seats, this.#parts.now());
  }

  async end(why: string): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.close();
    clearInterval(this.#timer);
    clearTimeout(this.#typing);
    this.#feed.stop();
    this.#log.add({ t: 'over', why });
    this.#place.sharing = undefined;
    await this.#seats.finish();
    this.#place.desk?.refresh();
  }

  close(): void {
    this.#parts.close();
  }

  get ownerDrives(): boolean {
    return this.#state.driver === this.#state.owner;
  }

  status(): string {
    const typed = this.#typed?.who === this.#state.driver ? this.#typed.text : undefined;
    return statusRow(this.name, this.#state, typed);
  }

  question(): string | undefined {
    return this.#reception.question();
  }
  answer(how: 'guest' | 'watcher' | 'no'): void {
    this.#reception.answer(how);
  }

  typed(text: string, cursor: number): void {
    if (this.ownerDrives) this.#showTyped(this.#state.owner, text, cursor);
  }

  #showTyped(who: string, text: string, cur: number): void {
    this.#typed = { who, text, cur };
    this.#typing ??= setTimeout(() => {
      this.#typing = undefined;
      if (this.#typed) this.#seats.sendTyping({ t: 'typing', ...this.#typed });
    }, LIMITS.typingMs);
    if (who !== this.#state.owner) this.#place.desk?.refresh();
  }

  /** An act of the owner, or of the host itself. Throws CrashError with why it was not done. */
  #own(act: Act): void {
    const { refused } = this.#do(act);
    if (refused !== undefined) throw new CrashError(refused);
  }

  #do(act: Act): Step {
    const before = this.#state;
    const made = step(before, act);
    this.#state = made.state;
    if (made.state.d !== before.d) this.#handedOver();
    for (const fact of made.log) this.#tell(fact);
    return made;
  }

  /** A command without an end ends with the drive in which it began. */
  #handedOver(): void {
    if (this.#driving?.runsOn) this.#place.desk?.interrupt();
    this.#typed = undefined;
  }

  /** Logs a fact, and says it to the owner. */
  #tell(fact: LogFact): void {
    this.#log.add(fact);
    this.#seats.pump();
    const row = factRow(fact, this.#state.owner);
    if (row !== undefined) this.#place.desk?.announce(row);
    this.#place.desk?.refresh();
  }

  #onFrame(connection: Connection, frame: GuestFrame, via: Via): void {
    if (frame.t === 'hello') {
      if (connection.name === undefined) this.#reception.hello({ connection, hello: frame, via });
      return;
    }
    const by = connection.name;
    if (by === undefined) return;
    const at = this.#parts.now();
    switch (frame.t) {
      case 'run':
        this.#run(connection, by, frame);
        break;
      case 'typing':
        if (by === this.#state.driver && frame.d === this.#state.d)
          this.#showTyped(by, frame.text, frame.cur);
        break;
      case 'stop':
        if (by === this.#state.driver) this.#place.desk?.interrupt();
        break;
      case 'hand':
        this.#reply(connection, this.#do({ act: 'hand', by, to: frame.who, c: frame.c, at }));
        break;
      case 'want':
        this.#reply(connection, this.#do({ act: 'want', by, c: frame.c, at }));
        break;
      case 'say':
        this.#reply(connection, this.#do({ act: 'say', by, text: frame.text, c: frame.c, at }));
        break;
      case 'fetch': {
        const { a, o } = frame;
        const found = this.#log.text(a, o);
        connection.send({ t: 'text', a, o, ...(found ?? { text: '', end: true }) });
        break;
      }
      case 'bye':
        this.#leave(connection, by);
        break;
    }
  }

  #reply(connection: Connection, { refused }: Step): void {
    if (refused !== undefined) connection.send({ t: 'no', why: refused });
  }

  /** A line of the guest who drives. */
  #run(connection: Connection, by: string, frame: Extract<GuestFrame, { t: 'run' }>): void {
    const { c, d, line } = frame;
    const made = this.#do({ act: 'run', by, c, d, line, at: this.#parts.now() });
    this.#reply(connection, made);
    const { desk } = this.#place;
    if (made.run === undefined || !desk) return;
    const allowed = new Set(this.#state.people.get(by)?.allowed);
    const confinement = new GuestConfinement(by, allowed, { endless: true });
    this.#driving = confinement;
    void desk.run(made.run, { name: by, confinement });
  }

  #leave(connection: Connection, who: string): void {
    this.#seats.forget(who);
    this.#do({ act: 'leave', who, why: 'left', at: this.#parts.now() });
    connection.finish();
  }

  #onClose(connection: Connection): void {
    this.#seats.remove(connection);
    this.#reception.forget(connection);
    const { name } = connection;
    // Somebody who has come back has another connection by now.
    if (name === undefined || this.#ended || this.#seats.of(name)) return;
    if (this.#seats.isKnown(name)) this.#away(name);
  }

  #away(who: string): void {
    this.#do({ act: 'away', who, at: this.#parts.now() });
    this.#seats.sendTyping({ t: 'away', who });
  }

  /** Once a second: who is silent, and who has been for too long. */
  #tick(): void {
    const now = this.#parts.now();
    const late = now - this.#ticked > 3000;
    this.#ticked = now;
    for (const connection of this.#seats.all()) {
      // What came while a command kept the loop from turning has not been read yet.
      if (late) connection.heard = now;
      if (connection.name === undefined) continue;
      if (now - connection.heard > LIMITS.silentMs) connection.destroy();
      else if (now - connection.sent > LIMITS.pingMs) connection.send({ t: 'ping', id: now });
    }
    for (const { name, away } of this.#state.people.values()) {
      if (away === undefined || now - away < LIMITS.awayMs) continue;
      this.#seats.forget(name);
      this.#do({ act: 'leave', who: name, why: 'away for too long', at: now });
    }
  }
}
