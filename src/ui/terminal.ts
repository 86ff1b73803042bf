import { Interrupted } from '../base/interruption.ts';
import { Completer } from '../session/completion/complete.ts';
import { typingHint } from '../session/completion/typing-hint.ts';
import type { TerminalHost } from '../session/program/program.ts';
import { hasStartedPrograms } from '../session/sinks/pipe.ts';
import type { Session } from '../session/state/session.ts';
import { sharingPlace } from '../session/state/sharing.ts';
import { ContextRow, dumpId } from './context-row.ts';
import { History } from './history/history.ts';
import { HistoryStore, historyPath } from './history/store.ts';
import type { Live } from './live.tsx';
import { OutputWriter } from './output-writer.ts';
import { notNow, ownersDesk, ownersShare, withStatus } from './owners-share.ts';
import { Paging } from './pager/paging.ts';
import { Painter } from './painter.ts';
import { LastOutput } from './picker/last-output.ts';
import { DumpPicks } from './picker/pick-list.ts';
import { RecentAddresses } from './recent.ts';
import { Repl } from './repl.ts';
import { Runner } from './running.ts';
import { clipboardSequence } from './term/clipboard.ts';
import { Keyboard } from './term/keyboard.ts';
import type { InputEvent } from './term/keys.ts';
import { TerminalModes } from './term/modes.ts';
import { Resizing } from './term/resizing.ts';
import { endByHangup } from './term/signals.ts';
import { announceVerdict } from './verdict-line.ts';
import { progressFrame } from './view/frame.ts';
import { PROMPT } from './view/input-rows.ts';
import { Palette } from './view/palette.ts';
import { WarmUp } from './warm-up.ts';
import { warmed } from './warmed.ts';

/** Signals that end the process. */
const FATAL = ['SIGTERM', 'SIGHUP'] as const;

/**
 * Takes the terminal until the user leaves. `lost` when drawing failed: the terminal is restored, and line mode can
 * continue with the same session.
 */
export async function runTerminal(seat: TerminalHost): Promise<'left' | 'lost'> {
  const terminal = new Terminal(seat);
  try {
    return await terminal.run();
  } finally {
    terminal.giveBack();
  }
}

