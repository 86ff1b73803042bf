import type { TypingHint } from '../session/completion/typing-hint.ts';
import type { Session } from '../session/state/session.ts';
import { type CompletionSource, completed, refreshed } from './editor/completing.ts';
import { reduceAll } from './editor/reduce.ts';
import {
  createState,
  type EditorState,
  type Effect,
  freshPrompt,
  INSERTING,
} from './editor/state.ts';
import type { History } from './history/history.ts';
import { OPENERS } from './openers.ts';
import type { PickList } from './picker/types.ts';
import type { InputEvent } from './term/keys.ts';
import { type Frame, promptFrame, rowLimit, type Window } from './view/frame.ts';
import { gridHeight } from './view/picker-rows.ts';
import type { WarmUp } from './warm-up.ts';

/** The outside of a prompt. */
export interface ReplParts {
  readonly session: Pick<Session, 'settings' | 'leaving' | 'interrupted'>;
  readonly completer: CompletionSource & { commandAt(line: string, cursor: number): string };
  /** Hints about a line that is neither empty nor of several lines. */
  advice(text: string, cursor: number): TypingHint;
  /** Stops the running command. */
  interrupt(): void;
  /** What stands before the typed line. */
  prompt(): string;
  /** The row under the prompt, for when nothing else is to be said there. */
  context(): string;
  /** A session that is shared; absent where it cannot be. */
  readonly share?: ReplShare;
  readonly history: History;
  readonly warmUp: WarmUp;
  readonly ellipsis: string;
  window(): Window;
  show(frame: Frame): void;
  /** Takes the live rows away. */
  hide(): void;
  /** Text above the live rows. */
  say(text: string): void;
  /** Shows a line as entered, and runs it. */
  run(line: string): Promise<void>;
  /** Words of the last output for the picker. */
  picks(): PickList;
  /** Asks the terminal to take a text to its clipboard. */
  copy(text: string): void;
  /** Stops the process; resolves when it continues. */
  suspend(): void;
  /** A bug: the prompt cannot go on. */
  onError(error: unknown): void;
}

/** What sharing has to do with the prompt. */
export interface ReplShare {
  /** A question to the user, above everything else in the row; '' for none. */
  question(): string;
  /** Takes a key before everything else: true when it was taken. `empty`: nothing is typed, and the prompt has the keys. */
  key(event: InputEvent, empty: boolean): boolean;
  typed(text: string, cursor: number): void;
}

const NO_ADVICE: TypingHint = { marks: [], synopsis: [], meaning: '', value: '' };

/** The prompt: events in, frames and commands out. Keys during a command wait for the next prompt. */
export class Repl {
  readonly #parts: ReplParts;
  #state: EditorState;
  #waiting: InputEvent[] = [];
  #busy = false;
  #owner: ((events: readonly InputEvent[]) => void) | undefined;
  #left: () => void = () => {};
  /** Lines that wait for the prompt. */
  #announced: string[] = [];
  /** Work of others that waits for the prompt. */
  #queued: (() => Promise<void>)[] = [];
  #typed = '';
  readonly done: Promise<void>;

