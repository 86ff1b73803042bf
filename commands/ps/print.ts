import { limitLines, processLine } from '../../src/output/task/process-lines.ts';
import { taskHeader, upTime } from '../../src/output/task/task-header.ts';
import { displayBytes } from '../../src/output/text/escape.ts';
import type { Out } from '../../src/session/command/command.ts';
import type { PsRecord, Strings, Times } from './records.ts';

/** Prints one record of ps. */
export function printRecord(record: PsRecord, out: Out): void {
  if ('ppid' in record) out.line(processLine(record, 'stack' in record));
  else if ('indents' in record) {
    record.tasks.forEach((task, index) => {
      out.line(' '.repeat(record.indents[index] ?? 0) + taskHeader(task));
    });
    if (record.none !== undefined) out.line(`  ${record.none}`);
    out.line();
  } else if ('ran' in record) {
    out.line(`[${record.label}] [${record.state}]  ${taskHeader(record.ran)}`);
  } else if ('timed' in record) printTimes(record, out);
  else if ('process' in record) printStrings(record, out);
  else if ('limited' in record) {
    out.line(taskHeader(record.limited));
    for (const line of limitLines(record.limits)) out.line(line);
    out.line();
  } else out.line(`  ${record.state}: ${record.number}`);
}

function printTimes({ timed, seconds, startAsKept, user, system }: Times, out: Out): void {
  out.line(taskHeader(timed));
  out.line(`    RUN TIME: ${upTime(seconds)}`);
  out.line(`  START TIME: ${startAsKept}`);
  out.line(`       UTIME: ${user}`);
  out.line(`       STIME: ${system}`);
  out.line();
}

function printStrings({ process, ...strings }: Strings, out: Out): void {
  out.line(taskHeader(process));
  if (typeof strings.arguments === 'string') return;
  out.line(`ARG: ${strings.arguments.map(displayBytes).join(' ')}`);
  if (typeof strings.environment === 'string') return;
  const lines = strings.environment.map(displayBytes);
  out.line(`ENV: ${lines.join('\n     ')}`);
  if (lines.length === 0) out.line();
}
