import { writeSync } from 'node:fs';

const PASTE_ON = '\x1b[?2004h';
/** Bracketed paste off, attributes off, cursor on. */
const GIVE_BACK = '\x1b[?2004l\x1b[0m\x1b[?25h';

/** The modes of the terminal that are not stdin's: taken and given back, also when the program just ends. */
export class TerminalModes {
  readonly #fd: number;
  #taken = false;
  readonly #onExit = (): void => this.leave();

  constructor(fd: number) {
    this.#fd = fd;
  }

  enter(): void {
    if (this.#taken) return;
    this.#taken = true;
    process.on('exit', this.#onExit);
    this.#write(PASTE_ON);
  }

  /** Synchronous: there may be no next turn of the loop. */
  leave(): void {
    if (!this.#taken) return;
    this.#taken = false;
    process.off('exit', this.#onExit);
    this.#write(GIVE_BACK);
  }

  #write(text: string): void {
    try {
      writeSync(this.#fd, text);
    } catch {
      // A terminal that has gone needs nothing back.
    }
  }
}
