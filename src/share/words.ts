import { REFUSED_FOR_GUESTS } from '../session/state/confinement.ts';

/** Words that people and programs look for exactly: rows on screens, and reasons in frames. */
export const WORDS = {
  refused: REFUSED_FOR_GUESTS,
  joined: (name: string) => `${name} joined`,
  left: (name: string) => `${name} left`,
  drives: (name: string) => `${name} drives`,
  notRun: (driver: string) => `not run: ${driver} drives`,
  asksForKeyboard: (name: string) => `${name} asks for the keyboard`,
  joinedAs: (share: string, name: string) => `joined ${share} as ${name}`,
  join: (share: string) => `tscrash join ${share}`,
  cannot: 'guests cannot run programs, use files or load code here (see: help allow)',
  badName: 'tscrash join: a name has 1 to 24 of A-Z a-z 0-9 . _ -',
  needsTerminal: 'needs a terminal: --open shares without asking',
  ended: 'sharing has ended: ',
} as const;

/** Why a shared session ended. */
export const OVER = {
  off: 'share off',
  left: 'the owner left',
  kicked: 'kicked',
  gone: 'the host is gone',
} as const;

/** Why somebody waits, or is not let in. */
export const WHY = {
  asked: 'the owner is asked',
  refused: 'refused',
  full: 'full',
  version: 'version',
} as const;
