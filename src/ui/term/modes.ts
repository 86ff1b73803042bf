import { writeSync } from 'node:fs';

const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
const CURSOR_ON = '\x1b[?25h';
/** Bracketed paste off, attributes off, cursor on. */
const GIVE_BACK = `${PASTE_OFF}\x1b[0m${CURSOR_ON}`;

/** A screen without scrollback, for the pager. What was there before comes back with the cursor. */
const ALTERNATE_ON = '\x1b[?1049h';
const ALTERNATE_OFF = '\x1b[?1049l';

const ERASE_ROW = '\r\x1b[K';
const LONG_MS = 2 ** 30;

/** The modes of the terminal that are not stdin's: taken and given back, also when the program just ends. */
export class TerminalModes {
  readonly #fd: number;
  #taken = false;
  #alternate = false;
  #stopped: NodeJS.Timeout | undefined;
  readonly #onExit = (): void => this.leave();

  constructor(fd: number) {
    this.#fd = fd;
  }

  enter(): void {
    clearInterval(this.#stopped);
    if (this.#taken) return;
    this.#taken = true;
    process.on('exit', this.#onExit);
    this.#write(this.#alternate ? PASTE_ON + ALTERNATE_ON : PASTE_ON);
  }

  /** Changes between the screen with the scrollback and the other one. {@link enter} comes back to the same. */
  alternate(on: boolean): void {
    if (on === this.#alternate) return;
    this.#alternate = on;
    if (this.#taken) this.#write(on ? ALTERNATE_ON : ALTERNATE_OFF + CURSOR_ON);
  }

  /**
   * Gives back what the keys need for a while, not the screen: a pager stays where it is. Keys that the terminal has
   * shown meanwhile (`^C`) stand on a row of ours.
   */
  rest(on: boolean): void {
    if (this.#taken)
      this.#write(on ? PASTE_OFF : this.#alternate ? PASTE_ON : ERASE_ROW + PASTE_ON);
  }

  /** Synchronous: there may be no next turn of the loop. */
  leave(): void {
    clearInterval(this.#stopped);
    if (!this.#taken) return;
    this.#taken = false;
    process.off('exit', this.#onExit);
    this.#write(this.#alternate ? ALTERNATE_OFF + GIVE_BACK : GIVE_BACK);
  }

  /** Gives everything back and stops the process; {@link enter} follows when SIGCONT is heard. */
  stop(): void {
    this.leave();
    // SIGCONT is heard by the loop, which ends when it has nothing to wait for: a pager may have only the keys.
    this.#stopped = setInterval(() => {}, LONG_MS);
    process.kill(process.pid, 'SIGSTOP');
  }

  #write(text: string): void {
    try {
      writeSync(this.#fd, text);
    } catch {
      // A terminal that has gone needs nothing back.
    }
  }
}
