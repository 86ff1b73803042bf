import { blame, CrashError } from '../../base/errors.ts';
import { readWhole, systemMessage } from '../../base/files.ts';
import { stripAnsi } from '../../output/text/color.ts';
import {
  CUT,
  type DumpIdentity,
  IDENTITY_LABELS,
  PROMPT,
  TITLE,
  unguarded,
} from '../../output/transcript/formats.ts';

/** Largest transcript: it is held in memory while it is compared. */
const MAX_BYTES = 256 << 20;

/** A command of a transcript, and the lines below it. */
export interface ReadRecord {
  readonly line: string;
  readonly output: readonly string[];
  readonly interrupted: boolean;
  /** The output went to another program or file, and was not recorded. */
  readonly elsewhere: boolean;
}

/** A transcript as it was read. */
export interface ReadTranscript {
  /** Absent for a session that was pasted. */
  readonly identity: Partial<DumpIdentity> | undefined;
  readonly records: readonly ReadRecord[];
  /** Whether blanks are as printed. Pasted text has lost those at the ends of lines. */
  readonly exact: boolean;
}

/** Reads a transcript's file. Throws CrashError: no such file, too large, or nothing in it. */
export function readTranscript(path: string): ReadTranscript {
  const refuse = (reason: string): CrashError =>
    blame(new CrashError(`${path}: ${reason}`), { kind: 'file', word: path });
  let text: string;
  try {
    text = readWhole(path, MAX_BYTES, 'too large for a transcript').toString('utf8');
  } catch (error) {
    throw refuse(systemMessage(error));
  }
  if (/^\s*<!doctype html>/i.test(text)) {
    throw refuse('HTML is for reading: replay takes txt, md and json');
  }
  const transcript = parseTranscript(text);
  if (transcript.records.length === 0) throw refuse('no "crash> " prompt and no record in it');
  return transcript;
}

/** A transcript of any kind: JSON lines, Markdown with our title or with fences, or text with prompts. Never throws. */
export function parseTranscript(text: string): ReadTranscript {
  if (/^\s*[[{]/.test(text)) {
    const found = parseJson(text);
    if (found) return found;
  }
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const own = lines[0] === `# ${TITLE}`;
  if (own && lines[2]?.startsWith('|')) return parseMarkdown(lines);
  if (!own && /^(`{3,}|~{3,})/m.test(text)) {
    const inFences = fencedBlocks(lines).flatMap((block) => prompted(block, pasted));
    if (inFences.length > 0) return { identity: undefined, records: inFences, exact: false };
  }
  if (!own) return { identity: undefined, records: prompted(lines, pasted), exact: false };
  return { identity: textIdentity(lines), records: prompted(lines, recorded), exact: true };
}

type CleanLine = (line: string) => string;
const recorded: CleanLine = (line) => line;
/** Text from a terminal may have colours, and other text other line ends. */
const pasted: CleanLine = (line) => stripAnsi(line.replace(/\r$/, ''));

/** Text cut at its prompts; text before the first is a banner. */
function prompted(lines: readonly string[], clean: CleanLine): ReadRecord[] {
  const exact = clean === recorded;
  const found: { line: string; output: string[]; interrupted: boolean; elsewhere: boolean }[] = [];
  for (const raw of lines) {
    const line = clean(raw);
    const record = found.at(-1);
    if (line.startsWith(PROMPT) || (!exact && line === PROMPT.trimEnd())) {
      const command = line.slice(PROMPT.length).trim();
      found.push({ line: command, output: [], interrupted: false, elsewhere: false });
    } else if (exact && line === CUT && record) record.interrupted = true;
    else if (!exact && /^\^C( after |$)/.test(line) && record) record.interrupted = true;
    else record?.output.push(exact ? unguarded(line) : line);
  }
  return found.filter(({ line }) => line !== '');
}

const LABELS = new Map(IDENTITY_LABELS.map(([key, label]) => [label, key]));

function textIdentity(lines: readonly string[]): Partial<DumpIdentity> {
  const identity: Record<string, string> = {};
  for (const line of lines.slice(1)) {
    const parts = /^# ([\w-]+): (.*)$/.exec(line);
    const key = LABELS.get(parts?.[1] ?? '');
    if (key === undefined) break;
    identity[key] = parts?.[2] ?? '';
  }
  return identity;
}

function parseMarkdown(lines: readonly string[]): ReadTranscript {
  const identity: Record<string, string> = {};
  for (const line of lines) {
    if (line.startsWith('```')) break;
    const parts = /^\| ([\w-]+) \| (.*) \|$/.exec(line);
    const key = LABELS.get(parts?.[1] ?? '');
    if (key !== undefined) identity[key] = (parts?.[2] ?? '').replace(/\\([^A-Za-z0-9\s])/g, '$1');
  }
  const records = fencedBlocks(lines).flatMap((block) => prompted(block, recorded));
  return { identity, records, exact: true };
}

/** The contents of fences; a fence ends with at least as many of its characters as it began with. CommonMark 4.5. */
function fencedBlocks(lines: readonly string[]): string[][] {
  const blocks: string[][] = [];
  let fence: string | undefined;
  for (const line of lines) {
    const [, mark = ''] = /^(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence === undefined) {
      if (mark === '') continue;
      fence = mark;
      blocks.push([]);
    } else if (mark.startsWith(fence) && line.trimEnd() === mark) fence = undefined;
    else blocks.at(-1)?.push(line);
  }
  return blocks;
}

/** Objects, one a line, or in one list. Undefined when the text is no JSON. */
function parseJson(text: string): ReadTranscript | undefined {
  let identity: Partial<DumpIdentity> | undefined;
  const records: ReadRecord[] = [];
  for (const value of jsonValues(text)) {
    if (typeof value !== 'object' || value === null) continue;
    const object = value as Record<string, unknown>;
    if ('transcript' in object) identity = jsonIdentity(object);
    if (typeof object.line !== 'string' || object.line === '') continue;
    const output = typeof object.output === 'string' ? object.output : '';
    const lines = output.split('\n');
    if (lines.at(-1) === '') lines.pop();
    records.push({
      line: object.line,
      output: lines,
      interrupted: object.interrupted === true,
      elsewhere: object.elsewhere === true,
    });
  }
  if (!identity && records.length === 0) return undefined;
  return { identity, records, exact: true };
}

function jsonIdentity(object: Record<string, unknown>): Partial<DumpIdentity> {
  const identity: Record<string, string> = {};
  for (const [key] of IDENTITY_LABELS) {
    const value = object[key];
    if (typeof value === 'string') identity[key] = value;
  }
  return identity;
}

/** The last line may be cut: tscrash was killed while writing it. */
function* jsonValues(text: string): Generator<unknown, void> {
  const whole = text.trimStart().startsWith('[') ? parsed(text) : undefined;
  if (Array.isArray(whole)) yield* whole;
  else for (const line of text.split('\n')) if (line.trim() !== '') yield parsed(line);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
