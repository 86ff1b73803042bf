import { CrashError } from '../../base/errors.ts';
import { type Session, Slot } from '../state/session.ts';
import { PrefixIndex, type PrefixMatches } from './prefix-index.ts';
import { SpellingIndex } from './spelling.ts';

/** Names inserted between two looks at the clock. */
const GROUP = 512;

/** The names of a session's dump, shared by completion and error hints. */
export const dumpNames = (session: Session): DumpNames => session.slot(NAMES);

/**
 * Symbols and types of a dump, by prefix. They are collected in idle time ({@link warm}); an earlier query collects
 * what it needs at once.
 */
export class DumpNames {
  readonly #session: Session;
  readonly #symbols = new Collected(() => this.#session.target.symbols.completions(''));
  readonly #types = new Collected(() => this.#typeNames());

  constructor(session: Session) {
    this.#session = session;
  }

  /** Whether every name of the dump is known, so that a name that is not found is wrong. */
  get ready(): boolean {
    return this.#symbols.done && this.#types.done;
  }

  /** Collects names; yields often, so that the caller can handle keys. */
  *warm(): Generator<void> {
    yield* this.#types.collect();
    yield* this.#symbols.collect();
  }

  symbols(prefix: string, limit: number): PrefixMatches {
    return this.#symbols.find(prefix, limit);
  }
  types(prefix: string, limit: number): PrefixMatches {
    return this.#types.find(prefix, limit);
  }
  /** Symbols whose names are closest to a word that is no symbol. */
  symbolsNear(word: string): string[] {
    return this.#symbols.near(word);
  }
  typesNear(word: string): string[] {
    return this.#types.near(word);
  }
  /** Whether the word is, or may become, a symbol; true as long as not all names are known. */
  mayBeSymbol(word: string): boolean {
    return !this.#symbols.done || this.#symbols.find(word, 1).total > 0;
  }
  mayBeType(word: string): boolean {
    return !this.#types.done || this.#types.find(word, 1).total > 0;
  }

  *#typeNames(): Generator<string> {
    for (const { kind, name } of this.#session.target.allTypes.names()) {
      if (kind !== 'int' || !name.includes(' ')) yield name;
    }
  }
}

/** Names from an iterator that may throw, at once or later: the names before count. */
class Collected {
  readonly #open: () => Iterable<string>;
  #index = new PrefixIndex();
  readonly #near = new SpellingIndex();
  #rest: Generator<void> | undefined;
  done = false;

  constructor(open: () => Iterable<string>) {
    this.#open = open;
  }

  *collect(): Generator<void> {
    while (!this.done) {
      if (this.#next().done) this.done = true;
      yield;
    }
  }

  /** A walk that Ctrl-C interrupted cannot continue: the next one begins anew. */
  #next(): IteratorResult<void> {
    this.#rest ??= this.#run();
    try {
      return this.#rest.next();
    } catch (error) {
      this.#rest = undefined;
      this.#index = new PrefixIndex();
      throw error;
    }
  }

  find(prefix: string, limit: number): PrefixMatches {
    for (const _ of this.collect());
    return this.#index.find(prefix, limit);
  }

  near(word: string): string[] {
    for (const _ of this.collect());
    return this.#near.find(word);
  }

  *#run(): Generator<void> {
    let count = 0;
    try {
      for (const name of this.#open()) {
        this.#index.add(name);
        this.#near.add(name);
        if (++count % GROUP === 0) yield;
      }
    } catch (error) {
      // A dump without symbols or types has no names; the commands give the reason.
      if (!(error instanceof CrashError)) throw error;
    }
  }
}

const NAMES = new Slot((session) => new DumpNames(session));