  constructor(parts: ReplParts) {
    this.#parts = parts;
    this.#state = createState(parts.session.settings.edit);
    // The hints of the line may change once every name is known.
    parts.warmUp.onDone = () => {
      if (this.#state.text !== '') this.draw();
    };
    this.done = new Promise((resolve) => {
      this.#left = resolve;
    });
  }

  get busy(): boolean {
    return this.#busy;
  }

  /**
   * Gives all keys to another owner (a pager, while its command runs) until the returned function is called. The prompt
   * is not drawn meanwhile.
   */
  grab(owner: (events: readonly InputEvent[]) => void): () => void {
    this.#owner = owner;
    return () => {
      this.#owner = undefined;
      this.draw();
    };
  }

  /** Events of one chunk. */
  handle(given: readonly InputEvent[]): void {
    const { share } = this.#parts;
    const free = (): boolean => !this.#owner && !this.#busy && this.#state.text === '';
    const events = share ? given.filter((event) => !share.key(event, free())) : given;
    if (events.length < given.length && events.length === 0) return;
    if (this.#owner) {
      this.#owner(events);
      return;
    }
    this.#parts.warmUp.touch();
    if (!this.#busy) {
      this.#feed(events);
      return;
    }
    for (const event of events) {
      if (event.type === 'key' && event.key === 'C-c') this.interrupt();
      else if (event.type === 'key' && event.key === 'C-z') this.#parts.suspend();
      else this.#waiting.push(event);
    }
  }

  /** Ctrl-C while a command runs: it ends, and keys typed ahead are dropped. */
  interrupt(): void {
    this.#waiting = [];
    this.#parts.interrupt();
  }

  /** Prints a line above the prompt: at once, or when the command that runs has ended. */
  announce(line: string): void {
    this.#announced.push(line);
    this.draw();
  }

  /** Does work of others that prints, when the prompt is free; the text being typed stays. */
  async give(work: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#queued.push(() => work().then(resolve, reject));
      this.#workForOthers();
    });
  }
  #workForOthers(): void {
    const next = this.#busy || this.#owner ? undefined : this.#queued.shift();
    if (!next) return;
    this.#busy = true;
    this.#parts.warmUp.pause();
    const after = this.#state;
    next()
      .then(() => this.#goOn(after))
      .catch((error: unknown) => this.#parts.onError(error));
  }

  /** Draws the prompt. */
  draw(): void {
    if (this.#busy || this.#owner) return;
    this.#tellTyped();
    for (const line of this.#announced.splice(0)) this.#parts.say(`${line}\n`);
    const { ellipsis, history } = this.#parts;
    this.#parts.show(
      promptFrame(this.#state, {
        window: this.#parts.window(),
        advice: this.#advice(),
        context: this.#parts.context(),
        question: this.#parts.share?.question() ?? '',
        prompt: this.#parts.prompt(),
        world: history,
        ellipsis,
      }),
    );
  }

  #tellTyped(): void {
    const { text, cursor } = this.#state;
    if (text === this.#typed) return;
    this.#typed = text;
    this.#parts.share?.typed(text, cursor);
  }

  leave(): void {
    this.#left();
  }

  #feed(events: readonly InputEvent[]): void {
    const { history, completer } = this.#parts;
    const before = this.#state;
    const { state, effects, rest } = reduceAll(before, events, history);
    this.#state = refreshed(before, state, completer);
    // Before a command begins: its own keys come before these.
    this.#waiting.push(...rest);
    for (const effect of effects) this.#perform(effect);
    this.#state = this.#withGhost(this.#state);
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#busy) this.handle(waiting);
    else if (waiting.length > 0) this.#feed(waiting);
    else this.draw();
  }

  #perform(effect: Effect): void {
    const parts = this.#parts;
    if (effect.do === 'submit') this.#start(effect.lines);
    else if (effect.do === 'complete') {
      this.#state = completed(this.#state, parts.completer, effect.backwards);
    } else if (effect.do === 'suspend') parts.suspend();
    else if (effect.do === 'leave') this.#leaveNow();
    else if (effect.do === 'refresh') parts.hide();
    else if (effect.do === 'open') this.#open(effect.what);
    else if (effect.do === 'aside') this.#start([effect.line], this.#state);
    else if (effect.do === 'copy') parts.copy(effect.text);
  }

  #leaveNow(): void {
    this.#busy = true;
    this.#parts.hide();
    this.#left();
  }

  #open(what: string): void {
    const { text, cursor } = this.#state;
    OPENERS[what]?.({
      state: this.#state,
      command: this.#parts.completer.commandAt(text, cursor),
      aside: (line) => this.#start([line], this.#state),
      say: (text) => this.#parts.say(text),
      picks: () => this.#parts.picks(),
      pickRows: gridHeight(rowLimit(this.#parts.window())),
      setState: (state) => {
        this.#state = state;
      },
    });
  }

  #start(lines: readonly string[], after?: EditorState): void {
    this.#submit(lines, after).catch((error: unknown) => this.#parts.onError(error));
  }

  /** Runs lines in turn, then shows the next prompt: `after` when it is given, else an empty one. */
  async #submit(lines: readonly string[], after?: EditorState): Promise<void> {
    const { session, warmUp } = this.#parts;
    this.#busy = true;
    warmUp.pause();
    for (const line of lines) {
      await this.#parts.run(line);
      if (session.leaving || session.interrupted) break;
    }
    if (session.leaving) this.#leaveNow();
    else this.#goOn(after ?? this.#nextPrompt());
  }

  /** The prompt is free again. */
  #goOn(state: EditorState): void {
    this.#busy = false;
    this.#state = state;
    this.#parts.warmUp.touch();
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#feed(waiting);
    this.#workForOthers();
  }

  #nextPrompt(): EditorState {
    const { session, history } = this.#parts;
    const next = freshPrompt(this.#state);
    const wantsVi = session.settings.edit === 'vi';
    const vi = wantsVi ? (next.vi ?? INSERTING) : null;
    return { ...next, vi, message: history.problem ?? '' };
  }

  #withGhost(state: EditorState): EditorState {
    const wanted =
      state.cursor === state.text.length && state.modes.length === 0 && !state.vi?.command;
    const ghost = wanted ? this.#parts.history.ghost(state.text) : '';
    return ghost === state.ghost ? state : { ...state, ghost };
  }

  #advice(): TypingHint {
    const { text, cursor } = this.#state;
    if (text.trim() === '' || text.includes('\n')) return NO_ADVICE;
    return this.#parts.advice(text, cursor);
  }
}
