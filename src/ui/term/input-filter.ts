import { StringDecoder } from 'node:string_decoder';

/** Pieces of stdin, separated before keys are decoded. */
export type InputPiece =
  | { readonly keys: string }
  /** Everything between the marks of a bracketed paste. */
  | { readonly paste: string };

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';
/** Bound on a paste without an end mark: it is delivered at this length. */
const MAX_PASTE = 4 << 20;

/** Sequences that terminals send without a key: replies, mouse, focus. None is for the editor. */
const DROPPED = [
  /\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/y, // OSC: a colour, a title
  /\x1b[P_^X][^\x1b]*\x1b\\/y, // DCS, APC, PM, SOS
  /\x1b\[<[\d;]*[mM]/y, // mouse, SGR
  /\x1b\[M[\s\S]{3}/y, // mouse, X10
  /\x1b\[[IO]/y, // focus
  /\x1b\[[?>][\d;]*\$?[a-zA-Z]/y, // device attributes, mode reports
  /\x1b\[\d+;\d+R/y, // cursor position
];
/** The beginning of a sequence at the end of the input so far; Escape alone may be one. */
const UNFINISHED =
  /\x1b(?:\][^\x07\x1b]*\x1b?|[P_^X][^\x1b]*\x1b?|\[<[\d;]*|\[M[\s\S]{0,2}|\[[?>]?[\d;]*\$?|O)?$/y;
/** A report that was begun and not ended; other held input is keys. */
const REPORT = /^\x1b(?:[\]P_^X].|\[[<?>M])/s;

/**
 * Splits raw input into text for the key decoder and pastes, and drops reports. Sequences cut by the end of a chunk
 * wait for the rest; {@link flush} ends the wait.
 */
export class InputFilter {
  readonly #decoder = new StringDecoder('utf8');
  #waiting = '';
  #paste: string | undefined;

  /** Whether input is held that {@link flush} would release. */
  get holding(): boolean {
    return this.#waiting !== '' || this.#paste !== undefined;
  }

  get inPaste(): boolean {
    return this.#paste !== undefined;
  }

  push(bytes: Uint8Array): InputPiece[] {
    return this.#split(this.#waiting + this.#decoder.write(Buffer.from(bytes)));
  }

  /** Ends the wait: an unfinished paste is delivered, Escape and Alt-] are keys, half a report is dropped. */
  flush(): InputPiece[] {
    const rest = this.#waiting;
    this.#waiting = '';
    if (this.#paste !== undefined) {
      const paste = this.#paste + rest;
      this.#paste = undefined;
      return [{ paste }];
    }
    return rest === '' || REPORT.test(rest) ? [] : [{ keys: rest }];
  }

  #split(text: string): InputPiece[] {
    this.#waiting = '';
    const pieces: InputPiece[] = [];
    let keys = '';
    let at = 0;
    const flushKeys = (): void => {
      if (keys !== '') pieces.push({ keys });
      keys = '';
    };
    while (at < text.length) {
      if (this.#paste !== undefined) {
        at = this.#inPaste(text, at, pieces);
        continue;
      }
      const introducer = text.indexOf('\x1b', at);
      keys += text.slice(at, introducer < 0 ? text.length : introducer);
      if (introducer < 0) break;
      at = introducer;
      if (text.startsWith(PASTE_START, at)) {
        flushKeys();
        this.#paste = '';
        at += PASTE_START.length;
        continue;
      }
      const dropped = matchAt(DROPPED, text, at);
      if (dropped > 0) {
        at += dropped;
      } else if (matchAt([UNFINISHED], text, at) > 0) {
        this.#waiting = text.slice(at);
        break;
      } else {
        keys += '\x1b';
        at++;
      }
    }
    flushKeys();
    return pieces;
  }

  /** Takes text up to the end mark, or all of it; returns the place after it. */
  #inPaste(text: string, at: number, pieces: InputPiece[]): number {
    const end = text.indexOf(PASTE_END, at);
    const sofar = this.#paste ?? '';
    if (end >= 0) {
      pieces.push({ paste: sofar + text.slice(at, end) });
      this.#paste = undefined;
      return end + PASTE_END.length;
    }
    // The end mark itself may be cut in two.
    const cut = Math.max(at, text.length - PASTE_END.length + 1);
    const introducer = text.indexOf('\x1b', cut);
    const stop = introducer < 0 ? text.length : introducer;
    this.#paste = sofar + text.slice(at, stop);
    this.#waiting = text.slice(stop);
    if (this.#paste.length > MAX_PASTE) pieces.push(...this.flush());
    return text.length;
  }
}

function matchAt(patterns: readonly RegExp[], text: string, at: number): number {
  for (const pattern of patterns) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) return match[0].length;
  }
  return 0;
}

/**
 * Pasted text as it may enter a line: newlines are `\n`, tabs are blanks, and control characters are removed (a web
 * page can put more on the clipboard than it shows).
 */
export function cleanPaste(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]/g, '')
    .replace(/\t/g, ' ')
    .replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028-\u202e\u2066-\u2069\ufeff]/g, '')
    .replace(/\n+$/, '');
}
