import type { LineOutput } from '../../session/sinks/output-history.ts';
import type { Sink } from '../../session/sinks/sinks.ts';
import type { Kind } from '../output-writer.ts';
import type { InputEvent } from '../term/keys.ts';
import type { Window } from '../view/frame.ts';
import { Hold } from './hold.ts';
import { FramePainter } from './painter.ts';
import { reducePager, resized } from './reduce.ts';
import { openState, type PagerState } from './state.ts';
import { pagerFrame } from './view.ts';
import { work } from './work.ts';

/** Milliseconds of work before keys are handled. */
const SLICE_MS = 8;
/** Milliseconds between drawings of running numbers. */
const DRAW_MS = 50;

/** The outside of a pager. */
export interface PagerParts {
  window(): Window;
  readonly ellipsis: string;
  /** The output of the running line, the source of the pages. */
  block(): LineOutput | undefined;
  /** Colour and notes for one line. */
  paint(line: string): string;
  now(): number;
  /** To the scrollback, as if there were no pager. */
  print(text: string, kind: Kind): void;
  /** Leaves `page` in the scrollback, as far as it is not there yet. */
  leave(page: string): void;
  /** A line of the terminal's own in the scrollback. */
  say(text: string): void;
  /** Resolves when the scrollback has taken what was printed. */
  drained(): Promise<void>;
  /** Whether another program has the terminal. */
  lent(): boolean;
  /** Takes the screen and the keys; returns the function that gives them back. */
  takeScreen(onEvents: (events: readonly InputEvent[]) => void): Screen;
  /** Stops the running command. */
  interrupt(): void;
  suspend(): void;
  /** Whether the command was asked to stop. */
  interrupted(): boolean;
  /** Others read along: the command does not wait for the pages, and goes on when they are left. */
  shared(): boolean;
  /** A bug: the terminal cannot go on. */
  onError(error: unknown): void;
  /** Keys that came after the one that left. */
  typeAhead(events: readonly InputEvent[]): void;
}

/** The alternate screen while a pager has it. */
export interface Screen {
  write(text: string): void;
  giveBack(): void;
}

/** A pager while it has the screen. */
interface Opened {
  readonly screen: Screen;
  readonly block: LineOutput;
  readonly painter: FramePainter;
  state: PagerState;
}

/**
 * Destination of output that may have to be paged: the scrollback when it fits the window, else a screen of its own,
 * page by page. The command runs only as far as the pages need it. One pager for each line.
 */
export class Pager implements Sink {
  closed = false;
  /** The pager was left, and the command goes on for others. */
  #silent = false;
  readonly color = false;
  readonly #parts: PagerParts;
  readonly #hold: Hold;
  #opened: Opened | undefined;
  #waiting = false;
  #progress = '';
  #drawn = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #drawLater: NodeJS.Timeout | undefined;
  /** Hints are not in the block: they are printed when the screen is given back. */
  #hints = '';
  #goOn: (() => void)[] = [];
  #left: (() => void) | undefined;

