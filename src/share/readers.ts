import { escapeText } from '../output/text/escape.ts';
import type { GuestModel } from './guest-model.ts';
import type { HostFrame, LogFrame } from './messages.ts';
import { counted, escapeLine, factRow } from './rows.ts';
import { WORDS } from './words.ts';

/** Somebody who reads along. */
export interface LinkReader {
  /** After the model has taken the frame. */
  frame(frame: HostFrame | LogFrame): void;
  lost(isLost: boolean): void;
  over(why: string): void;
}

/** `joined owl-12 as ann: null-pointer.kdump, 13 answers, root drives`. */
export function joinedRow(model: GuestModel): string {
  const { welcome } = model;
  if (!welcome) return '';
  const head = WORDS.joinedAs(escapeLine(welcome.share), welcome.you);
  const facts = [escapeLine(welcome.dump), counted(welcome.answers, 'answer')];
  return `${head}: ${facts.join(', ')}, ${WORDS.drives(welcome.driver)}`;
}

/** The header of an answer: `13 root> sym panic`. */
export const headerRow = ({ a, who, line }: { a: number; who: string; line: string }): string =>
  `${a} ${who}> ${escapeLine(line)}`;

/** The session as lines of text: each answer under its number, who asked, and the line. */
export class PlainReader implements LinkReader {
  readonly #model: GuestModel;
  readonly #out: (text: string) => void;
  #joined = false;
  #open = false;

  constructor(model: GuestModel, out: (text: string) => void) {
    this.#model = model;
    this.#out = out;
  }

  frame(frame: HostFrame | LogFrame): void {
    if (frame.t === 'welcome') {
      if (!this.#joined) this.#row(joinedRow(this.#model));
      this.#joined = true;
    } else if (frame.t === 'wait') this.#row(`${frame.why} ...`);
    else if (frame.t === 'no') this.#row(escapeLine(frame.why));
    else if (frame.t === 'index')
      this.#row(`${counted(frame.rows.length, 'older answer')} not shown`);
    else if (frame.t === 'begin') this.#row(headerRow(frame));
    else if (frame.t === 'out') this.#text(escapeText(frame.text));
    else if (frame.t === 'end') {
      if (frame.elsewhere !== undefined) this.#row(`(${escapeLine(frame.elsewhere)})`);
      if (frame.cut) this.#row('(stopped before its end)');
    } else if ('n' in frame) {
      const row = factRow(frame, this.#model.you);
      if (row !== undefined) this.#row(row);
    }
  }

  lost(isLost: boolean): void {
    this.#row(isLost ? 'connection lost, trying' : 'back: all lines are here');
  }
  over(why: string): void {
    this.#row(`${WORDS.ended}${escapeLine(why)}`);
  }

  #row(text: string): void {
    if (this.#open) this.#out('\n');
    this.#open = false;
    this.#out(`${text}\n`);
  }
  #text(text: string): void {
    if (text === '') return;
    this.#out(text);
    this.#open = !text.endsWith('\n');
  }
}

/** The frames, one a line. JSON has no character that a terminal would obey. */
export class JsonReader implements LinkReader {
  readonly #out: (text: string) => void;
  constructor(out: (text: string) => void) {
    this.#out = out;
  }
  frame(frame: HostFrame | LogFrame): void {
    // The secret to come back with is the guest's own.
    if (frame.t === 'welcome') this.#print({ ...frame, resume: undefined });
    else if (frame.t !== 'typing') this.#print(frame);
  }
  lost(isLost: boolean): void {
    this.#print({ t: isLost ? 'lost' : 'back' });
  }
  over(why: string): void {
    this.#print({ t: 'ended', why });
  }
  #print(value: object): void {
    const text = JSON.stringify(value).replace(
      /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    this.#out(`${text}\n`);
  }
}
