import type { Duplex } from 'node:stream';
import { BadFrame, encodeFrame, FrameReader } from './frames.ts';
import { LIMITS } from './limits.ts';
import type { SharedLog } from './log.ts';
import { asGuestFrame, type GuestFrame, type HostFrame } from './messages.ts';

/** What a connection tells the host. */
export interface ConnectionParts {
  readonly log: SharedLog;
  now(): number;
  /** A frame of the peer that is known and whole. */
  onFrame(connection: Connection, frame: GuestFrame): void;
  /** The connection has ended, or was closed for what it sent. */
  onClose(connection: Connection): void;
}

/**
 * One connected guest: frames in, and a place in the log out. There is no queue: the log is written while little waits in the
 * socket, and goes on when that has been taken.
 */
export class Connection {
  /** The participant; undefined until they have been let in. */
  name: string | undefined;
  /** When anything was heard last. */
  heard: number;
  /** When anything was sent last. */
  sent: number;
  /** The next frame of the log to send; undefined until they have been let in. */
  place: number | undefined;
  readonly #socket: Duplex;
  readonly #parts: ConnectionParts;
  readonly #reader = new FrameReader(LIMITS.helloBytes);
  readonly #hello: NodeJS.Timeout;
  #known = false;
  #closed = false;
  #credit: number = LIMITS.burst;
  #credited: number;
  #paused: NodeJS.Timeout | undefined;
  #typing: HostFrame | undefined;

  constructor(socket: Duplex, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.heard = this.sent = this.#credited = parts.now();
    this.#hello = setTimeout(() => this.destroy(), LIMITS.helloMs);
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    socket.on('drain', () => this.pump());
    socket.on('end', () => this.destroy());
    // Whatever the reason, the peer is gone: 'close' follows.
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.#end());
  }

  get closed(): boolean {
    return this.#closed;
  }
  /** Whether hello has been said. */
  get known(): boolean {
    return this.#known;
  }

  /** Sends a frame outside of the log, whatever waits. */
  send(frame: HostFrame): void {
    if (this.#closed) return;
    this.sent = this.#parts.now();
    this.#socket.write(encodeFrame(frame));
  }

  /** Sends a frame that loses its meaning when another of its kind follows. */
  sendTyping(frame: HostFrame): void {
    this.#typing = frame;
    if (this.place !== undefined && this.#socket.writableLength <= LIMITS.busy) this.#sendTyping();
  }
  #sendTyping(): void {
    if (this.#typing) this.send(this.#typing);
    this.#typing = undefined;
  }

  /** Sends the log from the place on, as far as the peer takes it. */
  pump(): void {
    const { log } = this.#parts;
    while (
      !this.#closed &&
      this.place !== undefined &&
      this.place <= log.last &&
      this.#socket.writableLength < LIMITS.queued
    ) {
      this.#socket.write(log.encoded(this.place));
      this.place++;
      this.sent = this.#parts.now();
    }
    if (this.#socket.writableLength <= LIMITS.busy) this.#sendTyping();
  }

  /** Says that it is over, and closes: at once for the peer's reading, and for good after two seconds. */
  finish(): void {
    if (this.#closed) return;
    this.pump();
    this.#socket.end();
    setTimeout(() => this.destroy(), 2000).unref();
  }

  destroy(): void {
    this.#socket.destroy();
    this.#end();
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#hello);
    clearTimeout(this.#paused);
    this.#parts.onClose(this);
  }

  #read(bytes: Buffer): void {
    if (this.#closed) return;
    this.heard = this.#parts.now();
    try {
      for (const object of this.#reader.push(bytes)) {
        if (this.#closed) return;
        const frame = asGuestFrame(object);
        if (!this.#known && frame?.t !== 'hello') {
          this.destroy();
          return;
        }
        if (!this.#known) {
          this.#known = true;
          clearTimeout(this.#hello);
          this.#reader.most = LIMITS.guestBytes;
        }
        this.#spend();
        if (frame) this.#parts.onFrame(this, frame);
      }
    } catch (error) {
      if (!(error instanceof BadFrame)) throw error;
      // Whatever a peer sends ends its own connection and nothing else.
      if (this.#known) this.send({ t: 'bye', why: 'a frame that is none' });
      this.destroy();
    }
  }

  /** Frames are read at a bounded rate: a peer that sends more waits, without an error. */
  #spend(): void {
    const now = this.#parts.now();
    const earned = ((now - this.#credited) / 1000) * LIMITS.perSecond;
    this.#credit = Math.min(LIMITS.burst, this.#credit + earned) - 1;
    this.#credited = now;
    if (this.#credit >= 0 || this.#paused) return;
    this.#socket.pause();
    this.#paused = setTimeout(() => {
      this.#paused = undefined;
      this.#socket.resume();
    }, 1000);
  }
}
