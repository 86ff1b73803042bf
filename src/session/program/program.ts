import { fstatSync } from 'node:fs';
import { DumpError } from '../../base/errors.ts';
import { SILENT, traced } from '../../base/tracer.ts';
import { openDumpFrom } from '../../dump/open.ts';
import type { Target } from '../../kernel/core/target.ts';
import { type OpenOptions, openTarget } from '../../kernel/open/open.ts';
import type { AnyCommand } from '../command/command.ts';
import type { Outcome } from '../run/driver.ts';
import { commandMap } from '../run/find-command.ts';
import { implicitCommand } from '../run/implicit-command.ts';
import { Shell, type ShellOptions } from '../run/shell.ts';
import { worstOf } from '../sinks/outcome.ts';
import { DescriptorSink } from '../sinks/sinks.ts';
import { createSession, type Session } from '../state/session.ts';
import { type ShareOptions, type Sharing, sharingPlace } from '../state/sharing.ts';
import { applySetting, needDump } from './apply-options.ts';
import { printBanner } from './banner.ts';
import { cacheFolder, configFolder } from './config-folder.ts';
import type { Question } from './crash-options.ts';
import { debugLog, tellCaches } from './debug-log.ts';
import { exitCode, printAnswer } from './exit.ts';
import { hiddenParts } from './hidden-parts.ts';
import { debugOpener, type Inputs, openInputs, type SampleShelf } from './inputs.ts';
import type { ProgramOptions } from './options.ts';
import { complain, runRcFiles } from './run-rc.ts';
import { runStdin } from './stdin.ts';
import { chooseTerminal } from './terminal-choice.ts';
import { findVerdict, type VerdictInWork } from './verdict.ts';

/** What a terminal program is given: the shell to run lines with. */
export interface TerminalHost {
  readonly session: Session;
  readonly shell: Shell;
  readonly color: boolean;
  /** Whether characters above ASCII can be drawn. */
  readonly unicode: boolean;
  /** Whether the whole screen can be used, or only a plain line editor. */
  readonly screen: boolean;
  /** Begins to find out what killed the machine, beside the session; undefined where there is no banner to say it in. */
  readonly findVerdict: (() => VerdictInWork) | undefined;
  /** A shell of the same session with another output, for the lines of a terminal program. */
  shellAt(place: ShellOutput): Shell;
}
/** Output, shells and progress of a terminal program. */
export type ShellOutput = Pick<ShellOptions, 'console' | 'place' | 'onProgress'>;

/** The parts of the program that its entry supplies. */
export interface ProgramParts extends SampleShelf {
  readonly version: string;
  /** Begins to share a session. Rejects with CrashError. */
  openSharing(
    session: Session,
    commands: ReadonlyMap<string, AnyCommand>,
    options: ShareOptions,
  ): Promise<Sharing>;
  /** Takes the terminal, and resolves when the user leaves. */
  openTerminal(seat: TerminalHost): Promise<void>;
}

/** Bytes of output kept for `out` and `diff` at a terminal; scripts keep none, so as not to fill a disk. */
const KEPT_AT_TERMINAL = 2 ** 31;
const KEPT_IN_SCRIPT = 2 ** 26;

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** The commands of the program. */
export interface ProgramCommands {
  /** Commands that are loaded with the program. */
  readonly first: readonly AnyCommand[];
  /** All commands, in the order of the list; loaded when a line begins with none of the first. */
  all(): Promise<readonly AnyCommand[]>;
}

/** Opens the dump, runs the lines, and resolves to the exit code. */
export async function runProgram(
  given: ProgramOptions,
  commands: ProgramCommands,
  parts: ProgramParts,
): Promise<number> {
  const { question } = given;
  if (question !== undefined && question !== 'buildinfo') needDump(given);
  // crash's --log prints the log and nothing else.
  const options = question === 'log' ? { ...given, lines: ['log'], readRc: false } : given;
  for (const sentence of options.idle) process.stderr.write(`tscrash: NOTE: ${sentence}\n`);
  if (options.completion !== undefined) {
    const [{ completionScript }, { sampleList }] = await Promise.all([
      import('./shell-completion.ts'),
      import('./samples.ts'),
    ]);
    const samples = sampleList(parts.dumps, await parts.images());
    const known = { commands: await commands.all(), samples };
    return printAnswer(completionScript(options.completion, known));
  }
  const tracer = debugLog(process.env.TSCRASH_DEBUG);
  let inputs: Inputs;
  let target: Target;
  try {
    if (question !== undefined && question !== 'log') return await tell(question, options, parts);
    inputs = await openInputs(options, parts);
    if (inputs.dump.length === 0) return printAnswer(inputs.listing ?? '');
    target = open(inputs, {
      ...searching(options.silent),
      ...(await debugOpener(inputs, options.cache ? cacheFolder(process.env) : undefined)),
      without: hiddenParts(process.env.TSCRASH_WITHOUT),
      tracer,
    });
  } catch (error) {
    if (!(error instanceof DumpError)) throw error;
    process.stderr.write(`tscrash: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`);
    return 3;
  }
  const code = await runSession(target, inputs, { options, commands, parts });
  tellCaches(tracer, target.memory);
  return code;
}

/** Prints what an option asks of a dump, as crash does; the exit code. Throws DumpError. */
async function tell(
  question: Exclude<Question, 'log'>,
  options: ProgramOptions,
  parts: ProgramParts,
): Promise<number> {
  const { answer, buildInfo } = await import('./questions.ts');
  if (question === 'buildinfo') return printAnswer(buildInfo(parts.version));
  const inputs = await openInputs(options, parts);
  if (inputs.dump.length === 0) return printAnswer(inputs.listing ?? '');
  const said = answer(question, inputs.dump, () => open(inputs, {}));
  return printAnswer(`${said ?? 'unknown'}\n`, said === undefined ? 'failed' : 'ok');
}