/** The wiring: stdin to the prompt, the prompt to the live rows, commands to the scrollback, signals to both. */
class Terminal {
  readonly #palette: Palette;
  readonly #modes = new TerminalModes(1);
  readonly #keyboard: Keyboard;
  readonly #writer: OutputWriter;
  readonly #runner: Runner;
  readonly #repl: Repl;
  readonly #paging: Paging;
  readonly #history: History;
  readonly #context: ContextRow;
  #live: Live | undefined;
  /** Keys that came before the first prompt. */
  #early: InputEvent[] = [];
  readonly #host: TerminalHost;
  #endVerdict: () => void = () => {};
  readonly #resizing = new Resizing(
    process.stdout,
    () => this.#live?.resized(),
    () => this.#redraw(),
  );
  #failure: unknown;
  readonly #signals: readonly (readonly [NodeJS.Signals, () => void])[] = [
    ['SIGINT', () => this.#signalled()],
    ['SIGTERM', () => this.#terminate()],
    ['SIGHUP', () => this.#hangUp()],
    ['SIGTSTP', () => this.#stop()],
    ['SIGCONT', () => this.#continue()],
  ];

  constructor(seat: TerminalHost) {
    this.#host = seat;
    const { session, color, unicode } = seat;
    this.#context = new ContextRow(session);
    this.#palette = new Palette({ color, unicode });
    const { stdout, stdin } = process;
    const painter = new Painter({
      session,
      palette: this.#palette,
      color,
      columns: () => this.#around().window.columns,
      now: () => performance.now(),
    });
    this.#writer = new OutputWriter({
      stdout,
      write: (text) => (this.#live ? this.#live.write(text) : stdout.write(text)),
      // Notes may read the dump, and Ctrl-C must not lose printed output.
      paint: (text, kind) => session.shielded(() => painter.paint(text, kind)),
    });
    this.#writer.taps.add(painter);
    const shell = seat.shellAt({
      console: this.#writer,
      place: { inherit: true, write: (text) => this.#writer.write(text), lend: () => this.#lend() },
      onProgress: (text) => this.#runner.note(text),
    });
    this.#runner = new Runner({
      session,
      shell,
      writer: this.#writer,
      now: () => performance.now(),
      showProgress: (text) => this.#showProgress(text),
      poll: () => this.#poll(session),
      settled: () => this.#paging.finish(),
    });
    const recent = new RecentAddresses();
    this.#writer.taps.add(recent);
    const lastOutput = new LastOutput(session.target.arch);
    this.#writer.taps.add(lastOutput);
    const completer = new Completer({
      session,
      commands: shell.commands,
      recent: () => recent.candidates(),
    });
    const id = dumpId(session.target);
    this.#history = new History(new HistoryStore(historyPath(process.env), id), id);
    this.#repl = new Repl({
      session,
      completer,
      advice: (text, cursor) =>
        typingHint(text, cursor, { session, commands: shell.commands, completer }),
      interrupt: () => shell.interrupt(),
      prompt: () => PROMPT,
      context: () => withStatus(session, this.#context.text()),
      share: ownersShare(session, () => this.#repl.draw()),
      history: this.#history,
      warmUp: new WarmUp(warmed(session, completer, this.#context, () => this.#repl.draw())),
      ellipsis: this.#palette.ellipsis,
      window: () => this.#around().window,
      show: (frame) => this.#live?.show(frame),
      hide: () => this.#live?.hide(),
      say: (text) => this.#writer.write(text),
      run: (line) => this.#run(line),
      picks: () => new DumpPicks(lastOutput.words(), session),
      copy: (text) => stdout.write(clipboardSequence(text, process.env)),
      // To the whole job, as the terminal would.
      suspend: () => process.kill(0, 'SIGTSTP'),
      onError: (error) => this.#fail(error),
    });
    sharingPlace(session).desk = ownersDesk({
      repl: this.#repl,
      runner: this.#runner,
      palette: this.#palette,
      hide: () => this.#live?.hide(),
      interrupt: () => this.#interrupt(),
    });
    this.#paging = this.#makePaging(session, painter);
    session.withSignals = (work) => {
      // Keys from now on are signals; earlier ones are still keys.
      if (this.#poll(session)) throw new Interrupted();
      return this.#keyboard.asSignals(FATAL, this.#modes, work);
    };
    this.#keyboard = new Keyboard({
      stdin,
      onEvents: (events) => this.#onEvents(events),
      onEnd: () => this.#hangUp(),
    });
  }

  async run(): Promise<'left' | 'lost'> {
    this.#keyboard.start();
    this.#modes.enter();
    for (const [signal, handler] of this.#signals) process.on(signal, handler);
    // A prompt to see and to type at while Ink is being loaded.
    process.stdout.write(PROMPT);
    const { Live } = await import('./live.tsx');
    this.#history.load();
    process.stdout.write('\r\x1b[K');
    this.#resizing.start();
    process.stdout.on('error', this.#onGone);
    this.#live = new Live(process.stdout, {
      palette: this.#palette,
      onError: (error) => this.#fail(error),
    });
    const early = this.#early;
    this.#early = [];
    this.#repl.handle(early);
    this.#endVerdict = announceVerdict(this.#host, (line) => this.#repl.announce(line));
    await this.#repl.done;
    return this.#failure === undefined ? 'left' : 'lost';
  }

  /** Restores the terminal. Safe to call at any time, and twice. */
  giveBack(): void {
    this.#endVerdict();
    this.#resizing.stop();
    process.stdout.off('error', this.#onGone);
    for (const [signal, handler] of this.#signals) process.off(signal, handler);
    this.#live?.hide();
    this.#keyboard.stop();
    this.#modes.leave();
    if (this.#failure === undefined) return;
    const text = this.#failure instanceof Error ? this.#failure.message : String(this.#failure);
    process.stdout.write(`the terminal cannot be drawn (${text}): going on in line mode\n`);
  }

  #makePaging(session: Session, painter: Painter): Paging {
    return new Paging({
      session,
      writer: this.#writer,
      modes: this.#modes,
      ellipsis: this.#palette.ellipsis,
      window: () => this.#around().window,
      paint: (line) => painter.line(line),
      now: () => performance.now(),
      write: (text) => process.stdout.write(text),
      say: (text) => this.#writer.print(`${text}\n`, 'hint'),
      lent: () => this.#runner.lent,
      block: () => session.blocks?.current,
      shared: () => sharingPlace(session).sharing !== undefined,
      hide: () => this.#live?.hide(),
      grab: (onEvents) => this.#repl.grab(onEvents),
      interrupt: () => this.#interrupt(),
      suspend: () => process.kill(0, 'SIGTSTP'),
      typeAhead: (events) => this.#repl.handle(events),
      onError: (error) => this.#fail(error),
    });
  }

  /** Handles keys while a command does not let the loop turn. */
  #poll(session: Session): boolean {
    this.#keyboard.poll();
    return session.interrupted || this.#writer.closed;
  }

  #signalled(): void {
    this.#runner.signalled();
    this.#interrupt();
  }

  #interrupt(): void {
    this.#repl.interrupt();
    this.#paging.poke();
  }

  #showProgress(text: string): void {
    if (this.#paging.open) this.#paging.progress(text);
    else this.#live?.show(progressFrame(text, this.#around()));
  }

  #around() {
    const { columns = 80, rows = 24 } = process.stdout;
    return { window: { columns, rows }, ellipsis: this.#palette.ellipsis };
  }

  #onEvents(events: readonly InputEvent[]): void {
    if (!this.#live) {
      this.#early.push(...events);
      return;
    }
    try {
      this.#repl.handle(events);
    } catch (error) {
      this.#fail(error);
    }
  }

  #redraw(): void {
    if (this.#paging.open) this.#paging.resize();
    else this.#repl.draw();
  }

  /** EIO, EPIPE: the terminal has gone. */
  readonly #onGone = (): void => this.#hangUp();

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#repl.leave();
  }

  async #run(line: string): Promise<void> {
    this.#live?.hide();
    const prompt = this.#palette.paint([{ text: PROMPT, style: 'prompt' }]);
    process.stdout.write(`${prompt}${line}\n`);
    if (notNow(this.#host, line, this.#writer)) return;
    this.#history.add(line, Date.now());
    this.#paging.begin(line);
    try {
      await this.#runner.run(line);
    } finally {
      this.#live?.hide();
    }
  }

  /** A shell gets the terminal in its original modes. */
  #lend(): () => void {
    this.#writer.flush();
    this.#runner.lent = true;
    this.#live?.hide();
    this.#keyboard.stop();
    this.#modes.leave();
    return () => {
      this.#runner.lent = false;
      this.#modes.enter();
      this.#keyboard.start();
    };
  }

  /** Ctrl-Z, or another process's SIGTSTP: restores the terminal, then stops. */
  #stop(): void {
    this.#live?.hide();
    if (!this.#runner.lent) this.#keyboard.stop();
    this.#modes.stop();
  }
  #continue(): void {
    if (this.#runner.lent) return;
    this.#modes.enter();
    this.#keyboard.start();
    this.#redraw();
  }

  #terminate(): void {
    this.giveBack();
    process.exit(128 + 15);
  }

  /** The terminal has gone, or is about to. */
  #hangUp(): void {
    sharingPlace(this.#host.session).sharing?.close();
    this.giveBack();
    endByHangup(hasStartedPrograms());
  }
}
