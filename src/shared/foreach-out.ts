import type { Out } from '../session/command/command.ts';

/**
 * The lines of one task's part of `foreach`: the header that the command prints itself is dropped, since
 * foreach has printed it, and blank lines are held back until something follows them.
 */
export class TaskPart {
  readonly #header: string | undefined;
  readonly #single: boolean;
  #first = true;
  #said = false;
  #blank = 0;
  #partial = '';

  /**
   * `header`: the line to drop when it comes first; undefined to keep everything, but for blank lines before the
   * first and after another when they are to be `single`: where only what refers to something is shown.
   */
  constructor(header: string | undefined, { single = false } = {}) {
    this.#header = header;
    this.#single = single;
  }

  /** An Out that writes to `out` what this part lets through. */
  through(out: Out): Out {
    return {
      line: (text = '') => {
        this.#write(`${text}\n`, out);
      },
      write: (text) => {
        this.#write(text, out);
      },
    };
  }

  #write(text: string, out: Out): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#line(line, out);
  }

  #line(line: string, out: Out): void {
    const first = this.#first;
    this.#first = false;
    if (this.#header === undefined) {
      if (line !== '' || this.#said || !this.#single) out.line(line);
      this.#said = line !== '';
      return;
    }
    if (first && line === this.#header) return;
    if (line === '') {
      this.#blank++;
      return;
    }
    for (; this.#blank > 0; this.#blank--) out.line();
    out.line(line);
  }
}
