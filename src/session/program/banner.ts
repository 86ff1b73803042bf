import { CrashError } from '../../base/errors.ts';
import { leftOutSentence, leftOutSlabs } from '../../kernel/mm/slab/left-out.ts';
import { panicTask } from '../../kernel/panic/panic.ts';
import { escapeText } from '../../output/text/escape.ts';
import type { Shell } from '../run/shell.ts';
import type { Sink } from '../sinks/sinks.ts';
import { contextLines, describeContext } from '../state/context-summary.ts';

/** Facts for the banner. */
export interface BannerFacts {
  readonly version: string;
  /** The bundled dump that was opened because none was named. */
  readonly sample: string | undefined;
  readonly stdinIsTerminal: boolean;
}

/** The text before the first prompt: version, `sys`, the context, and one line on everything that is missing. */
export async function printBanner(shell: Shell, console: Sink, facts: BannerFacts): Promise<void> {
  console.write(`\ntscrash ${facts.version}\n\n`);
  if (facts.sample !== undefined)
    console.write(`NOTE: no dump was given: this is the sample "${facts.sample}"\n\n`);
  if (shell.commands.has('sys')) await shell.runQuietly('sys');
  const { session } = shell;
  try {
    for (const line of contextLines(describeContext(session.target, session.task))) {
      console.write(`     ${escapeText(line)}\n`);
    }
    if (!panicTask(session.target)) console.write('     WARNING: panic task not found\n');
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    console.write(`WARNING: the tasks cannot be read: ${escapeText(error.message)}\n`);
  }
  const leftOut = leftOutSlabs(session.target);
  if (leftOut) console.write(`WARNING: ${leftOutSentence(leftOut)}\n`);
  for (const sentence of session.target.notes) console.write(`NOTE: ${escapeText(sentence)}\n`);
  for (const warning of session.target.warnings) console.write(`WARNING: ${escapeText(warning)}\n`);
  console.write(facts.stdinIsTerminal ? '\n' : '\nNOTE: stdin: not a tty\n\n');
}
