import { colorError, colorHint, colorText } from '../../output/text/color.ts';
import type { OutputHistory } from './output-history.ts';
import type { Sink, TextKind } from './sinks.ts';

/** Keeps the text of another sink as the output block of the running line. Colour is added after it. */
export class KeepingSink implements Sink {
  readonly color = false;
  readonly #sink: Sink;
  readonly #blocks: OutputHistory;

  constructor(sink: Sink, blocks: OutputHistory) {
    this.#sink = sink;
    this.#blocks = blocks;
  }

  get aside(): Sink | undefined {
    return this.#sink.aside;
  }
  get closed(): boolean {
    return this.#sink.closed;
  }
  write(text: string, kind?: TextKind): void {
    if (kind !== 'hint') this.#blocks.append(text, kind === 'error');
    this.#sink.write(this.#sink.color ? painted(text, kind) : text, kind);
  }
  async drained(): Promise<void> {
    await this.#sink.drained();
  }
  async end(): Promise<void> {
    await this.#sink.end();
  }
}

function painted(text: string, kind?: TextKind): string {
  if (kind === 'hint') return colorHint(text);
  return kind === 'error' ? text.replace(/[^\n]+/g, colorError) : colorText(text);
}
