import { CrashError } from '../../base/errors.ts';

/** Why an act may be refused: what it reaches beyond the dump. Declared by commands, their flags, and the places that act. */
export interface Reach {
  readonly reach:
    | 'program'
    | 'reads-file'
    | 'writes-file'
    | 'code'
    | 'session'
    | 'answers'
    | 'endless'
    | 'taken-for';
  readonly why: string;
  /** A replay refuses it also when everything may be run. */
  readonly always?: true;
  /** Refused to guests alone: a replay has a session of its own, which it may change. */
  readonly guests?: true;
}

/** A line was not run, because it reaches beyond the dump. */
export class RestrictedError extends CrashError {
  override name = 'Confined';
}

/**
 * The rules for the lines of a transcript, or of a guest. Acts beyond the dump are refused where they would happen, whatever the
 * line looks like: after an alias, inside another command.
 */
export interface Confinement {
  allows(reach: Reach): boolean;
  /** Throws RestrictedError, unless the act is allowed. */
  check(reach: Reach): void;
  /** The reason of the last refusal since the last call; undefined when there was none. */
  takeRefusal(): Reach | undefined;
}

/** The rules of a replay. */
export class ReplayConfinement implements Confinement {
  readonly #allowsAll: boolean;
  #refused: Reach | undefined;

  constructor(allowsAll: boolean) {
    this.#allowsAll = allowsAll;
  }

  takeRefusal(): Reach | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  allows({ always, guests }: Reach): boolean {
    return guests === true || (this.#allowsAll && !always);
  }

  check(reach: Reach): void {
    if (this.allows(reach)) return;
    this.#refused = reach;
    throw new RestrictedError(`not run in a replay: ${reach.why}`);
  }
}

/** What the owner of a session may allow a guest: each is a word of `allow`. */
export type Allowed = 'files' | 'shell' | 'code';

const ALLOWED_BY: Readonly<Partial<Record<Reach['reach'], Allowed>>> = {
  program: 'shell',
  'reads-file': 'files',
  'writes-file': 'files',
  code: 'code',
};

/** The rules for the lines of one guest. */
export class GuestConfinement implements Confinement {
  readonly #name: string;
  readonly #allowed: ReadonlySet<Allowed>;
  readonly #endless: boolean;
  #refused: Reach | undefined;
  /** A command without an end was begun: it ends when the guest no longer drives. */
  runsOn = false;

  /** `endless`: commands without an end may be run, since somebody ends them. */
  constructor(name: string, allowed: ReadonlySet<Allowed>, options: { endless: boolean }) {
    this.#name = name;
    this.#allowed = allowed;
    this.#endless = options.endless;
  }

  takeRefusal(): Reach | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  allows({ reach }: Reach): boolean {
    if (reach === 'answers') return true;
    if (reach === 'endless') return this.#endless;
    const by = ALLOWED_BY[reach];
    return by !== undefined && this.#allowed.has(by);
  }

  check(reach: Reach): void {
    if (this.allows(reach)) {
      if (reach.reach === 'endless') this.runsOn = true;
      return;
    }
    this.#refused = reach;
    throw new RestrictedError(`${REFUSED_FOR_GUESTS}${reach.why}${this.#remedy(reach)}`);
  }

  #remedy({ reach }: Reach): string {
    const by = ALLOWED_BY[reach];
    return by === undefined ? '' : ` (the owner can: allow ${this.#name} ${by})`;
  }
}

/** The beginning of every refusal that a guest reads. */
export const REFUSED_FOR_GUESTS = 'refused for guests: ';

/** A program is started. */
export const RUNS_PROGRAM: Reach = { reach: 'program', why: 'runs a program' };
export const WRITES_FILE: Reach = { reach: 'writes-file', why: 'writes a file' };
export const READS_FILE: Reach = { reach: 'reads-file', why: 'reads a file' };
export const RUNS_JAVASCRIPT: Reach = { reach: 'code', why: 'runs JavaScript' };
export const LOADS_CODE: Reach = { reach: 'code', why: 'loads code' };
/** The commands of an extension, unless they declare something else: a replay runs them, a guest does not. */
export const EXTENSION_CODE: Reach = { ...LOADS_CODE, guests: true };
/** Changes or ends this session. */
export const OF_SESSION: Reach = {
  reach: 'session',
  why: 'is about the session itself',
  always: true,
};
/** Changes what the owner of a session has set up for himself. */
export const OWNERS_OWN: Reach = {
  reach: 'session',
  why: 'is about the session itself',
  guests: true,
};
/** Needs lines and output of this session, and changes nothing. */
export const OF_ANSWERS: Reach = { ...OF_SESSION, reach: 'answers' };
/** Writes lines and output of this session to a file. */
export const WRITES_ANSWERS: Reach = { ...WRITES_FILE, always: true };
/** Runs the lines of a file in a session of their own. */
export const READS_TRANSCRIPT: Reach = { ...READS_FILE, always: true };
/** A command without an end is refused also when everything else may be run. */
export const ENDLESS: Reach = { reach: 'endless', why: 'has no end', always: true };
export const TAKES_FOR: Reach = {
  reach: 'taken-for',
  why: 'changes what the dump is taken for',
};
