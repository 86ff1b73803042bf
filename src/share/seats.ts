import { timingSafeEqual } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { HostFrame } from './messages.ts';

/** The connections of a host, and whose they are. */
export class Seats {
  readonly #connections = new Set<Connection>();
  /** Who was let in, and the secret by which they come back. */
  readonly #secrets = new Map<string, string>();

  add(connection: Connection): void {
    this.#connections.add(connection);
  }
  remove(connection: Connection): void {
    this.#connections.delete(connection);
  }
  all(): readonly Connection[] {
    return [...this.#connections];
  }

  /** Connections that have not said who they are. */
  get strangers(): number {
    return this.all().filter(({ known }) => !known).length;
  }

  /** Gives a connection to somebody. `secret` is new at the first time. */
  seat(name: string, connection: Connection, secret?: string): void {
    connection.name = name;
    if (secret !== undefined) this.#secrets.set(name, secret);
  }
  /** The open connection of somebody. */
  of(name: string): Connection | undefined {
    return this.all().find((each) => each.name === name && !each.closed);
  }
  placeOf(name: string): number | undefined {
    return this.of(name)?.place;
  }
  isKnown(name: string): boolean {
    return this.#secrets.has(name);
  }
  secretOf(name: string): string {
    return this.#secrets.get(name) ?? '';
  }
  /** Whose secret it is. Compared in a time that does not tell how much of it is right. */
  owning(secret: string): string | undefined {
    const given = Buffer.from(secret);
    for (const [name, known] of this.#secrets) {
      const own = Buffer.from(known);
      if (own.length === given.length && timingSafeEqual(own, given)) return name;
    }
    return undefined;
  }
  /** Somebody cannot come back. */
  forget(name: string): void {
    this.#secrets.delete(name);
  }

  /** The log has grown. */
  pump(): void {
    for (const connection of this.#connections) connection.pump();
  }
  sendTyping(frame: HostFrame): void {
    for (const connection of this.#connections)
      if (connection.name !== undefined) connection.sendTyping(frame);
  }

  /** Closes all; resolves when they have closed, or had two seconds for it. */
  async finish(): Promise<void> {
    for (const connection of this.#connections) connection.finish();
    const end = Date.now() + 2000;
    while (this.#connections.size > 0 && Date.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
    for (const connection of this.all()) connection.destroy();
  }
}
