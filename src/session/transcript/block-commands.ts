import { diffLines } from '../../base/line-diff.ts';
import { type DiffLine, unifiedLines } from '../../output/text/unified.ts';
import { CommandError, type Notice, note, progress, UsageOnly } from '../command/command.ts';
import type { LineOutput } from '../sinks/output-history.ts';
import type { Session } from '../state/session.ts';

/** Largest block that `diff` takes: its lines are held in memory. */
const MAX_COMPARED = 64 << 20;

/** One line of a block. */
export interface BlockLine {
  readonly kind: 'line';
  readonly block: number;
  readonly text: string;
}

/** A row of `out`. */
export interface BlockFacts {
  readonly kind: 'block';
  readonly block: number;
  /** The command line. */
  readonly line: string;
  readonly lines: number;
  /** False when the command was stopped before its end. */
  readonly whole: boolean;
  readonly bytes: number;
}

/** Every block that is kept, oldest first, without the running command's. Throws CommandError. */
export function* listBlocks(session: Session): Generator<BlockFacts> {
  for (const block of blocksOf(session).list()) {
    if (!block.ended) continue;
    const { number, command, count, bytes, stopped } = block;
    yield { kind: 'block', block: number, line: command, lines: count, whole: !stopped, bytes };
  }
}

/** The lines of a block, with a note when its beginning is not kept. */
export function* blockLines(block: LineOutput): Generator<BlockLine | Notice> {
  if (block.first > 0) yield note(`the first ${block.first} lines are not kept any more`);
  for (const text of block.lines()) {
    if (text === undefined) throw new CommandError(`block ${block.number} is not kept any more`);
    yield { kind: 'line', block: block.number, text };
  }
}

/** The block that a word names. Throws CommandError with the reason when there is none. */
export function findBlock(session: Session, word: string): LineOutput {
  if (!/^\d+$/.test(word)) {
    throw new CommandError(`invalid block number: ${word}`, { fault: { kind: 'text', word } });
  }
  const number = Number(word);
  const blocks = blocksOf(session);
  const block = blocks.find(number);
  if (block?.ended) return block;
  if (blocks.isForgotten(number)) throw new CommandError(`block ${word} is not kept any more`);
  const line = session.history[number - 1];
  throw new CommandError(
    line === undefined || number === session.history.length
      ? `no block ${word}: "out" lists what there is`
      : `no block ${word}: "${line}" printed nothing here`,
    { fault: { kind: 'text', word } },
  );
}

/** The difference of two blocks, as {@link unifiedLines} takes it. Throws CommandError. */
export function* diffBlocks(a: LineOutput, b: LineOutput): Generator<DiffLine | Notice> {
  for (const { number, stopped } of [a, b]) {
    if (stopped) yield note(`the command of block ${number} was stopped before its end`);
  }
  const left = wholeText(a);
  const right = wholeText(b);
  const steps = diffLines(left, right);
  let step = steps.next();
  while (!step.done) {
    yield progress('comparing');
    step = steps.next();
  }
  if (step.value.length === 0) return;
  yield { kind: 'head', text: `--- ${a.number}\t${a.command}` };
  yield { kind: 'head', text: `+++ ${b.number}\t${b.command}` };
  yield* unifiedLines(left, right, step.value);
}

function wholeText(block: LineOutput): string[] {
  if (block.bytes > MAX_COMPARED) {
    throw new CommandError(
      `block ${block.number} is too large to compare (more than 64 MB): ` +
        `write both to files ("out ${block.number} > file") and use !diff`,
    );
  }
  const lines: string[] = [];
  for (const text of block.lines()) if (text !== undefined) lines.push(text);
  return lines;
}

/** Block numbers in decimal, as many as expected; else the usage error. */
export function blockWords(words: readonly string[], least: number, most: number): void {
  if (words.length < least || words.length > most) throw new UsageOnly('');
}

function blocksOf({ blocks }: Session): NonNullable<Session['blocks']> {
  if (!blocks) throw new CommandError('no output is kept here');
  return blocks;
}
