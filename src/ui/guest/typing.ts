import type { GuestLink } from '../../share/guest-link.ts';
import type { GuestModel } from '../../share/guest-model.ts';
import { LIMITS } from '../../share/limits.ts';

/** Shows the others what the guest who drives is typing: the newest text, ten times a second at most. */
export class Typing {
  readonly #model: GuestModel;
  readonly #link: GuestLink;
  #timer: NodeJS.Timeout | undefined;
  #newest = { text: '', cur: 0 };

  constructor(model: GuestModel, link: GuestLink) {
    this.#model = model;
    this.#link = link;
  }

  typed(text: string, cursor: number): void {
    if (!this.#model.drives) return;
    this.#newest = { text: text.slice(0, LIMITS.line), cur: Math.min(cursor, LIMITS.line) };
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const { d, drives } = this.#model;
      if (drives) this.#link.send({ t: 'typing', d, ...this.#newest });
    }, LIMITS.typingMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
