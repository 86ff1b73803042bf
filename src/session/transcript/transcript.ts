import { closeSync, writeSync } from 'node:fs';
import { blame } from '../../base/errors.ts';
import { openForWriting, systemMessage } from '../../base/files.ts';
import {
  formatOf,
  TRANSCRIPT_FORMATS,
  type TranscriptFormat,
  type TranscriptRecord,
} from '../../output/transcript/formats.ts';
import { CommandError } from '../command/command.ts';
import type { LineListener, RecordedLine } from '../state/line-records.ts';
import { type Session, Slot } from '../state/session.ts';
import type { SessionState } from '../state/session-state.ts';
import { dumpIdentity } from './dump-identity.ts';

/** Characters of a block of text. */
const BLOCK = 64 * 1024;

/** How a transcript is written. */
export interface TranscriptOptions {
  /** `md`; else the end of the path decides. */
  readonly format?: string | undefined;
  /** An existing file is overwritten. */
  readonly overwrite?: boolean | undefined;
  /** State of the session at the first line; now, when absent. */
  readonly state?: SessionState | undefined;
}

/** Progress of a transcript. */
export interface TranscriptState {
  readonly path: string;
  readonly format: string;
  readonly commands: number;
  readonly bytes: number;
}

/** A transcript file: every command is in it, complete, as soon as it has ended. */
export class Transcript {
  readonly path: string;
  readonly #format: TranscriptFormat;
  readonly #fd: number;
  #commands = 0;
  #bytes = 0;

  /** Writes the header. Throws CommandError when the file cannot be made, or is there already. */
  constructor(path: string, session: Session, now: Date, options: TranscriptOptions = {}) {
    this.path = path;
    this.#format = chosenFormat(path, options.format);
    this.#fd = create(path, options.overwrite === true);
    this.#write(this.#format.header(dumpIdentity(session, now, options.state)));
  }

  get state(): TranscriptState {
    const { path } = this;
    return { path, format: this.#format.name, commands: this.#commands, bytes: this.#bytes };
  }

  /** Appends a command with its output. Throws CommandError when the disk is full. */
  add(record: TranscriptRecord): void {
    let waiting = '';
    for (const piece of this.#format.record(record)) {
      waiting += piece;
      if (waiting.length < BLOCK) continue;
      this.#write(waiting);
      waiting = '';
    }
    this.#write(waiting);
    this.#commands++;
  }

  end(): void {
    this.#write(this.#format.end);
    closeSync(this.#fd);
  }
  /** Closes the file without its ending, which is not required: after an error. */
  abandon(): void {
    closeSync(this.#fd);
  }

  #write(text: string): void {
    let bytes: Uint8Array = Buffer.from(text, 'utf8');
    this.#bytes += bytes.length;
    try {
      while (bytes.length > 0) bytes = bytes.subarray(writeSync(this.#fd, bytes));
    } catch (error) {
      throw new CommandError(`${this.path}: ${systemMessage(error)}`);
    }
  }
}

function chosenFormat(path: string, name: string | undefined): TranscriptFormat {
  const format = formatOf(path, name);
  if (format) return format;
  const of = TRANSCRIPT_FORMATS.map((each) => each.name);
  throw new CommandError(`invalid format: ${name} (${of.join(', ')})`, {
    fault: { kind: 'keyword', word: name ?? '', of },
  });
}

function create(path: string, overwrite: boolean): number {
  try {
    return openForWriting(path, overwrite ? 'truncate' : 'create').fd;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? 'exists already: -o overwrites it' : systemMessage(error);
    throw blame(new CommandError(`${path}: ${reason}`), { kind: 'file', word: path });
  }
}

/** `case.md: 12 commands, 34 KB (md)`. */
export const transcriptText = ({ path, format, commands, bytes }: TranscriptState): string =>
  `${path}: ${commands} ${commands === 1 ? 'command' : 'commands'}, ${sizeText(bytes)}, ${format}`;

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kb = bytes / 1024;
  return kb < 1024 ? `${Math.round(kb)} KB` : `${(kb / 1024).toFixed(1)} MB`;
}

const WRITTEN = new Slot<{ transcript?: Transcript | undefined; listener?: LineListener }>(
  () => ({}),
);

/** The transcript that is being written, if any. */
export const transcriptOf = (session: Session): Transcript | undefined =>
  session.slot(WRITTEN).transcript;

/** Starts a transcript with the next command. Throws CommandError, also when there is one already. */
export function startTranscript(
  session: Session,
  path: string,
  options: TranscriptOptions,
): TranscriptState {
  const known = transcriptOf(session);
  if (known) throw new CommandError(`${known.path} is being written: transcript off`);
  const { recorder } = session;
  const transcript = new Transcript(path, session, new Date(), options);
  const starting = recorder.current;
  session.slot(WRITTEN).transcript = transcript;
  const listener: LineListener = {
    end(line) {
      // The line that started the transcript is not in it.
      if (line !== starting) follow(session, transcript, line);
    },
  };
  recorder.listeners.add(listener);
  session.slot(WRITTEN).listener = listener;
  return transcript.state;
}

function follow(session: Session, transcript: Transcript, line: RecordedLine): void {
  try {
    transcript.add(line);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    detach(session);
    transcript.abandon();
    // The next command runs, but that recording has stopped has to be reported.
    throw new CommandError(`${error.message}: the transcript has ended`);
  }
}

/** Ends the transcript; undefined when there is none. */
export function stopTranscript(session: Session): TranscriptState | undefined {
  const transcript = detach(session);
  transcript?.end();
  return transcript?.state;
}

function detach(session: Session): Transcript | undefined {
  const written = session.slot(WRITTEN);
  const { transcript, listener } = written;
  written.transcript = undefined;
  if (listener) session.recorder.listeners.delete(listener);
  return transcript;
}

/** Lines to export, by number, both ends included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** `5`, `3-7`, `3-`. Throws CommandError. */
export function parseRange(word: string): LineRange {
  const parts = /^(\d+)(-?)(\d*)$/.exec(word);
  const [, from = '', dash = '', to = ''] = parts ?? [];
  const first = Number(from);
  const last = dash === '' ? first : to === '' ? Number.MAX_SAFE_INTEGER : Number(to);
  if (!parts || last < first) {
    throw new CommandError(`invalid range: ${word}`, {
      fault: { kind: 'text', word, note: 'numbers of lines, as "h" lists them: 5, 3-7 or 3-' },
    });
  }
  return { first, last };
}

/** Writes the lines so far. Throws CommandError, also when there are none. */
export function exportLines(
  session: Session,
  path: string,
  range: LineRange | undefined,
  options: TranscriptOptions,
): TranscriptState {
  const lines = linesIn(session.recorder.lines, range);
  if (lines.length === 0) throw new CommandError('there are no such lines to export');
  const state = lines[0]?.before;
  const transcript = new Transcript(path, session, new Date(), { ...options, state });
  try {
    for (const line of lines) transcript.add(line);
    transcript.end();
  } catch (error) {
    transcript.abandon();
    throw error;
  }
  return transcript.state;
}

/** A line of a file, which has no number, belongs to the line that named the file. */
function linesIn(lines: readonly RecordedLine[], range: LineRange | undefined): RecordedLine[] {
  if (!range) return [...lines];
  let number = 0;
  return lines.filter((line) => {
    if (line.number > 0) number = line.number;
    return number >= range.first && number <= range.last;
  });
}
