import { hex, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { type AddressMeaning, describeAddress } from '../../kernel/search/describe-address.ts';
import { structureAt } from '../../kernel/search/structure-at.ts';
import { knowsTasks, type Task, taskOfPid } from '../../kernel/task/tasks.ts';
import { addressNote } from '../../output/task/address-notes.ts';
import { displayBytes } from '../../output/text/escape.ts';
import type { Session } from '../../session/state/session.ts';
import { labelsFor } from './labels.ts';
import type { Pickable, PickDetail, PickList, PickResult, VerbKey } from './types.ts';
import type { PickWord } from './words.ts';

/** Words that rd reads: a few rows. */
const WORDS = 16;

/** The words of an output with their labels. Descriptions are made when a word is shown. */
export class DumpPicks implements PickList {
  readonly items: readonly Pickable[];
  readonly #session: Session;
  readonly #details = new Map<number, PickDetail>();

  constructor(words: readonly PickWord[], session: Session) {
    const labels = labelsFor(words.length);
    this.items = words.map((word, index) => ({ ...word, label: labels[index] ?? '' }));
    this.#session = session;
  }

  detail(index: number): PickDetail {
    let known = this.#details.get(index);
    if (known === undefined) {
      const item = this.items[index];
      known = item ? (orNothing(() => this.#describe(item)) ?? NOTHING) : NOTHING;
      this.#details.set(index, known);
    }
    return known;
  }

  apply(verb: VerbKey, index: number): PickResult {
    const item = this.items[index];
    if (!item) return { do: 'say', text: 'nothing there' };
    return orNothing(() => VERBS[verb](item, this.#session)) ?? { do: 'say', text: 'unknown here' };
  }

  #describe(item: Pickable): PickDetail {
    const { target } = this.#session;
    if (item.kind === 'pid') {
      const task = knowsTasks(target) ? taskOfPid(target, Number(item.text)) : undefined;
      return said(task ? `pid (${displayBytes(task.comm)})` : 'pid');
    }
    if (item.kind === 'symbol') {
      // Modules' symbols are not looked up: that takes longer than a key may.
      const address = target.findSymbol(item.text);
      return said(address === undefined ? '' : hex(va(address)));
    }
    const meaning = meaningOf(item, this.#session);
    if (meaning) return addressNote(meaning);
    return said(target.arch.isUser(addressOf(item)) ? 'user' : '');
  }
}

const said = (text: string): PickDetail => ({ text, brief: text });
const NOTHING = said('');

function orNothing<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

const addressOf = ({ text }: Pickable): VAddr => va(BigInt(`0x${text}`));

function meaningOf(item: Pickable, session: Session): AddressMeaning | undefined {
  if (item.kind === 'address') return describeAddress(session.target, addressOf(item));
  const address = item.kind === 'symbol' ? session.findSymbol(item.text) : undefined;
  return address === undefined ? undefined : describeAddress(session.target, va(address));
}

/** The word as an address for a command: a pid means its task. */
function placeOf(item: Pickable, { target }: Session): string | undefined {
  if (item.kind !== 'pid') return item.text;
  const task = taskOfPid(target, Number(item.text));
  return task && hex(task.address);
}

type Verb = (item: Pickable, session: Session) => PickResult;

/** A command on an address. */
const onPlace =
  (command: (place: string) => string): Verb =>
  (item, session) => {
    const place = placeOf(item, session);
    if (place === undefined) return { do: 'say', text: `no task with pid ${item.text}` };
    return { do: 'run', line: command(place) };
  };

const VERBS: Readonly<Record<VerbKey, Verb>> = {
  r: onPlace((place) => `rd ${place} ${WORDS}`),
  v: onPlace((place) => `vtop ${place}`),
  s: structOf,
  d: codeOf,
  k: onPlace((place) => `kmem ${place}`),
  b: backtraceOf,
};

/** The structure at the address, if it is known; else a line for its type to be typed. */
function structOf(item: Pickable, session: Session): PickResult {
  const { target } = session;
  const place = placeOf(item, session);
  if (place === undefined) return { do: 'say', text: `no task with pid ${item.text}` };
  if (item.kind === 'pid') return { do: 'run', line: `struct task_struct ${place}` };
  const meaning = meaningOf(item, session);
  const found = meaning && structureAt(target, meaning);
  if (found) return { do: 'run', line: `struct ${found.type} ${hex(found.address)}` };
  return { do: 'edit', before: 'struct ', after: ` ${place}` };
}

function codeOf(item: Pickable, session: Session): PickResult {
  const { symbols } = session.target;
  const { text } = item;
  if (item.kind === 'symbol') {
    const address = session.findSymbol(text);
    if (address === undefined || !symbols.isText(va(address))) return notCode(text);
    return { do: 'run', line: `dis ${text}` };
  }
  if (item.kind === 'pid' || !symbols.isText(addressOf(item))) return notCode(text);
  // The call site for an address inside a function; the whole function for its start.
  const inside = (symbols.at(addressOf(item))?.offset ?? 0) > 0;
  return { do: 'run', line: `dis ${inside ? '-r ' : ''}${text}` };
}
const notCode = (text: string): PickResult => ({ do: 'say', text: `${text} is no code` });

function backtraceOf(item: Pickable, session: Session): PickResult {
  if (item.kind === 'pid') return { do: 'run', line: `bt ${item.text}` };
  const meaning = meaningOf(item, session);
  const task: Task | undefined =
    meaning?.kind === 'task' || meaning?.kind === 'stack' ? meaning.task : undefined;
  if (!task) return { do: 'say', text: `${item.text} is no task and no task's stack` };
  // Every CPU has an idle task with the pid 0.
  return { do: 'run', line: `bt ${task.pid > 0 ? task.pid : hex(task.address)}` };
}
