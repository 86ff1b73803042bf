import { emitKeypressEvents, type Interface, type Key } from 'node:readline';
import { Readable } from 'node:stream';
import { cleanPaste, InputFilter } from './input-filter.ts';

/**
 * One key, text or paste. Chords are written as in emacs: `C-a`, `M-f`, `C-left`, `S-tab`, `M-backspace`, `enter`,
 * `escape`, `f1`; adjacent characters of one chunk are one `text`.
 */
export type InputEvent =
  | { readonly type: 'key'; readonly key: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'paste'; readonly text: string };

/** Milliseconds after which Escape is a key, and an incomplete sequence or paste ends. */
const HELD_MS = { sequence: 50, paste: 5000 };

/** Names for keys that node's decoder does not name, or names otherwise. */
const BY_SEQUENCE: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\x00': 'C-space',
  '\x1c': 'C-\\',
  '\x1d': 'C-]',
  '\x1e': 'C-^',
  '\x1f': 'C-_',
  '\x1b\r': 'M-enter',
  '\x1b\n': 'M-enter',
  '\x1b': 'escape',
  '\x1b\x1b': 'escape',
};
const BY_NAME: Record<string, string> = { return: 'enter', clear: 'clear' };

/** The event of one keypress of node:readline; undefined when it is no key. */
export function eventOf(text: string | undefined, key: Key): InputEvent | undefined {
  const sequence = key.sequence ?? text ?? '';
  const known = BY_SEQUENCE[sequence];
  if (known !== undefined) return { type: 'key', key: known };
  if (!key.ctrl && !key.meta && text !== undefined && !/[\x00-\x1f\x7f]/.test(text)) {
    return text === '' ? undefined : { type: 'text', text };
  }
  // Alt and a character: the character as typed, for M-< and M-F differ from M-, and M-f.
  if (/^\x1b[!-~]$/.test(sequence)) return { type: 'key', key: `M-${sequence[1]}` };
  if (key.name === undefined || key.name === 'undefined') return undefined;
  const name = BY_NAME[key.name] ?? key.name;
  const modifiers = `${key.ctrl ? 'C-' : ''}${key.meta ? 'M-' : ''}`;
  const shift = key.shift && name.length > 1 ? 'S-' : '';
  return { type: 'key', key: modifiers + shift + name };
}

/** Raw bytes of a terminal in, events out: all events of a chunk in one call. */
export class KeyDecoder {
  readonly #onEvents: (events: readonly InputEvent[]) => void;
  readonly #filter = new InputFilter();
  readonly #decoder = new Readable({ read() {} });
  #events: InputEvent[] = [];
  #inChunk = false;
  #timer: NodeJS.Timeout | undefined;

  readonly #held: typeof HELD_MS;

  constructor(onEvents: (events: readonly InputEvent[]) => void, held = HELD_MS) {
    this.#onEvents = onEvents;
    this.#held = held;
    // Only this one member of the interface is used. The filter has done the waiting.
    emitKeypressEvents(this.#decoder, { escapeCodeTimeout: 0 } as unknown as Interface);
    this.#decoder.on('keypress', (text: string | undefined, key: Key) => this.#keypress(text, key));
  }

  push(bytes: Uint8Array): void {
    clearTimeout(this.#timer);
    this.#take(this.#filter.push(bytes));
    if (!this.#filter.holding) return;
    const wait = this.#filter.inPaste ? this.#held.paste : this.#held.sequence;
    this.#timer = setTimeout(() => this.#take(this.#filter.flush()), wait);
  }

  /** Whether input is held that time will release. */
  get waiting(): boolean {
    return this.#filter.holding;
  }

  /** Drops incomplete input. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#take(this.#filter.flush());
  }

  #take(pieces: ReturnType<InputFilter['push']>): void {
    this.#inChunk = true;
    for (const piece of pieces) {
      // Escape alone: the filter has waited, and the decoder need not wait again.
      if ('keys' in piece && piece.keys === '\x1b') this.#add({ type: 'key', key: 'escape' });
      else if ('keys' in piece) this.#decoder.emit('data', Buffer.from(piece.keys));
      else this.#add({ type: 'paste', text: cleanPaste(piece.paste) });
    }
    this.#inChunk = false;
    this.#deliver();
  }

  #keypress(text: string | undefined, key: Key): void {
    const event = eventOf(text, key);
    if (event) this.#add(event);
    // Keys that the decoder could not decode at once come from its timer.
    if (!this.#inChunk) this.#deliver();
  }

  #add(event: InputEvent): void {
    const last = this.#events.at(-1);
    if (event.type === 'text' && last?.type === 'text') {
      this.#events[this.#events.length - 1] = { type: 'text', text: last.text + event.text };
    } else this.#events.push(event);
  }

  #deliver(): void {
    const events = this.#events;
    this.#events = [];
    if (events.length > 0) this.#onEvents(events);
  }
}
