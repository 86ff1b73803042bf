import type { Allowed } from '../session/state/confinement.ts';
import type { LogFact, Role, Via } from './messages.ts';
import { WORDS } from './words.ts';

/** Somebody who shares the session. */
export interface Participant {
  readonly name: string;
  readonly role: Role;
  readonly via: Via;
  /** When they joined, in milliseconds since 1970. */
  readonly since: number;
  readonly allowed: readonly Allowed[];
  /** Since when nothing was heard; undefined while they are there. */
  readonly away?: number | undefined;
  /** The number of the last act that was done. */
  readonly c: number;
}

/** Who is here, and who drives. */
export interface ShareState {
  readonly owner: string;
  readonly people: ReadonlyMap<string, Participant>;
  readonly driver: string;
  /** Counts the hand-overs: an act with an older number was meant for an earlier drive. */
  readonly d: number;
}

/** What somebody does. `c` is the guest's own count of acts; absent for the owner and for the host itself. */
export type Act = { readonly at: number } & (
  | { readonly act: 'join'; readonly name: string; readonly role: Role; readonly via: Via }
  | { readonly act: 'leave' | 'kick'; readonly who: string; readonly why: string }
  | { readonly act: 'away' | 'back'; readonly who: string }
  | { readonly act: 'take'; readonly by: string }
  | { readonly act: 'hand'; readonly by: string; readonly to: string; readonly c?: number }
  | { readonly act: 'want'; readonly by: string; readonly c?: number }
  | { readonly act: 'say'; readonly by: string; readonly text: string; readonly c?: number }
  | {
      readonly act: 'run';
      readonly by: string;
      readonly d: number;
      readonly c: number;
      readonly line: string;
    }
  | { readonly act: 'allow'; readonly who: string; readonly what: Allowed | 'nothing' }
);

/** What an act leads to. */
export interface Step {
  readonly state: ShareState;
  /** Facts for the log, in their order. */
  readonly log: readonly LogFact[];
  /** Why nothing was done, for whoever acted. */
  readonly refused?: string;
  /** A line to be run for the one who acted. */
  readonly run?: string;
}

/** A session that its owner has begun to share. */
export const begun = (owner: string, at: number): ShareState => ({
  owner,
  people: new Map([
    [owner, { name: owner, role: 'owner', via: 'unix', since: at, allowed: [], c: 0 }],
  ]),
  driver: owner,
  d: 1,
});

/** A name that nobody has: `ann`, then `ann-2`. */
export function freeName({ people }: ShareState, wanted: string): string {
  if (!people.has(wanted)) return wanted;
  for (let count = 2; ; count++) {
    const tail = `-${count}`;
    const name = wanted.slice(0, 24 - tail.length) + tail;
    if (!people.has(name)) return name;
  }
}

/** The next state, and what is told to everybody. Pure; the only place where the keyboard changes hands. */
export function step(state: ShareState, act: Act): Step {
  if ('c' in act && act.c !== undefined) {
    const person = state.people.get(act.by);
    if (!person) return nothing(state, 'you have left');
    if (act.c <= person.c) return nothing(state);
    return done(withPerson(state, { ...person, c: act.c }), act);
  }
  return done(state, act);
}

function done(state: ShareState, act: Act): Step {
  switch (act.act) {
    case 'join': {
      const { name, role, via, at } = act;
      const person = { name, role, via, since: at, allowed: [], c: 0 };
      return { state: withPerson(state, person), log: [{ t: 'join', who: name, role, via }] };
    }
    case 'leave':
    case 'kick':
      return left(state, act.who, act.why);
    case 'away':
    case 'back':
      return gone(state, act.who, act.act === 'away' ? act.at : undefined);
    case 'take':
      if (act.by !== state.owner) return nothing(state, 'only the owner takes the keyboard');
      if (state.driver === state.owner) return nothing(state);
      return driven(state, state.owner, 'take');
    case 'hand':
      return handed(state, act.by, act.to);
    case 'want':
      if (!mayDrive(state, act.by)) return nothing(state, 'watchers do not drive');
      if (state.driver === act.by) return nothing(state, 'you drive');
      return { state, log: [{ t: 'want', who: act.by }] };
    case 'say':
      return { state, log: [{ t: 'say', who: act.by, text: act.text }] };
    case 'run':
      if (act.by !== state.driver || act.d !== state.d)
        return nothing(state, WORDS.notRun(state.driver));
      return { state, log: [], run: act.line };
    case 'allow':
      return allowed(state, act.who, act.what);
  }
}

const nothing = (state: ShareState, refused?: string): Step => ({
  state,
  log: [],
  ...(refused === undefined ? {} : { refused }),
});

const withPerson = (state: ShareState, person: Participant): ShareState => ({
  ...state,
  people: new Map(state.people).set(person.name, person),
});

function mayDrive({ people }: ShareState, name: string): boolean {
  const person = people.get(name);
  return person !== undefined && person.role !== 'watcher' && person.away === undefined;
}

/** The keyboard changes hands. What was allowed to the one who drove ends with it. */
function driven(
  state: ShareState,
  to: string,
  why: 'hand' | 'take' | 'left',
): Step & { readonly state: ShareState } {
  const before = state.people.get(state.driver);
  const rested = before ? withPerson(state, { ...before, allowed: [] }) : state;
  const d = state.d + 1;
  return { state: { ...rested, driver: to, d }, log: [{ t: 'drive', who: to, d, why }] };
}

function handed(state: ShareState, by: string, to: string): Step {
  if (by !== state.driver && by !== state.owner) return nothing(state, WORDS.notRun(state.driver));
  if (!state.people.has(to)) return nothing(state, `nobody here is called ${to}: see who`);
  if (!mayDrive(state, to)) return nothing(state, `${to} only watches, or is away`);
  return to === state.driver ? nothing(state, WORDS.drives(to)) : driven(state, to, 'hand');
}

function left(state: ShareState, who: string, why: string): Step {
  if (who === state.owner || !state.people.has(who))
    return nothing(state, `nobody here is called ${who}: see who`);
  const people = new Map(state.people);
  people.delete(who);
  const rest = { ...state, people };
  const fact = { t: 'leave', who, why } as const;
  if (state.driver !== who) return { state: rest, log: [fact] };
  const next = driven(rest, state.owner, 'left');
  return { state: next.state, log: [fact, ...next.log] };
}

function gone(state: ShareState, who: string, away: number | undefined): Step {
  const person = state.people.get(who);
  if (!person || who === state.owner) return nothing(state);
  const changed = withPerson(state, { ...person, away });
  return away !== undefined && state.driver === who
    ? driven(changed, state.owner, 'left')
    : nothing(changed);
}

function allowed(state: ShareState, who: string, what: Allowed | 'nothing'): Step {
  const person = state.people.get(who);
  if (!person || who === state.owner)
    return nothing(state, `nobody here is called ${who}: see who`);
  const role = what === 'nothing' ? 'watcher' : 'guest';
  const list = what === 'nothing' ? [] : [...new Set([...person.allowed, what])];
  const next = withPerson(state, { ...person, role, allowed: list });
  const fact = { t: 'grant', who, what, by: state.owner } as const;
  if (what !== 'nothing' || state.driver !== who) return { state: next, log: [fact] };
  const taken = driven(next, state.owner, 'take');
  return { state: taken.state, log: [fact, ...taken.log] };
}
