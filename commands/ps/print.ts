import { limitLines, processHeader, processLine } from '../../src/output/task/process-lines.ts';
import { daysAndTime, taskHeader, upTime } from '../../src/output/task/task-header.ts';
import { displayBytes } from '../../src/output/text/escape.ts';
import type { Out, PrintContext, Printer } from '../../src/session/command/command.ts';
import { blankBetween, byKind, titleOnce, withTitle } from '../../src/session/command/printing.ts';
import type { Family, PsRecord, Strings, Times } from './records.ts';
import { isTable } from './views.ts';

interface PsArguments {
  readonly flags: { readonly s?: true; readonly H?: true };
  readonly order: readonly string[];
}

/** Prints the records of ps. The title of the list is printed even without tasks. */
export function processPrinter(
  { flags, order }: PsArguments,
  { settings }: PrintContext,
): Printer<PsRecord> {
  const withStack = flags.s === true;
  const title = isTable(order) && !flags.H ? titleOnce(processHeader(withStack)) : () => {};
  const part = blankBetween();
  return withTitle(
    title,
    byKind<PsRecord>({
      process(record, out) {
        out.line(processLine(record, withStack));
      },
      ancestors({ tasks }, out) {
        for (const [depth, task] of tasks.entries()) out.line(' '.repeat(depth) + taskHeader(task));
        out.line();
      },
      children: family('(no children)'),
      threads: family('(no threads)'),
      cpu({ cpu }, out) {
        part(out);
        out.line(`CPU: ${cpu}`);
      },
      'last-run'({ time, latest, state, task }, out) {
        const text = (value: bigint): string => value.toString(settings.radix);
        out.line(`[${text(time).padStart(text(latest).length)}] [${state}]  ${taskHeader(task)}`);
      },
      'since-run'({ elapsed, clock, state, task }, out) {
        const time = daysAndTime(elapsed).padStart(daysAndTime(clock).length);
        out.line(`[${time}] [${state}]  ${taskHeader(task)}`);
      },
      times: printTimes,
      strings: printStrings,
      limits({ task, limits }, out) {
        out.line(taskHeader(task));
        for (const line of limitLines(limits)) out.line(line);
        out.line();
      },
      count({ state, number }, out) {
        out.line(`  ${state}: ${number}`);
      },
    }),
  );
}

/** A task, and below it its ancestors, children or threads. */
const family =
  (none: string) =>
  ({ tasks }: Family, out: Out): void => {
    for (const [index, task] of tasks.entries()) {
      out.line(`${index > 0 ? '  ' : ''}${taskHeader(task)}`);
    }
    if (tasks.length === 1) out.line(`  ${none}`);
    out.line();
  };

function printTimes({ task, seconds, startAsKept, user, system }: Times, out: Out): void {
  out.line(taskHeader(task));
  out.line(`    RUN TIME: ${upTime(seconds)}`);
  out.line(`  START TIME: ${startAsKept}`);
  out.line(`       UTIME: ${user}`);
  out.line(`       STIME: ${system}`);
  out.line();
}

function printStrings({ task, ...strings }: Strings, out: Out): void {
  out.line(taskHeader(task));
  if (!strings.arguments) return;
  out.line(`ARG: ${strings.arguments.map(displayBytes).join(' ')}`);
  if (!strings.environment) return;
  const lines = strings.environment.map(displayBytes);
  out.line(`ENV: ${lines.join('\n     ')}`);
  if (lines.length === 0) out.line();
}
