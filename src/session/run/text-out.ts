import { closeSync, writeFileSync } from 'node:fs';
import { openForWriting } from '../../base/files.ts';
import { colorError, colorHint, colorText } from '../../output/text/color.ts';
import { escapeText } from '../../output/text/escape.ts';
import type { Out } from '../command/command.ts';
import type { Sink } from '../sinks/sinks.ts';
import { WRITES_FILE } from '../state/confinement.ts';
import type { Session } from '../state/session.ts';

/** Where errors go: to the file of `set error` only for those who may write one. */
export const errorPlace = ({ settings, confinement }: Session): string =>
  confinement?.allows(WRITES_FILE) === false ? 'default' : settings.error;

/** Characters of a block of text. */
const BLOCK = 48 * 1024;

/** Collects a command's lines and hands them to a sink in blocks, escaped, and in colour on a terminal. */
export class TextOut implements Out {
  readonly sink: Sink;
  readonly #console: Sink;
  #text = '';

  /** `console` is where errors appear, also when the output itself is redirected. */
  constructor(sink: Sink, console: Sink) {
    this.sink = sink;
    this.#console = console;
  }

  line(text = ''): void {
    this.#text += `${text}\n`;
    if (this.#text.length > BLOCK) this.flush();
  }
  write(text: string): void {
    this.#text += text;
    if (this.#text.length > BLOCK) this.flush();
  }

  gap(): void {
    this.line();
  }

  /** An error line: to the output, and to the console too when that is another place (`set error`). */
  error(line: string, where = 'default'): void {
    this.flush();
    const text = `${escapeText(line)}\n`;
    if (where !== 'default' && where !== 'redirect') {
      const { fd } = openForWriting(where, 'append');
      try {
        writeFileSync(fd, text);
      } finally {
        closeSync(fd);
      }
      return;
    }
    if (this.sink !== this.#console && where === 'default') this.#print(text, this.#console);
    this.#print(text, this.sink);
  }
  /** A line for the console alone. */
  complain(line: string): void {
    this.flush();
    this.#print(`${escapeText(line)}\n`, this.#console);
  }
  /** A remark that is no part of the answer: on stderr of a script, below the answer at a terminal. */
  remark(line: string): void {
    this.flush();
    this.#print(`${escapeText(line)}\n`, this.#console.aside ?? this.#console);
  }
  /** A terminal's hint below an error: no part of the output. */
  hint(lines: readonly string[]): void {
    if (lines.length === 0) return;
    this.flush();
    const text = lines.map((line) => `${line}\n`).join('');
    this.#console.write(this.#console.color ? colorHint(text) : text, 'hint');
  }
  #print(text: string, sink: Sink): void {
    sink.write(sink.color ? `${colorError(text.slice(0, -1))}\n` : text, 'error');
  }

  flush(): void {
    if (this.#text === '') return;
    const text = escapeText(this.#text);
    this.#text = '';
    this.sink.write(this.sink.color ? colorText(text) : text);
  }
}
