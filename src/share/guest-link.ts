import type { Duplex } from 'node:stream';
import { BadFrame, encodeFrame, FrameReader } from './frames.ts';
import type { GuestModel } from './guest-model.ts';
import { LIMITS } from './limits.ts';
import {
  asHostFrame,
  type GuestFrame,
  type HostFrame,
  type LogFrame,
  VERSION,
} from './messages.ts';
import { OVER } from './words.ts';

/** Milliseconds before each attempt to come back; the last one counts for all that follow. */
const RETRY = [200, 500, 1000, 2000, 5000];

/** What a link tells its user. */
export interface LinkParts {
  readonly model: GuestModel;
  readonly name: string;
  readonly tail?: number;
  /** Connects. Rejects with the system's error. */
  open(): Promise<Duplex>;
  /** After the model has taken the frame. */
  onFrame(frame: HostFrame | LogFrame): void;
  /** The connection was lost, or is there again. */
  onLost(since: number | undefined): void;
  /** It is over, for good: why. `refused`: before it began. */
  onOver(why: string, refused: boolean): void;
  now(): number;
}

/** A guest's connection: says hello, keeps the order of the log, and comes back when the connection is lost. */
export class GuestLink {
  readonly #parts: LinkParts;
  #socket: Duplex | undefined;
  #heard = 0;
  #tries = 0;
  #lost: number | undefined;
  #over = false;
  #retry: NodeJS.Timeout | undefined;
  readonly #watch: NodeJS.Timeout;
  #acts = 0;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#watch = setInterval(() => this.#checkSilence(), 1000);
    this.#watch.unref();
  }

  get over(): boolean {
    return this.#over;
  }

  /** The number of the next act. */
  nextAct(): number {
    this.#acts++;
    return this.#acts;
  }

  async start(): Promise<void> {
    await this.#connect();
  }

  /** Sends a frame; what is sent while the connection is lost is lost. */
  send(frame: GuestFrame): boolean {
    if (!this.#socket || this.#lost !== undefined) return false;
    this.#socket.write(encodeFrame(frame));
    return true;
  }

  /** Leaves. */
  leave(): void {
    this.send({ t: 'bye', why: 'left' });
    this.#finish();
    this.#socket?.end();
    this.#socket = undefined;
  }

  #finish(): void {
    this.#over = true;
    clearTimeout(this.#retry);
    clearInterval(this.#watch);
  }

  async #connect(): Promise<void> {
    const { model, name, tail } = this.#parts;
    let socket: Duplex;
    try {
      socket = await this.#parts.open();
    } catch {
      // Nobody listens there: the process is gone, or has closed its door.
      this.#ended(OVER.gone, model.welcome === undefined);
      return;
    }
    this.#socket = socket;
    this.#heard = this.#parts.now();
    const reader = new FrameReader(LIMITS.hostBytes);
    socket.on('data', (bytes: Buffer) => this.#read(socket, reader, bytes));
    socket.on('end', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#closed(socket));
    const { welcome, last } = model;
    const known = welcome && { session: welcome.session, resume: welcome.resume };
    const hello = { t: 'hello', v: VERSION, name, from: known ? last + 1 : 0 } as const;
    socket.write(encodeFrame({ ...hello, ...(tail === undefined ? {} : { tail }), ...known }));
  }

  #read(socket: Duplex, reader: FrameReader, bytes: Buffer): void {
    if (this.#over || socket !== this.#socket) return;
    this.#heard = this.#parts.now();
    try {
      for (const object of reader.push(bytes)) {
        const frame = asHostFrame(object);
        if (frame === undefined) this.#skipped(socket, object);
        else if ('n' in frame) this.#logged(socket, frame);
        else this.#aside(frame);
        if (this.#over || socket.destroyed) return;
      }
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      // Not a host of this protocol, or a line that has changed what went through it: once more from where we are.
      socket.destroy();
    }
  }

  /** A frame of a later version: its number counts. */
  #skipped(socket: Duplex, { n }: Record<string, unknown>): void {
    const { model } = this.#parts;
    if (typeof n !== 'number') return;
    if (n > model.last + 1) socket.destroy();
    else if (n === model.last + 1) model.last = n;
  }

  #logged(socket: Duplex, frame: LogFrame): void {
    const { model } = this.#parts;
    if (frame.n <= model.last) return;
    if (frame.n > model.last + 1) {
      socket.destroy();
      return;
    }
    model.log(frame);
    this.#parts.onFrame(frame);
    if (frame.t === 'over') this.#ended(frame.why, false);
  }

  #aside(frame: HostFrame): void {
    const { model } = this.#parts;
    if (frame.t === 'ping') {
      this.send({ t: 'pong', id: frame.id });
      return;
    }
    if (frame.t === 'no' && model.welcome === undefined) {
      this.#ended(frame.why, true);
      return;
    }
    if (frame.t === 'welcome') {
      if (model.welcome && model.welcome.session !== frame.session) {
        this.#ended(OVER.gone, false);
        return;
      }
      this.#tries = 0;
    }
    model.take(frame);
    if (frame.t === 'welcome' && this.#lost !== undefined) {
      this.#lost = undefined;
      this.#parts.onLost(undefined);
    }
    this.#parts.onFrame(frame);
    if (frame.t === 'bye') this.#ended(frame.why, false);
  }

  #closed(socket: Duplex): void {
    if (this.#over || socket !== this.#socket) return;
    this.#socket = undefined;
    if (this.#lost === undefined) {
      this.#lost = this.#parts.now();
      this.#parts.onLost(this.#lost);
    }
    const wait = RETRY[Math.min(this.#tries, RETRY.length - 1)] ?? 0;
    this.#tries++;
    this.#retry = setTimeout(() => void this.#connect(), wait);
  }

  #ended(why: string, refused: boolean): void {
    if (this.#over) return;
    this.#finish();
    this.#socket?.destroy();
    this.#parts.onOver(why, refused);
  }

  #checkSilence(): void {
    if (this.#socket && this.#parts.now() - this.#heard > LIMITS.silentMs) this.#socket.destroy();
  }
}
