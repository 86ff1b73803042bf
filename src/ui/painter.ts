import { va } from '../base/address.ts';
import { describeAddress, warmDescriptions } from '../kernel/search/describe-address.ts';
import { addressNote, wordNote } from '../output/task/address-notes.ts';
import { colorError, colorHint, colorLine } from '../output/text/color.ts';
import type { Session } from '../session/state/session.ts';
import { Annotator } from './annotate/annotator.ts';
import type { Kind, OutputTap } from './output-writer.ts';
import type { Palette } from './view/palette.ts';

/** The outside of a painter. */
export interface PainterParts {
  readonly session: Session;
  readonly palette: Palette;
  readonly color: boolean;
  /** Width of the terminal. */
  columns(): number;
  now(): number;
}

/** Colour and notes for finished output. Without the escapes, the text left of the notes is the printed text. */
export class Painter implements OutputTap {
  readonly #parts: PainterParts;
  readonly #annotator: Annotator;

  constructor(parts: PainterParts) {
    this.#parts = parts;
    const { session, columns, now } = parts;
    const { target, settings } = session;
    this.#annotator = new Annotator({
      // Ctrl-C is for the command, not for the notes on its output.
      describe: (address) =>
        session.shielded(() => {
          const known = wordNote(address);
          if (known) return known;
          const meaning = describeAddress(target, va(address));
          return meaning && addressNote(meaning);
        }),
      warm: () =>
        session.shielded(() => {
          for (const _ of warmDescriptions(target));
        }),
      enabled: () => settings.annotate !== false,
      columns,
      now,
    });
  }

  begin(): void {
    this.#annotator.begin();
  }
  text(): void {}
  end(): void {}

  /** Whole lines. */
  paint(text: string, kind: Kind): string {
    const { color } = this.#parts;
    if (kind === 'hint') return color ? colorHint(text) : text;
    if (kind === 'error') return color ? text.replace(/[^\n]+/g, colorError) : text;
    return text
      .split('\n')
      .map((line) => this.line(line))
      .join('\n');
  }

  /** One line, without its newline. */
  line(line: string): string {
    const { color, palette } = this.#parts;
    const notes = line === '' ? '' : this.#annotator.notes(line);
    const painted = color ? colorLine(line) : line;
    return notes === '' ? painted : painted + palette.paint([{ text: notes, style: 'dim' }]);
  }
}
