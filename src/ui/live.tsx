import { Box, type Instance, render, Text, useCursor, useStdout } from 'ink';
import { Component, type ReactNode, useInsertionEffect } from 'react';
import type { Frame } from './view/frame.ts';
import type { Palette } from './view/palette.ts';

/**
 * Erases this row, then all rows below it. In one sequence, where the row is the first of the window, tmux would take
 * it for a cleared screen, which it keeps in its scrollback.
 */
const ERASE_BELOW = '\r\x1b[2K\x1b7\x1b[1B\x1b[J\x1b8';

/** The terminal cuts rows when its window has become narrower: rows that wrapped would be more than Ink counts. */
const unbroken = (text: string): string => `\x1b[?7l${text}\x1b[?7h`;

type Write = (text: string) => void;

interface RowsProps {
  readonly frame: Frame;
  readonly palette: Palette;
  /** Receives the function that writes above the rows. */
  readonly onWrite: (write: Write) => void;
}

/** The rows at the bottom of the terminal: all that React draws. */
function Rows({ frame, palette, onWrite }: RowsProps): ReactNode {
  const { write } = useStdout();
  const { setCursorPosition } = useCursor();
  useInsertionEffect(() => onWrite(write), [write, onWrite]);
  setCursorPosition(frame.cursor);
  return (
    <Box flexDirection="column">
      {frame.rows.map((row, index) => (
        // Rows have no identity but their place.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Text key={index} wrap="truncate">
          {palette.paint(row) || ' '}
        </Text>
      ))}
    </Box>
  );
}

/** A bug in drawing must not end a session: the terminal falls back to line mode. */
class Guard extends Component<{
  readonly onError: (error: unknown) => void;
  readonly children: ReactNode;
}> {
  override state = { failed: false };
  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }
  override componentDidCatch(error: unknown): void {
    this.props.onError(error);
  }
  override render(): ReactNode {
    return this.state.failed ? null : this.props.children;
  }
}

/**
 * The live rows on a terminal: shown, changed, written above, and removed without a trace. Ink is mounted only while
 * there are rows, so that output and other programs have the terminal to themselves.
 */
export class Live {
  readonly #stdout: NodeJS.WriteStream;
  readonly #stream: NodeJS.WriteStream;
  readonly #palette: Palette;
  readonly #onError: (error: unknown) => void;
  readonly #keepWrite = (write: Write): void => {
    this.#writeAbove = write;
  };
  #instance: Instance | undefined;
  #writeAbove: Write | undefined;
  #held: string[] | undefined;
  #frame: Frame = { rows: [] };

  constructor(
    stdout: NodeJS.WriteStream,
    options: { readonly palette: Palette; readonly onError: (error: unknown) => void },
  ) {
    this.#stdout = stdout;
    this.#palette = options.palette;
    this.#onError = options.onError;
    this.#stream = bundling(stdout, (text) => this.#raw(text));
  }

  get shown(): boolean {
    return this.#instance !== undefined;
  }

  show(frame: Frame): void {
    this.#frame = frame;
    const tree = (
      <Guard onError={this.#onError}>
        <Rows frame={frame} palette={this.#palette} onWrite={this.#keepWrite} />
      </Guard>
    );
    this.#atOnce(() => {
      if (this.#instance) this.#instance.rerender(tree);
      else {
        this.#instance = render(tree, {
          stdout: this.#stream,
          exitOnCtrlC: false,
          patchConsole: false,
          // 0 is no limit: every frame is caused by a key, and drawn at once.
          maxFps: 0,
        });
      }
    }, unbroken);
  }

  /** Erases the rows and leaves the cursor where they began. */
  hide(): void {
    const instance = this.#instance;
    if (!instance) return;
    this.#instance = undefined;
    this.#writeAbove = undefined;
    this.#atOnce(() => {
      // Unmounting alone would leave the last frame, and the cursor inside it.
      instance.clear();
      instance.unmount();
    });
  }

  /**
   * The window has another width: removes the rows. Most terminals have wrapped long rows by then, and moved the cursor
   * with its row; so everything from there on is erased, however many rows it has become. The rows above are not
   * touched: in a terminal that does not wrap they are output.
   */
  resized(): void {
    const instance = this.#instance;
    if (!instance) return;
    this.#instance = undefined;
    this.#writeAbove = undefined;
    const { cursor, rows } = this.#frame;
    const up = cursor ? cursor.y : rows.length;
    // Ink would erase as many rows as it has drawn.
    this.#held = [];
    instance.clear();
    instance.unmount();
    this.#held = undefined;
    this.#stdout.write(`${up > 0 ? `\x1b[${up}A` : ''}${ERASE_BELOW}\x1b[?25h`);
  }

  /** Whole lines, into the scrollback above the rows. */
  write(text: string): void {
    const write = this.#writeAbove;
    if (write) this.#atOnce(() => write(text));
    else this.#stdout.write(text);
  }

  #raw(text: string): boolean {
    if (!this.#held) return this.#stdout.write(text);
    this.#held.push(text);
    return true;
  }

  /** Joins Ink's writes into one: a half-drawn frame is never visible. */
  #atOnce(work: () => void, dress: (text: string) => string = (text) => text): void {
    const held: string[] = [];
    this.#held = held;
    try {
      work();
    } finally {
      this.#held = undefined;
      const text = held.join('');
      if (text !== '') this.#stdout.write(dress(text));
    }
  }
}

/** The stream as Ink sees it: the terminal with another `write` and height. */
function bundling(
  stdout: NodeJS.WriteStream,
  write: (text: string) => boolean,
): NodeJS.WriteStream {
  return new Proxy(stdout, {
    get(target, name) {
      // Ink clears the screen and the scrollback when rows fill the window; ours never do.
      if (name === 'rows') return Number.MAX_SAFE_INTEGER;
      if (name === 'write') {
        return (text: string, after?: () => void): boolean => {
          const taken = text === '' ? true : write(text);
          if (typeof after === 'function') target.write('', after);
          return taken;
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
