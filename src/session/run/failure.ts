import {
  CrashError,
  type Fault,
  ReadError,
  type ReadReason,
  UsageError,
} from '../../base/errors.ts';
import { OptionErrors } from '../command/arguments.ts';
import {
  type AnyCommand,
  CommandError,
  error,
  errorOf,
  type Notice,
  plain,
  UsageOnly,
} from '../command/command.ts';
import { BadOption } from '../command/getopt.ts';
import { commandHelp } from '../help/help.ts';

/** `bt -?`: an unknown letter to getopt, but meant as a request for help. */
const ASKS_FOR_HELP = "invalid option -- '?'";

/** crash's usage block. */
export const usageText = (command: AnyCommand, name = command.name): string =>
  `Usage:\n  ${name} ${command.synopsis}\nEnter "help ${name}" for details.`;

/**
 * The notices of an error that ended a command: its text, and the usage block where crash prints one. Undefined for
 * anything but a fault of a user or a dump: that is a bug of tscrash.
 */
export function noticesOf(failure: unknown, command: AnyCommand): readonly Notice[] | undefined {
  if (failure instanceof UsageOnly) {
    const { fault } = failure;
    return [{ ...plain(usageText(command)), ...(fault ? { fault } : {}) }];
  }
  if (failure instanceof OptionErrors) {
    if (failure.complaints.includes(ASKS_FOR_HELP))
      return commandHelp(command).map((line) => plain(line));
    return [
      ...failure.complaints.map(
        (text, row): Notice => ({ ...error(text, failure.faults[row]), consoleOnly: true }),
      ),
      plain(usageText(command)),
    ];
  }
  const withUsage =
    failure instanceof BadOption ||
    failure instanceof UsageError ||
    (failure instanceof CommandError && failure.usage);
  if (!(failure instanceof CrashError)) return undefined;
  const fault = faultOfFile(failure);
  const first: Notice = { ...(fault ? { fault } : {}), ...errorOf(failure) };
  return withUsage ? [first, plain(usageText(command))] : [first];
}

/** crash's words do not say that bytes are missing from the file, not from the kernel. */
const FILE_FAULTS: Partial<Record<ReadReason, string>> = {
  truncated: 'the dump file was cut short before this page',
  damaged: 'the bytes of this page in the dump file are damaged',
  io: 'the dump file could not be read there',
};
function faultOfFile(failure: CrashError): Fault | undefined {
  const note = failure instanceof ReadError ? FILE_FAULTS[failure.reason] : undefined;
  return note === undefined ? undefined : { kind: 'text', word: '', note };
}

/** One line for a bug of tscrash: what, and where to report it; the stack when debugging. */
export function bugText(failure: unknown, debug: boolean): string {
  const isError = failure instanceof Error;
  const what = isError ? `${failure.name}: ${failure.message}` : String(failure);
  const line = `internal error: ${what} (a bug of tscrash: please report it with "set debug 1" output)`;
  return debug && isError && failure.stack ? `${line}\n${failure.stack}` : line;
}
