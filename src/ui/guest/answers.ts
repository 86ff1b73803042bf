import type { LineOutput } from '../../session/sinks/output-history.ts';
import type { SharedAnswer } from '../../share/guest-model.ts';
import { headerRow } from '../../share/readers.ts';
import { counted, escapeLine } from '../../share/rows.ts';

/** Lines of a longer answer that are shown at its beginning and at its end. */
const SHOWN = 10;

/** Where answers appear. */
export interface AnswerParts {
  /** Whole lines into the scrollback. */
  print(text: string, kind: 'text' | 'error' | 'hint'): void;
  readonly ellipsis: string;
  /** Whether answers are shown whole. */
  whole(): boolean;
}

/** Shows the answers of others as they come: short ones whole, of longer ones the first and the last lines. */
export class Answers {
  readonly #parts: AnswerParts;
  /** Lines of the running answer that are shown. */
  #shown = 0;

  constructor(parts: AnswerParts) {
    this.#parts = parts;
  }

  begin(answer: SharedAnswer): void {
    this.#shown = 0;
    this.#parts.print(`${headerRow(answer)}\n`, 'hint');
  }

  grown({ block }: SharedAnswer): void {
    if (block) this.#show(block, this.#parts.whole() ? block.count : Math.min(SHOWN, block.count));
  }

  end(answer: SharedAnswer): void {
    const { block } = answer;
    if (block) {
      const left = block.count - this.#shown;
      if (!this.#parts.whole() && left > SHOWN) {
        const more = counted(left - SHOWN, 'line');
        this.#parts.print(`${this.#parts.ellipsis} ${more}: less ${answer.a}\n`, 'hint');
        this.#shown = block.count - SHOWN;
      }
      this.#show(block, block.count);
    }
    if (answer.elsewhere !== undefined)
      this.#parts.print(`(${escapeLine(answer.elsewhere)})\n`, 'hint');
  }

  #show(block: LineOutput, to: number): void {
    const lines: string[] = [];
    for (; this.#shown < to; this.#shown++) lines.push(`${block.line(this.#shown) ?? ''}\n`);
    this.#parts.print(lines.join(''), 'text');
  }
}
