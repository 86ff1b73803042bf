import { CrashError } from '../../base/errors.ts';
import type { Allowed } from './confinement.ts';
import { type Person, Slot } from './session.ts';

/** The owner's keyboard and screen, as sharing uses them. */
export interface Desk {
  /** Runs a guest's line when the prompt is free, and shows it; resolves when it has ended. */
  run(line: string, by: Person): Promise<void>;
  /** Stops the running line. */
  interrupt(): void;
  /** A row above the prompt: now, or when the running command has ended. */
  announce(line: string): void;
  /** The row under the prompt has changed. */
  refresh(): void;
  /** Draws the owner's attention. */
  ring(): void;
}

/** How a session is shared. */
export interface ShareOptions {
  /** Let everybody in without asking. */
  readonly open: boolean;
  /** Newcomers only watch. */
  readonly watch: boolean;
  /** The first answer that is shared; undefined for all. */
  readonly from: number | undefined;
}

/** A row of `who`. */
export interface PersonRow {
  readonly name: string;
  readonly role: string;
  readonly via: string;
  /** When they joined, in milliseconds since 1970. */
  readonly since: number;
  readonly drives: boolean;
  /** Answers that have been sent to them, of all. */
  readonly answers: readonly [number, number];
  readonly allowed: readonly string[];
  /** Milliseconds since anything was heard of them; undefined while they are there. */
  readonly away: number | undefined;
}

/** A session that is shared. What cannot be done throws CrashError. */
export interface Sharing {
  readonly name: string;
  /** What the owner is told after `share`. */
  lines(): readonly string[];
  hand(name: string): void;
  take(): void;
  kick(name: string): void;
  allow(name: string, what: Allowed | 'nothing'): void;
  say(text: string): void;
  who(): readonly PersonRow[];
  /** Ends it for everybody; resolves when they have been told. */
  end(why: string): Promise<void>;
  /** Removes what listens, at once: the process is about to end. */
  close(): void;
  /** Whether the owner drives. */
  readonly ownerDrives: boolean;
  /** The shared part of the row under the prompt. */
  status(): string;
  /** Somebody who waits to be let in, as a question; undefined when nobody does. */
  question(): string | undefined;
  /** The owner's answer to it. */
  answer(how: 'guest' | 'watcher' | 'no'): void;
  /** What the owner is typing. */
  typed(text: string, cursor: number): void;
}

/** Sharing in one session: set by the program and by the terminal, used by commands. */
export interface SharingPlace {
  /** Begins to share. Rejects with CrashError where no place for connections can be had. Undefined in a library. */
  open?: (options: ShareOptions) => Promise<Sharing>;
  /** Undefined without a terminal. */
  desk?: Desk;
  sharing?: Sharing | undefined;
}

const PLACE = new Slot<SharingPlace>(() => ({}));

/** The place of sharing in a session. */
export const sharingPlace = (session: { slot<T>(slot: Slot<T>): T }): SharingPlace =>
  session.slot(PLACE);

/** The shared session. Throws CrashError where it is not shared. */
export function sharedOf(session: { slot<T>(slot: Slot<T>): T }): Sharing {
  const { sharing } = sharingPlace(session);
  if (!sharing) throw new CrashError('this session is not shared: help share');
  return sharing;
}
