import type { AddressMeaning } from '../../kernel/search/describe-address.ts';
import { type KnownWord, knownWord } from '../../kernel/search/known-words.ts';
import { displayBytes } from '../text/escape.ts';

/** A short description of an address's target, and the words in a line that make it superfluous. */
export interface AddressNote {
  readonly text: string;
  /** A shorter form. */
  readonly brief: string;
  /** A line with one of these words needs no note. */
  readonly told: readonly string[];
}

/** `schedule+0x42`, `[kmalloc-256]`, `stack of 1234 (comm)`. */
export function addressNote(meaning: AddressMeaning): AddressNote {
  return (NOTES[meaning.kind] as (meaning: AddressMeaning) => AddressNote)(meaning);
}

type Notes = {
  readonly [K in AddressMeaning['kind']]: (
    meaning: Extract<AddressMeaning, { kind: K }>,
  ) => AddressNote;
};

const NOTES: Notes = {
  symbol({ symbol: { symbol, offset } }) {
    const isMark = symbol.type === 'm' && symbol.module !== undefined;
    const name = isMark ? `(${symbol.module})` : symbol.name;
    const brief = displayBytes(`${name}${plus(offset)}`);
    const module = symbol.module === undefined || isMark ? '' : ` [${symbol.module}]`;
    return { text: `${brief}${displayBytes(module)}`, brief, told: [displayBytes(name)] };
  },
  'per-cpu'({ symbol: found, cpu }) {
    if (!found) return note(`per-cpu memory of cpu ${cpu}`, `of cpu ${cpu}`, []);
    const name = displayBytes(found.symbol.name);
    return note(`${name}${plus(found.offset)} of cpu ${cpu}`, `${name} of cpu ${cpu}`, [name]);
  },
  stack({ stack, task }) {
    if (!task) {
      const text = `${stack.name} of cpu ${stack.cpu ?? '?'}`;
      return note(text, text, [stack.name]);
    }
    const brief = `stack of ${task.pid}`;
    return note(`${brief} (${displayBytes(task.comm)})`, brief, [`${brief} `]);
  },
  task({ task, offset }) {
    const comm = displayBytes(task.comm);
    const text = `task_struct${plus(offset)} of ${task.pid} (${comm})`;
    return note(text, `task of ${task.pid}`, [`"${comm}"`, `PID: ${task.pid} `]);
  },
  slab({ cache, offset }) {
    const name = displayBytes(cache.name);
    return note(`[${name}]${plus(offset)}`, `[${name}]`, [`[${name}]`]);
  },
  page({ pfn, offset }) {
    const physical = (BigInt(pfn) << 12n).toString(16);
    const text = `page${plus(offset)} of ${physical}`;
    return note(text, `page of ${physical}`, [physical]);
  },
};

const note = (text: string, brief: string, told: readonly string[]): AddressNote => ({
  text,
  brief,
  told,
});
const plus = (offset: number): string => (offset === 0 ? '' : `+0x${offset.toString(16)}`);

/** All bits set: -1 of an int, more often than an error. */
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/**
 * A note on a word that says something by its value alone: `LIST_POISON1+0x8`, `-ENOMEM`. Text has none: lines that show
 * memory have a column for it.
 */
export function wordNote(value: bigint): AddressNote | undefined {
  const word = value === ALL_ONES ? undefined : knownWord(value);
  if (!word || word.kind === 'text') return undefined;
  const brief = `${word.text}${signed(word)}`;
  return note(word.kind === 'error' ? brief : `${brief} (${word.why})`, brief, [word.text]);
}

const signed = ({ offset }: KnownWord): string =>
  offset < 0 ? `-0x${(-offset).toString(16)}` : plus(offset);