  constructor(parts: PagerParts) {
    this.#parts = parts;
    this.#hold = new Hold({
      window: () => parts.window(),
      print: (text, kind) => parts.print(text, kind),
    });
  }

  get open(): boolean {
    return this.#opened !== undefined;
  }

  /** Output is paged also when it fits. */
  always(): void {
    this.#hold.always = true;
  }

  write(text: string, kind: Kind = 'text'): void {
    if (this.closed || this.#silent) return;
    if (this.#opened) {
      if (kind === 'hint') this.#hints += text;
      this.#schedule();
    } else if (this.#parts.lent() || !this.#parts.block()) {
      this.#parts.print(text, kind);
    } else if (!this.#hold.take(text, kind)) this.#open();
  }

  /** Waits for the terminal, or for a page to be turned. */
  async drained(): Promise<void> {
    if (!this.#opened) {
      if (!this.closed && !this.#silent) await this.#parts.drained();
      return;
    }
    this.#work();
    if (this.#parts.shared()) return;
    while (this.#opened && !this.#wantsMore() && !this.#parts.interrupted()) {
      await new Promise<void>((resolve) => this.#goOn.push(resolve));
    }
  }

  /** Does nothing: {@link finish} waits for the user. */
  async end(): Promise<void> {}

  /** The command is over; resolves when the user has left. */
  async finish(): Promise<void> {
    this.#hold.end();
    if (!this.#opened) return;
    this.#schedule();
    await new Promise<void>((resolve) => {
      this.#left = resolve;
    });
  }

  progress(text: string): void {
    this.#progress = text;
    if (this.#opened?.state.job) this.#draw();
  }

  /** Wakes a waiting command: Ctrl-C, or the terminal has gone. */
  poke(): void {
    for (const goOn of this.#goOn.splice(0)) goOn();
  }

  resize(): void {
    const opened = this.#opened;
    if (!opened) return;
    opened.state = resized(opened.state, this.#parts.window());
    this.redraw();
  }

  /** Draws everything again: another program has used the screen. */
  redraw(): void {
    this.#opened?.painter.forget();
    this.#work();
  }

  /** Gives the screen back silently: the terminal has gone. */
  abandon(): void {
    this.#close();
  }

  #open(): void {
    const block = this.#parts.block();
    if (!block) return;
    this.#hints = this.#hold.drop();
    const screen = this.#parts.takeScreen((events) => this.#onEvents(events));
    const state = openState(this.#parts.window());
    this.#opened = { screen, block, painter: new FramePainter(), state };
    this.#work();
  }

  #onEvents(events: readonly InputEvent[]): void {
    const opened = this.#opened;
    if (!opened) return;
    const end = this.#parts.now() + SLICE_MS;
    const enough = (): boolean => this.#parts.now() >= end;
    const { state, requests, rest } = reducePager(
      opened.state,
      events,
      opened.block,
      (next) => work(next, opened.block, enough).state,
    );
    opened.state = state;
    for (const request of requests) {
      if (request === 'stop') this.#stop();
      else if (request === 'suspend') this.#parts.suspend();
      else opened.painter.forget();
    }
    this.#work();
    if (rest.length > 0) this.#parts.typeAhead(rest);
  }

  #stop(): void {
    this.#parts.interrupt();
    this.poke();
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#guarded(() => this.#work());
    });
  }

  /** A slice of the state's job, and its visible result. */
  #work(): void {
    const opened = this.#opened;
    if (!opened) return;
    const end = this.#parts.now() + SLICE_MS;
    const { state, waiting } = work(opened.state, opened.block, () => this.#parts.now() >= end);
    opened.state = state;
    this.#waiting = waiting;
    if (state.done) {
      this.#leave(opened);
      return;
    }
    if (state.job && !waiting) this.#schedule();
    if (this.#wantsMore()) this.poke();
    if (state.job) this.#drawSoon();
    else this.#draw();
  }

  /** An exception in a timer would end the program. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#close();
      this.#parts.onError(error);
    }
  }

  /** Whether the page, or the line after it that shows whether it is the last, needs more output. */
  #wantsMore(): boolean {
    const opened = this.#opened;
    if (!opened || opened.block.ended) return false;
    const { state, block } = opened;
    return this.#waiting || (state.page.at(-1) ?? -1) + 1 >= block.count;
  }

  #drawSoon(): void {
    const wait = this.#drawn + DRAW_MS - this.#parts.now();
    if (wait <= 0) this.#draw();
    else this.#drawLater ??= setTimeout(() => this.#guarded(() => this.#draw()), wait);
  }

  #draw(): void {
    clearTimeout(this.#drawLater);
    this.#drawLater = undefined;
    const opened = this.#opened;
    if (!opened) return;
    this.#drawn = this.#parts.now();
    const { paint, ellipsis } = this.#parts;
    const { state, block, painter, screen } = opened;
    const frame = pagerFrame(state, { lines: block, paint, ellipsis, progress: this.#progress });
    const text = painter.paint(frame, state.columns);
    if (text !== '') screen.write(text);
  }

  /** Leaves the last page, with a note on what is not in it. */
  #leave({ state, block }: Opened): void {
    this.#silent = this.#parts.shared();
    if (!block.ended && !this.#silent) block.stopped = true;
    this.#close();
    const { page } = state;
    const behind = page.filter((line) => line >= this.#hold.printed);
    const text = behind.map((line) => `${block.line(line) ?? ''}\n`).join('');
    this.#parts.leave(text);
    if (this.#hints !== '') this.#parts.print(this.#hints, 'hint');
    const [first = 0] = page;
    const last = page.at(-1) ?? -1;
    const gap = first > this.#hold.printed || page.length < last - first + 1;
    if (gap || last + 1 < block.count) this.#parts.say(behindText(first, last, block));
  }

  #close(): void {
    this.closed = !this.#silent;
    clearImmediate(this.#scheduled);
    clearTimeout(this.#drawLater);
    this.#opened?.screen.giveBack();
    this.#opened = undefined;
    this.#hold.drop();
    this.poke();
    this.#left?.();
  }
}

/** Which part of a block stays visible. */
function behindText(
  first: number,
  last: number,
  { count, number, ended, stopped }: LineOutput,
): string {
  const shown = `lines ${first + 1}-${last + 1}`;
  if (!ended && !stopped) return `${shown} so far (it goes on for others; Ctrl-C stops it)`;
  if (!ended) return `${shown}; stopped at line ${count} ("out ${number}" prints those)`;
  return `${shown} of ${count} ("out ${number}" prints all)`;
}
