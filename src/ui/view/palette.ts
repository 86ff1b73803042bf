/** The meaning of a piece of a live row; the palette decides how it looks. */
export type Style = 'plain' | 'prompt' | 'dim' | 'bad' | 'current' | 'selected' | 'warning';

/** A piece of a row in one style. */
export interface Span {
  readonly text: string;
  readonly style?: Style;
}
/** A row of the terminal. */
export type Row = readonly Span[];

/**
 * On and off; attributes that are no colour are used without colours too, so that no meaning depends on colour alone.
 */
type Pair = readonly [on: string, off: string];
const PLAIN: Record<Style, Pair> = {
  plain: ['', ''],
  prompt: ['1', '22'],
  dim: ['2', '22'],
  bad: ['4', '24'],
  current: ['1', '22'],
  selected: ['7', '27'],
  warning: ['1', '22'],
};
const COLORED: Record<Style, Pair> = {
  ...PLAIN,
  bad: ['4;31', '24;39'],
  warning: ['33', '39'],
};

/** Rows to text with escapes, of the sixteen terminal colours. */
export class Palette {
  readonly #codes: Record<Style, Pair>;
  /** Replaces text that was cut. */
  readonly ellipsis: string;

  constructor(options: { readonly color: boolean; readonly unicode: boolean }) {
    this.#codes = options.color ? COLORED : PLAIN;
    this.ellipsis = options.unicode ? '…' : '...';
  }

  paint(row: Row): string {
    return row.map(({ text, style = 'plain' }) => this.#one(text, style)).join('');
  }
  #one(text: string, style: Style): string {
    const [on, off] = this.#codes[style];
    return on === '' || text === '' ? text : `\x1b[${on}m${text}\x1b[${off}m`;
  }
}