/** The parts of a running program. */
interface ProgramPieces {
  readonly options: ProgramOptions;
  readonly commands: ProgramCommands;
  readonly parts: ProgramParts;
}

/** Runs the files, lines or terminal of a command line on an opened dump; the exit code. */
async function runSession(
  target: Target,
  inputs: Inputs,
  { options, commands, parts }: ProgramPieces,
): Promise<number> {
  const terminal = chooseTerminal({
    stdinIsTerminal: isatty(STDIN),
    stdoutIsTerminal: isatty(STDOUT),
    env: process.env,
    color: options.color,
    simple: options.simple,
  });
  const onTerminal = terminal.interactive && options.lines.length === 0;
  const { color } = terminal;
  const console = new DescriptorSink(STDOUT, {
    color,
    ...(onTerminal ? {} : { aside: new DescriptorSink(STDERR) }),
  });
  const session = createSession(target, {
    configFolder: configFolder(process.env),
    silent: options.silent,
    interactive: onTerminal,
    version: parts.version,
    keep: onTerminal ? KEPT_AT_TERMINAL : KEPT_IN_SCRIPT,
    pager: terminal.screen ? 'builtin' : 'less',
  });
  session.settings.namelist = inputs.debugInfo[0]?.path ?? '';
  for (const [name, value] of options.settings) applySetting(session, name, value);
  const { json } = options;
  const hints = onTerminal && isatty(STDOUT) ? { columns: () => process.stdout.columns ?? 80 } : {};
  const known = commandMap(commands.first);
  const more = completer(known, commands);
  const shellOf = (place: ShellOutput, echo = false): Shell =>
    new Shell({
      session,
      commands: known,
      more,
      json,
      echo,
      sugar: implicitCommand,
      ...hints,
      ...place,
    });
  const shell = shellOf({ console }, options.echo);
  sharingPlace(session).open = (how) => parts.openSharing(session, known, how);
  if (!options.silent && options.lines.length === 0) {
    await printBanner(shell, console, {
      version: parts.version,
      // The banner names a sample only when it was chosen by default.
      sample: options.sample === undefined ? inputs.sample : undefined,
      stdinIsTerminal: onTerminal,
    });
  } else for (const warning of target.warnings) complain(warning);
  if (options.readRc) await runRcFiles(shell, options);
  let worst: Outcome = await runAll(shell, [
    ...options.inputFiles.map((path) => () => shell.runFile(path)),
    ...options.lines.map((line) => () => shell.execute(line)),
  ]);
  try {
    if (session.leaving || options.lines.length > 0) return exitCode(worst, console);
    if (!onTerminal) {
      worst = worstOf(worst, await shell.guard(() => runStdin(shell, console, options)));
      return exitCode(worst, console);
    }
    await more();
    await parts.openTerminal({
      session,
      shell,
      ...terminal,
      shellAt: (place) => shellOf(place),
      findVerdict: options.silent ? undefined : () => findVerdict(sourcesOf(options)),
    });
    return 0;
  } finally {
    await sharingPlace(session).sharing?.end('the owner left');
  }
}

/** The words of the command line that name the dump. */
const sourcesOf = ({ sample, paths }: ProgramOptions): readonly string[] =>
  sample === undefined ? paths : ['--sample', ...(sample === '' ? [] : [sample]), ...paths];

/** Shows on a terminal the progress of the search in a dump without VMCOREINFO, and erases it. */
function searching(silent: boolean): { onSearch?: (fraction: number) => void } {
  if (silent || !isatty(STDERR)) return {};
  let shown = '';
  return {
    onSearch(fraction) {
      const percent = Math.floor(fraction * 100);
      const words =
        fraction < 1 ? `please wait... (searching memory for VMCOREINFO: ${percent}%)` : '';
      if (words === shown) return;
      process.stderr.write(`\r${' '.repeat(shown.length)}\r${words}`);
      shown = words;
    },
  };
}

/** Loads the missing commands of a map, once. */
function completer(known: Map<string, AnyCommand>, commands: ProgramCommands): () => Promise<void> {
  let done: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    const all = await commands.all();
    // All commands in their order, the loaded ones at their places. Extensions cannot be loaded before.
    known.clear();
    for (const command of all) known.set(command.name, command);
  };
  return () => {
    done ??= load();
    return done;
  };
}

function open({ dump: sources, debugInfo }: Inputs, options: OpenOptions): Target {
  const { tracer = SILENT } = options;
  const dump = traced(
    tracer,
    'open',
    sources.map(({ path }) => path).join(' '),
    () => openDumpFrom(sources),
    ({ facts }) => facts.format,
  );
  return traced(tracer, 'open', 'kernel', () => openTarget(dump, { ...options, debugInfo }));
}

async function runAll(shell: Shell, steps: readonly (() => Promise<Outcome>)[]): Promise<Outcome> {
  let worst: Outcome = 'ok';
  for (const step of steps) {
    worst = worstOf(worst, await shell.guard(step));
    if (shell.session.leaving) break;
  }
  return worst;
}

/**
 * Whether the descriptor is a terminal. A file that is no device is none, which saves loading node's network streams.
 */
const isatty = (fd: number): boolean =>
  fstatSync(fd).isCharacterDevice() && process.getBuiltinModule('node:tty').isatty(fd);
