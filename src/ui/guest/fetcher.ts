import type { LineOutput } from '../../session/sinks/output-history.ts';
import type { GuestLink } from '../../share/guest-link.ts';
import type { GuestModel, SharedAnswer } from '../../share/guest-model.ts';
import type { HostFrame } from '../../share/messages.ts';

/** Gets the text of an answer that is older than what came when the guest joined, piece by piece. One at a time. */
export class Fetcher {
  readonly #model: GuestModel;
  readonly #link: GuestLink;
  #running: { readonly answer: SharedAnswer; text: string; done(): void } | undefined;

  constructor(model: GuestModel, link: GuestLink) {
    this.#model = model;
    this.#link = link;
  }

  /** Resolves when the text is here; to undefined when it cannot come. */
  async fetch(answer: SharedAnswer): Promise<LineOutput | undefined> {
    if (!this.#link.send({ t: 'fetch', a: answer.a, o: 0 })) return undefined;
    await new Promise<void>((resolve) => {
      this.#running = { answer, text: '', done: resolve };
    });
    return answer.block;
  }

  take({ a, o, text, end }: Extract<HostFrame, { t: 'text' }>): void {
    const running = this.#running;
    if (running?.answer.a !== a || Buffer.byteLength(running.text) !== o) return;
    running.text += text;
    if (!end) {
      this.#link.send({ t: 'fetch', a, o: o + Buffer.byteLength(text) });
      return;
    }
    this.#model.fetched(a, running.text);
    this.stop();
  }

  /** Ends the wait. */
  stop(): void {
    const running = this.#running;
    this.#running = undefined;
    running?.done();
  }
}
