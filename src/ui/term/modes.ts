import { writeSync } from 'node:fs';

const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
const CURSOR_ON = '\x1b[?25h';
/** Bracketed paste off, attributes off, cursor on. */
const GIVE_BACK = `${PASTE_OFF}\x1b[0m${CURSOR_ON}`;

/** A screen without scrollback, for the pager. The former contents and the cursor come back with it. */
const ALTERNATE_ON = '\x1b[?1049h';
const ALTERNATE_OFF = '\x1b[?1049l';

const ERASE_ROW = '\r\x1b[K';
const LONG_MS = 2 ** 30;

/** The modes of the terminal besides stdin's: set and restored, also when the program exits. */
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

  /** Switches to or from the alternate screen. {@link enter} restores the same one. */
  alternate(on: boolean): void {
    if (on === this.#alternate) return;
    this.#alternate = on;
    if (this.#taken) this.#write(on ? ALTERNATE_ON : ALTERNATE_OFF + CURSOR_ON);
  }

  /**
   * Restores the keys' modes for a while, not the screen: a pager stays where it is. Echoed keys (`^C`) are on a row of
   * their own.
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

  /** Restores everything and stops the process; {@link enter} follows on SIGCONT. */
  stop(): void {
    this.leave();
    // SIGCONT is handled in the loop, which ends when nothing is pending: a pager may have only the keys.
    this.#stopped = setInterval(() => {}, LONG_MS);
    process.kill(process.pid, 'SIGSTOP');
  }

  #write(text: string): void {
    try {
      writeSync(this.#fd, text);
    } catch {
      // a terminal that has gone needs nothing
    }
  }
}
