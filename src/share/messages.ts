import { BadFrame } from './frames.ts';
import { LIMITS } from './limits.ts';

/** The version of the protocol. */
export const VERSION = 1;

/** How somebody is connected. */
export type Via = 'unix' | 'tls' | 'web';
/** What somebody may do. */
export type Role = 'owner' | 'guest' | 'watcher';

/** A guest's frames. `c` counts the acts of one guest, so that none is done twice; `d` is the number of the drive it is meant for. */
export type GuestFrame =
  | {
      readonly t: 'hello';
      readonly v: number;
      readonly name: string;
      readonly token?: string;
      readonly from: number;
      readonly tail?: number;
      readonly session?: string;
      readonly resume?: string;
    }
  | { readonly t: 'run'; readonly c: number; readonly d: number; readonly line: string }
  | { readonly t: 'typing'; readonly d: number; readonly text: string; readonly cur: number }
  | { readonly t: 'stop'; readonly q?: number }
  | { readonly t: 'hand'; readonly c: number; readonly who: string }
  | { readonly t: 'want'; readonly c: number }
  | { readonly t: 'say'; readonly c: number; readonly text: string }
  | { readonly t: 'fetch'; readonly a: number; readonly o: number }
  | { readonly t: 'pong'; readonly id: number }
  | { readonly t: 'bye'; readonly why: string };

/** What an answer was asked in: the pid of the context where it was chosen, and the settings that differ. */
export interface AskedIn {
  readonly pid?: number;
  readonly settings: string;
}

/** Facts of the log, before they have a number. Text of outputs is read when it is sent. */
export type LogFact =
  | {
      readonly t: 'begin';
      readonly a: number;
      readonly who: string;
      readonly line: string;
      readonly state: AskedIn;
      readonly from?: string;
    }
  | {
      readonly t: 'end';
      readonly a: number;
      readonly exit: number;
      readonly lines: number;
      readonly bytes: number;
      readonly cut?: true;
      readonly elsewhere?: string;
      readonly ms: number;
    }
  | { readonly t: 'join'; readonly who: string; readonly role: Role; readonly via: Via }
  | { readonly t: 'leave'; readonly who: string; readonly why: string }
  | {
      readonly t: 'drive';
      readonly who: string;
      readonly d: number;
      readonly why: 'hand' | 'take' | 'left' | 'start';
    }
  | { readonly t: 'grant'; readonly who: string; readonly what: string; readonly by: string }
  | { readonly t: 'refuse'; readonly who: string; readonly line: string; readonly why: string }
  | { readonly t: 'want'; readonly who: string }
  | { readonly t: 'say'; readonly who: string; readonly text: string }
  | { readonly t: 'over'; readonly why: string };

/** A piece of an answer: its text from byte `o` on, with the ranges of errors in it. */
export interface OutFrame {
  readonly t: 'out';
  readonly a: number;
  readonly o: number;
  readonly text: string;
  readonly e?: readonly number[];
  /** Bytes that are not kept any more. */
  readonly gone?: number;
}

/** A frame of the log: numbers without gaps, and the host's clock in milliseconds since 1970. */
export type LogFrame = (LogFact | OutFrame) & { readonly n: number; readonly at: number };

/** What a newcomer is told first. */
export interface Welcome {
  readonly t: 'welcome';
  readonly v: number;
  readonly session: string;
  readonly resume: string;
  readonly share: string;
  readonly you: string;
  readonly role: Role;
  readonly first: number;
  readonly last: number;
  readonly dump: string;
  readonly kernel: string;
  readonly d: number;
  readonly driver: string;
  readonly tscrash: string;
  readonly people: readonly string[];
  /** Answers so far. */
  readonly answers: number;
}

/** An answer that is older than what a newcomer gets at once. */
export type IndexRow = readonly [
  a: number,
  who: string,
  at: number,
  line: string,
  lines: number,
  bytes: number,
  exit: number,
];

/** The host's frames outside of the log. */
export type HostFrame =
  | Welcome
  | { readonly t: 'wait' | 'no' | 'bye'; readonly why: string }
  | { readonly t: 'index'; readonly rows: readonly IndexRow[] }
  | { readonly t: 'typing'; readonly who: string; readonly text: string; readonly cur: number }
  | {
      readonly t: 'text';
      readonly a: number;
      readonly o: number;
      readonly text: string;
      readonly end: boolean;
    }
  | { readonly t: 'ping'; readonly id: number }
  | { readonly t: 'away'; readonly who: string };

