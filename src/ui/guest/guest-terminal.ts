import { colorLine } from '../../output/text/color.ts';
import type { TerminalChoice } from '../../session/program/terminal-choice.ts';
import type { LineOutput } from '../../session/sinks/output-history.ts';
import { DEFAULT_SETTINGS } from '../../session/state/setting-values.ts';
import { GuestLink } from '../../share/guest-link.ts';
import { GuestModel } from '../../share/guest-model.ts';
import type { JoinSeat } from '../../share/join.ts';
import type { HostFrame, LogFrame } from '../../share/messages.ts';
import { joinedRow } from '../../share/readers.ts';
import { counted, escapeLine, factRow } from '../../share/rows.ts';
import { OVER, WORDS } from '../../share/words.ts';
import { History } from '../history/history.ts';
import { HistoryStore, historyPath } from '../history/store.ts';
import { Live } from '../live.tsx';
import { OutputWriter } from '../output-writer.ts';
import { Paging } from '../pager/paging.ts';
import { Repl } from '../repl.ts';
import { Keyboard } from '../term/keyboard.ts';
import { TerminalModes } from '../term/modes.ts';
import { Resizing } from '../term/resizing.ts';
import { endByHangup } from '../term/signals.ts';
import { Palette } from '../view/palette.ts';
import { WarmUp } from '../warm-up.ts';
import { Answers } from './answers.ts';
import { Fetcher } from './fetcher.ts';
import { type GuestSeat, runGuestLine } from './guest-lines.ts';
import { guestRow, lostRow, painted, promptOf } from './rows.ts';
import { Typing } from './typing.ts';
import { guestCompleter, NO_HINT, NO_PICKS } from './words.ts';

/** Takes the terminal for a guest until they leave; the exit code. */
export async function runGuest(seat: JoinSeat, choice: TerminalChoice): Promise<number> {
  const terminal = new GuestTerminal(seat, choice);
  try {
    return await terminal.run();
  } finally {
    terminal.giveBack();
  }
}

