import type { LineOutput } from '../../session/sinks/output-history.ts';
import type { Session } from '../../session/state/session.ts';
import type { OutputWriter } from '../output-writer.ts';
import type { InputEvent } from '../term/keys.ts';
import type { TerminalModes } from '../term/modes.ts';
import { Pager, type PagerParts, type Screen } from './pager.ts';

/** The terminal program as a pager sees it. */
export interface PagingParts
  extends Pick<
    PagerParts,
    | 'shared'
    | 'window'
    | 'ellipsis'
    | 'paint'
    | 'now'
    | 'say'
    | 'lent'
    | 'interrupt'
    | 'suspend'
    | 'typeAhead'
  > {
  readonly session: Pick<Session, 'settings' | 'interrupted' | 'page'>;
  /** The output of the running line. */
  block(): LineOutput | undefined;
  readonly writer: OutputWriter;
  readonly modes: TerminalModes;
  write(text: string): void;
  /** Takes the live rows away. */
  hide(): void;
  /** Gives all keys to another owner; returns the function that gives them back. */
  grab(onEvents: (events: readonly InputEvent[]) => void): () => void;
  onError(error: unknown): void;
}

/** Gives each line a pager when its output may be paged, and removes it after the line. */
export class Paging {
  readonly #parts: PagingParts;
  #pager: Pager | undefined;

  constructor(parts: PagingParts) {
    this.#parts = parts;
  }

  /** Whether a pager has the screen. */
  get open(): boolean {
    return this.#pager?.open ?? false;
  }

  /** Before a line runs. Output of an input file is not paged, as in crash. */
  begin(line: string): void {
    const { session } = this.#parts;
    const { scroll, pager } = session.settings;
    session.page = () => this.#start().always();
    if (scroll && pager === 'builtin' && !line.trimStart().startsWith('<')) this.#start();
  }

  /** After the line; resolves when the user has left the pager. */
  async finish(): Promise<void> {
    const { session, writer } = this.#parts;
    session.page = () => {};
    const pager = this.#pager;
    if (!pager) return;
    await pager.finish();
    this.#pager = undefined;
    writer.divert();
  }

  progress(text: string): void {
    this.#pager?.progress(text);
  }
  /** The command was interrupted: it may be waiting for a page to be turned. */
  poke(): void {
    this.#pager?.poke();
  }
  resize(): void {
    this.#pager?.resize();
  }
  redraw(): void {
    this.#pager?.redraw();
  }
  abandon(): void {
    this.#pager?.abandon();
  }

  #start(): Pager {
    if (this.#pager) return this.#pager;
    const { session, writer } = this.#parts;
    const { window, ellipsis, paint, now, say, lent, interrupt, suspend, typeAhead, onError } =
      this.#parts;
    const pager = new Pager({
      ...{ window, ellipsis, paint, now, say, lent, interrupt, suspend, typeAhead, onError },
      block: () => this.#parts.block(),
      interrupted: () => session.interrupted,
      shared: this.#parts.shared,
      print: (text, kind) => writer.print(text, kind),
      leave: (page) => writer.leave(page),
      drained: () => writer.printed(),
      takeScreen: (onEvents) => this.#takeScreen(onEvents),
    });
    this.#pager = pager;
    writer.divert(pager);
    return pager;
  }
  #takeScreen(onEvents: (events: readonly InputEvent[]) => void): Screen {
    const { writer, modes, hide, grab, write, window } = this.#parts;
    writer.flush();
    hide();
    modes.alternate(true);
    // Without a second screen the pages are drawn over the first: its contents are scrolled up first.
    const only = ONE_SCREEN.test(process.env.TERM ?? '');
    if (only) write('\n'.repeat(window().rows));
    const giveKeysBack = grab(onEvents);
    return {
      write,
      giveBack() {
        if (only) write(`\x1b[${window().rows};1H\x1b[K`);
        modes.alternate(false);
        giveKeysBack();
      },
    };
  }
}

/** The kernel's console had no alternate screen for most of its life. */
const ONE_SCREEN = /^linux/;
