/** Limits of the protocol, which no peer can raise. Bytes, milliseconds and counts. */
export const LIMITS = {
  /** The one frame before a guest is known, and how long it may take. */
  helloBytes: 4 * 1024,
  helloMs: 5000,
  /** A frame of a guest who is known. */
  guestBytes: 16 * 1024,
  /** A frame of the host: text of 64 KiB grows up to eightfold in JSON. */
  hostBytes: 512 * 1024,
  /** Connections that have not said hello, and guests whom the owner has not answered. */
  unknown: 32,
  waiting: 8,
  participants: 64,
  /** Frames of one guest in a second, and at once. */
  perSecond: 50,
  burst: 200,
  /** crash's longest line. */
  line: 1500,
  text: 2000,
  notes: 10_000,
  /** Nested objects and arrays. */
  depth: 4,
  /** Text of one frame, in bytes of UTF-8. */
  piece: 48 * 1024,
  /** Bytes that may wait in a connection before the log stops, and before frames outside of the log are left out. */
  queued: 256 * 1024,
  busy: 64 * 1024,
  /** Answers whose text a guest gets at once when joining. */
  tail: 200,
  indexRows: 500,
  pingMs: 5000,
  silentMs: 20_000,
  awayMs: 15 * 60_000,
  typingMs: 100,
} as const;