/** The wiring: keys to the prompt, lines to the host or to the guest's own side, frames to the scrollback. */
class GuestTerminal {
  readonly #seat: JoinSeat;
  readonly #model = new GuestModel();
  readonly #link: GuestLink;
  readonly #palette: Palette;
  readonly #modes = new TerminalModes(1);
  readonly #keyboard: Keyboard;
  readonly #live: Live;
  readonly #writer: OutputWriter;
  readonly #repl: Repl;
  readonly #paging: Paging;
  readonly #answers: Answers;
  /** What the prompt and the pager know of a session. */
  readonly #session = {
    settings: { ...DEFAULT_SETTINGS, scroll: true },
    leaving: false,
    interrupted: false,
    page: (): void => {},
  };
  #paged: LineOutput | undefined;
  /** Text that came while a pager had the screen. */
  #held: (() => void)[] = [];
  #follows = false;
  #lost: number | undefined;
  #refused: string | undefined;
  readonly #resizing = new Resizing(
    process.stdout,
    () => this.#live.resized(),
    () => (this.#paging.open ? this.#paging.resize() : this.#repl.draw()),
  );
  readonly #typing: Typing;
  readonly #clock: NodeJS.Timeout;
  /** Called when the running line's answer is here, or cannot come. */
  #answered: (() => void) | undefined;
  readonly #fetcher: Fetcher;
  readonly #signals: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGINT', () => this.#stop()],
    ['SIGTERM', () => this.#terminate()],
    ['SIGHUP', () => this.#hangUp()],
    ['SIGTSTP', () => this.#suspend()],
    ['SIGCONT', () => this.#continue()],
  ];

  constructor(seat: JoinSeat, { color, unicode }: TerminalChoice) {
    this.#seat = seat;
    const { stdout, stdin } = process;
    this.#palette = new Palette({ color, unicode });
    const { ellipsis } = this.#palette;
    const onError = (error: unknown): void => {
      throw error;
    };
    this.#live = new Live(stdout, { palette: this.#palette, onError });
    this.#writer = new OutputWriter({
      stdout,
      write: (text) => this.#live.write(text),
      paint: (text, kind) => (color ? painted(text, kind) : text),
    });
    const history = new History(new HistoryStore(historyPath(process.env), 'shared'), 'shared');
    history.load();
    const window = () => ({ columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 });
    this.#repl = new Repl({
      session: this.#session,
      completer: guestCompleter(this.#model),
      advice: () => NO_HINT,
      interrupt: () => this.#stop(),
      prompt: () => promptOf(this.#model, seat.name),
      context: () => guestRow(this.#model, seat.share, this.#link.over),
      share: {
        question: () => lostRow(this.#lost),
        key: () => false,
        typed: (text, cursor) => this.#typing.typed(text, cursor),
      },
      history,
      warmUp: new WarmUp([]),
      ...{ ellipsis, window },
      show: (frame) => this.#live.show(frame),
      hide: () => this.#live.hide(),
      say: (text) => this.#writer.write(text),
      run: (line) => this.#run(line, history),
      picks: () => NO_PICKS,
      copy: () => {},
      suspend: () => process.kill(0, 'SIGTSTP'),
      onError,
    });
    this.#paging = new Paging({
      session: this.#session,
      block: () => this.#paged,
      writer: this.#writer,
      modes: this.#modes,
      ...{ ellipsis, window, onError },
      paint: (line) => (color ? colorLine(line) : line),
      now: () => performance.now(),
      write: (text) => stdout.write(text),
      say: (text) => this.#writer.print(`${text}\n`, 'hint'),
      lent: () => false,
      shared: () => true,
      hide: () => this.#live.hide(),
      grab: (onEvents) => this.#repl.grab(onEvents),
      interrupt: () => {},
      suspend: () => process.kill(0, 'SIGTSTP'),
      typeAhead: (events) => this.#repl.handle(events),
    });
    this.#answers = new Answers({
      ellipsis,
      print: (text, kind) => this.#writer.print(text, kind === 'text' ? 'text' : kind),
      whole: () => this.#follows || this.#model.running?.who === this.#model.you,
    });
    this.#link = new GuestLink({
      ...{ model: this.#model, name: seat.name, now: () => Date.now() },
      open: () => seat.connect(),
      onFrame: (frame) => this.#outside(() => this.#show(frame)),
      onLost: (since) => this.#onLost(since),
      onOver: (why, refused) => this.#outside(() => this.#onOver(why, refused)),
    });
    this.#typing = new Typing(this.#model, this.#link);
    this.#fetcher = new Fetcher(this.#model, this.#link);
    this.#keyboard = new Keyboard({
      stdin,
      onEvents: (events) => this.#repl.handle(events),
      onEnd: () => this.#hangUp(),
    });
    this.#clock = setInterval(() => {
      if (this.#lost !== undefined) this.#repl.draw();
    }, 1000);
  }

  async run(): Promise<number> {
    this.#keyboard.start();
    this.#modes.enter();
    for (const [signal, handler] of this.#signals) process.on(signal, handler);
    this.#resizing.start();
    this.#repl.draw();
    await this.#link.start();
    await this.#repl.done;
    this.#link.leave();
    this.#writer.flush();
    this.#live.hide();
    this.#model.close();
    if (this.#refused === undefined) return 0;
    process.stdout.write(`tscrash: ${this.#seat.share}: ${escapeLine(this.#refused)}\n`);
    return 1;
  }

  /** Restores the terminal. Safe to call twice. */
  giveBack(): void {
    clearInterval(this.#clock);
    this.#typing.stop();
    this.#resizing.stop();
    for (const [signal, handler] of this.#signals) process.off(signal, handler);
    this.#live.hide();
    this.#keyboard.stop();
    this.#modes.leave();
  }

  /** Does work that prints: now, or when the pager has given the screen back. */
  #outside(work: () => void): void {
    if (this.#paging.open) this.#held.push(work);
    else work();
  }

  #show(frame: HostFrame | LogFrame): void {
    const { answers } = this.#model;
    if (frame.t === 'welcome') {
      if (this.#model.last < frame.first) this.#tell(joinedRow(this.#model));
    } else if (frame.t === 'wait') this.#tell(`${escapeLine(frame.why)} ...`);
    else if (frame.t === 'no') {
      this.#tell(escapeLine(frame.why));
      this.#answered?.();
    } else if (frame.t === 'index') {
      this.#tell(
        `${counted(frame.rows.length, 'older answer')}: "out" lists them, less N shows one`,
      );
    } else if (frame.t === 'text') this.#fetcher.take(frame);
    else if (frame.t === 'begin' || frame.t === 'out' || frame.t === 'end') {
      const answer = answers.get(frame.a);
      if (answer && frame.t === 'begin') this.#answers.begin(answer);
      else if (answer && frame.t === 'out') this.#answers.grown(answer);
      else if (answer) this.#answers.end(answer);
      if (frame.t === 'end' && answer?.who === this.#model.you) this.#answered?.();
    } else if ('n' in frame) {
      const row = factRow(frame, this.#model.you);
      if (row !== undefined) this.#tell(row);
    }
    this.#repl.draw();
  }

  #tell(text: string): void {
    this.#writer.print(`${text}\n`, 'hint');
  }

  #onLost(since: number | undefined): void {
    this.#lost = since;
    if (since !== undefined) this.#answered?.();
    else this.#outside(() => this.#tell('back: all lines are here'));
    this.#repl.draw();
  }

  #onOver(why: string, refused: boolean): void {
    this.#lost = undefined;
    this.#answered?.();
    this.#fetcher.stop();
    if (refused) {
      this.#refused = why;
      this.#repl.leave();
      return;
    }
    this.#tell(`${WORDS.ended}${escapeLine(why)}`);
    if (why === OVER.gone) this.#tell('what was here stays: out, less, q');
    this.#repl.draw();
  }

  async #run(line: string, history: History): Promise<void> {
    this.#live.hide();
    const prompt = { text: promptOf(this.#model, this.#seat.name), style: 'prompt' } as const;
    process.stdout.write(`${this.#palette.paint([prompt])}${line}\n`);
    history.add(line, Date.now());
    this.#session.interrupted = false;
    await runGuestLine(this.#lines, line);
    this.#writer.flush();
  }

  get #lines(): GuestSeat {
    return {
      model: this.#model,
      link: this.#link,
      tell: (text) => this.#tell(text),
      print: (text) => this.#writer.print(text, 'text'),
      page: (block) => this.#page(block),
      run: (line) => this.#runShared(line),
      fetch: (answer) => this.#fetcher.fetch(answer),
      follow: () => {
        this.#follows = !this.#follows;
        return this.#follows;
      },
      leave: () => {
        this.#session.leaving = true;
      },
    };
  }

  async #runShared(line: string): Promise<void> {
    const { d } = this.#model;
    if (!this.#link.send({ t: 'run', c: this.#link.nextAct(), d, line })) {
      this.#tell('not sent: no connection');
      return;
    }
    await new Promise<void>((resolve) => {
      this.#answered = resolve;
    });
    this.#answered = undefined;
  }

  async #page(block: LineOutput): Promise<void> {
    this.#paged = block;
    this.#paging.begin('less');
    this.#session.page();
    this.#writer.write(block.line(block.first) ?? '');
    await this.#paging.finish();
    this.#paged = undefined;
    for (const work of this.#held.splice(0)) work();
  }

  /** Ctrl-C: the shared line, of the driver alone; the wait for anything else ends. */
  #stop(): void {
    this.#session.interrupted = true;
    if (this.#model.drives && this.#answered) this.#link.send({ t: 'stop' });
    this.#fetcher.stop();
  }

  #suspend(): void {
    this.#live.hide();
    this.#keyboard.stop();
    this.#modes.stop();
  }
  #continue(): void {
    this.#modes.enter();
    this.#keyboard.start();
    this.#repl.draw();
  }
  #terminate(): void {
    this.giveBack();
    process.exit(128 + 15);
  }
  #hangUp(): void {
    this.giveBack();
    endByHangup(false);
  }
}