/** Reads one field; undefined for a value of another type. */
type Check = (value: unknown) => boolean;

const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const time: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most;
const hex = (digits: number): Check => {
  const form = new RegExp(`^[0-9a-f]{${digits}}$`);
  return (value) => typeof value === 'string' && form.test(value);
};
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const flag: Check = (value) => typeof value === 'boolean';
const list: Check = (value) => Array.isArray(value);
const numbers: Check = (value) => Array.isArray(value) && value.every(count);
const texts: Check = (value) => Array.isArray(value) && value.every(name);

/** Names are ASCII: two that look alike are the same. */
export const NAME = /^[A-Za-z0-9._-]{1,24}$/;
const name: Check = (value) => typeof value === 'string' && NAME.test(value);

type Fields = Readonly<Record<string, Check>>;

const GUEST: Readonly<Record<string, Fields>> = {
  hello: {
    v: count,
    name,
    from: count,
    tail: optional(count),
    token: optional(text(64)),
    session: optional(hex(16)),
    resume: optional(hex(32)),
  },
  run: { c: count, d: count, line: text(LIMITS.line) },
  typing: { d: count, text: text(LIMITS.line), cur: count },
  stop: { q: optional(count) },
  hand: { c: count, who: name },
  want: { c: count },
  say: { c: count, text: text(LIMITS.text) },
  fetch: { a: count, o: count },
  pong: { id: count },
  bye: { why: text(200) },
};

const LOGGED: Fields = { n: count, at: time };
const REASON: Fields = { why: text(200) };
const HOST: Readonly<Record<string, Fields>> = {
  begin: { ...LOGGED, a: count, who: name, line: text(4 * LIMITS.line), from: optional(name) },
  out: {
    ...LOGGED,
    a: count,
    o: count,
    text: text(LIMITS.hostBytes),
    e: optional(numbers),
    gone: optional(count),
  },
  end: {
    ...LOGGED,
    a: count,
    exit: count,
    lines: count,
    bytes: count,
    cut: optional(flag),
    elsewhere: optional(text(200)),
    ms: time,
  },
  join: { ...LOGGED, who: name, role: text(8), via: text(8) },
  leave: { ...LOGGED, ...REASON, who: name },
  drive: { ...LOGGED, ...REASON, who: name, d: count },
  grant: { ...LOGGED, who: name, what: text(64), by: name },
  refuse: { ...LOGGED, ...REASON, who: name, line: text(4 * LIMITS.line) },
  want: { ...LOGGED, who: name },
  say: { ...LOGGED, who: name, text: text(LIMITS.text) },
  over: { ...LOGGED, ...REASON },
  welcome: {
    v: count,
    session: hex(16),
    resume: hex(32),
    share: text(32),
    you: name,
    role: text(8),
    first: count,
    last: count,
    dump: text(4096),
    kernel: text(256),
    d: count,
    driver: name,
    tscrash: text(64),
    people: texts,
    answers: count,
  },
  wait: REASON,
  no: REASON,
  bye: REASON,
  index: { rows: list },
  typing: { who: name, text: text(LIMITS.line), cur: count },
  text: { a: count, o: count, text: text(LIMITS.hostBytes), end: flag },
  ping: { id: count },
  away: { who: name },
};

/** The known fields of a frame, checked; undefined for a type that is not known. Throws BadFrame. */
function checked(frame: Record<string, unknown>, types: Readonly<Record<string, Fields>>): unknown {
  const { t } = frame;
  if (typeof t !== 'string') throw new BadFrame('no type');
  const fields = Object.hasOwn(types, t) ? types[t] : undefined;
  if (!fields) return undefined;
  for (const [key, check] of Object.entries(fields)) {
    const value = Object.hasOwn(frame, key) ? frame[key] : undefined;
    if (!check(value)) throw new BadFrame(`${t}: ${key}`);
  }
  return frame;
}

/** A frame of a guest; undefined for a type that is not known. Throws BadFrame. */
export const asGuestFrame = (frame: Record<string, unknown>): GuestFrame | undefined =>
  checked(frame, GUEST) as GuestFrame | undefined;

/** A frame of the host; undefined for a type that is not known. Throws BadFrame. */
export const asHostFrame = (frame: Record<string, unknown>): HostFrame | LogFrame | undefined =>
  checked(frame, HOST) as HostFrame | LogFrame | undefined;
