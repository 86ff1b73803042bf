import type { AddressMeaning } from '../kernel/describe-address.ts';
import { displayBytes } from './escape.ts';

/** What an address points to in a few words, and the words of them that tell it. */
export interface AddressNote {
  readonly text: string;
  /** A line that has one of these says it already. */
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
    const module = symbol.module === undefined || isMark ? '' : ` [${symbol.module}]`;
    return { text: escaped(`${name}${plus(offset)}${module}`), told: [escaped(name)] };
  },
  'per-cpu'({ symbol, cpu }) {
    const name = symbol ? `${symbol.symbol.name}${plus(symbol.offset)}` : 'per-cpu memory';
    return { text: escaped(`${name} of cpu ${cpu}`), told: symbol ? [symbol.symbol.name] : [] };
  },
  stack({ stack, task }) {
    if (!task) return { text: `${stack.name} of cpu ${stack.cpu ?? '?'}`, told: [stack.name] };
    const { pid, comm } = task;
    return { text: `stack of ${pid} (${displayBytes(comm)})`, told: [`stack of ${pid} `] };
  },
  task({ task: { pid, comm }, offset }) {
    const name = displayBytes(comm);
    return { text: `task_struct${plus(offset)} of ${pid} (${name})`, told: [name, `PID: ${pid} `] };
  },
  slab({ cache, offset }) {
    const name = displayBytes(cache.name);
    return { text: `[${name}]${plus(offset)}`, told: [name] };
  },
  page({ pfn, offset }) {
    const physical = (BigInt(pfn) << 12n).toString(16);
    return { text: `page${plus(offset)} of ${physical}`, told: [physical] };
  },
};

const plus = (offset: number): string => (offset === 0 ? '' : `+0x${offset.toString(16)}`);
const escaped = (text: string): string => displayBytes(text);
