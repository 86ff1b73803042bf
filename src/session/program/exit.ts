import { type Outcome, worstOf } from '../sinks/outcome.ts';
import { DescriptorSink, type Sink } from '../sinks/sinks.ts';

const EXIT: Record<Outcome, number> = { ok: 0, failed: 1, bug: 4 };
const STDOUT = 1;

/** The exit code of a run; an error of writing to standard output is told on stderr, and is a failure. */
export function exitCode(worst: Outcome, { failure }: Sink): number {
  if (failure === undefined) return EXIT[worst];
  process.stderr.write(`tscrash: standard output: ${failure}\n`);
  return EXIT[worstOf(worst, 'failed')];
}

/** Prints the whole answer of a program that has no session; its exit code. */
export function printAnswer(text: string, outcome: Outcome = 'ok'): number {
  const out = new DescriptorSink(STDOUT);
  out.write(text);
  return exitCode(outcome, out);
}
