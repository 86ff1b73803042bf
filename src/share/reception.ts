import type { ShareOptions } from '../session/state/sharing.ts';
import type { Connection } from './connection.ts';
import { LIMITS } from './limits.ts';
import type { SharedLog } from './log.ts';
import { type GuestFrame, type IndexRow, VERSION, type Via } from './messages.ts';
import type { Seats } from './seats.ts';
import { type Act, freeName, type ShareState } from './state.ts';
import { WHY } from './words.ts';

/** A newcomer, as far as is known of them. */
interface Newcomer {
  readonly connection: Connection;
  readonly hello: Extract<GuestFrame, { t: 'hello' }>;
  readonly via: Via;
}

/** What a reception needs of its host. */
export interface ReceptionParts {
  readonly options: ShareOptions;
  readonly log: SharedLog;
  readonly seats: Seats;
  /** The shared session: 64 random bits, its name, what it is about. */
  readonly facts: {
    readonly session: string;
    readonly share: string;
    readonly dump: string;
    readonly kernel: string;
    readonly tscrash: string;
  };
  state(): ShareState;
  now(): number;
  random(bytes: number): string;
  act(act: Act): void;
  /** Draws the owner's attention to a question; false where there is nobody to ask. */
  ask(): boolean;
  /** The question has changed. */
  changed(): void;
}

/** Lets people in: the owner is asked, and who was here comes back by their own secret. */
export class Reception {
  readonly #parts: ReceptionParts;
  #waiting: Newcomer[] = [];

  constructor(parts: ReceptionParts) {
    this.#parts = parts;
  }

  hello(newcomer: Newcomer): void {
    const { connection, hello } = newcomer;
    const { options, facts } = this.#parts;
    if (hello.v !== VERSION) this.#refuse(connection, WHY.version);
    else if (hello.session === facts.session && this.#resumed(newcomer)) return;
    else if (this.#parts.state().people.size >= LIMITS.participants)
      this.#refuse(connection, WHY.full);
    else if (options.open) this.#letIn(newcomer, options.watch ? 'watcher' : 'guest');
    else if (this.#waiting.length >= LIMITS.waiting || !this.#parts.ask())
      this.#refuse(connection, WHY.full);
    else {
      this.#waiting.push(newcomer);
      connection.send({ t: 'wait', why: WHY.asked });
      this.#parts.changed();
    }
  }

  /** The question about whoever has waited longest. */
  question(): string | undefined {
    const [first] = this.#waiting;
    if (!first) return undefined;
    const { name } = first.hello;
    const from = first.via === 'unix' ? 'here' : first.via;
    return `${name} wants to join (${from}): y lets ${name} in, n does not, w only to watch`;
  }

  answer(how: 'guest' | 'watcher' | 'no'): void {
    const newcomer = this.#waiting.shift();
    if (!newcomer) return;
    if (how === 'no') this.#refuse(newcomer.connection, WHY.refused);
    else this.#letIn(newcomer, this.#parts.options.watch ? 'watcher' : how);
    this.#parts.changed();
  }

  /** Somebody who waited is gone. */
  forget(connection: Connection): void {
    const rest = this.#waiting.filter((each) => each.connection !== connection);
    if (rest.length === this.#waiting.length) return;
    this.#waiting = rest;
    this.#parts.changed();
  }

  #refuse(connection: Connection, why: string): void {
    connection.send({ t: 'no', why });
    connection.finish();
  }

  /** Somebody who was here goes on where they were. */
  #resumed({ connection, hello }: Newcomer): boolean {
    const { seats, log, state, act, now } = this.#parts;
    const name = seats.owning(hello.resume ?? '');
    if (name === undefined || !state().people.has(name)) return false;
    const before = seats.of(name);
    seats.seat(name, connection);
    before?.destroy();
    act({ act: 'back', who: name, at: now() });
    this.#welcome(connection, name, Math.max(1, Math.min(hello.from, log.last + 1)), []);
    return true;
  }

  #letIn({ connection, hello, via }: Newcomer, role: 'guest' | 'watcher'): void {
    if (connection.closed) return;
    const { seats, log, state, act, now, random } = this.#parts;
    const name = freeName(state(), hello.name);
    seats.seat(name, connection, random(16));
    const { first, rows } = log.tail(hello.tail ?? LIMITS.tail);
    act({ act: 'join', name, role, via, at: now() });
    this.#welcome(connection, name, first, rows);
  }

  #welcome(connection: Connection, name: string, first: number, rows: readonly IndexRow[]): void {
    const { facts, seats, log, state } = this.#parts;
    const { d, driver, people } = state();
    connection.send({
      ...({ t: 'welcome', v: VERSION, ...facts } as const),
      resume: seats.secretOf(name),
      you: name,
      role: people.get(name)?.role ?? 'guest',
      ...{ first, last: log.last, d, driver },
      people: [...people.keys()],
      answers: log.answers.length,
    });
    for (let at = 0; at < rows.length; at += LIMITS.indexRows)
      connection.send({ t: 'index', rows: rows.slice(at, at + LIMITS.indexRows) });
    connection.place = first;
    connection.pump();
  }
}
