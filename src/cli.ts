#!/usr/bin/env node
/** The program: argv in, exit code out. Only what --help needs is loaded here; the rest on demand. */
import { BadCommandLine, helpText, parseProgramOptions } from './session/program/options.ts';
import type { TerminalHost } from './session/program/program.ts';

declare const TSCRASH_VERSION: string;

async function main(argv: readonly string[]): Promise<number> {
  const options = parseProgramOptions(argv);
  if (options.topic !== undefined) return await explain(options.topic);
  if (options.help) return say(helpText());
  if (options.version) return say(`tscrash ${TSCRASH_VERSION}\n`);
  const [{ runProgram }, { preloadedCommands: firstCommands }] = await Promise.all([
    import('./session/program/program.ts'),
    import('../commands/preloaded.ts'),
  ]);
  const commands = {
    first: firstCommands,
    all: async () => (await import('../commands/index.ts')).commands,
  };
  return runProgram(options, commands, {
    version: TSCRASH_VERSION,
    dumps: new URL('../dumps/', import.meta.url),
    images: async () => (await import('../dumps/index.ts')).samples,
    openTerminal,
  });
}

/** The whole terminal where possible, and plain lines otherwise, also when it is lost on the way. */
async function openTerminal(seat: TerminalHost): Promise<void> {
  if (seat.screen) {
    const { runTerminal } = await import('./ui/terminal.ts');
    if ((await runTerminal(seat)) === 'left') return;
  }
  const { runLineMode } = await import('./session/program/line-mode.ts');
  await runLineMode(seat);
}

/** `-h COMMAND`: the page of a command, as crash prints it. */
async function explain(topic: string): Promise<number> {
  const [{ helpAbout }, { commands }] = await Promise.all([
    import('./session/program/questions.ts'),
    import('../commands/index.ts'),
  ]);
  const page = helpAbout(topic, commands);
  if (page !== undefined) return say(page);
  process.stderr.write(`tscrash: No help data for "${topic}" is available.\n`);
  return 1;
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

function failed(error: unknown): number {
  if (error instanceof BadCommandLine) {
    process.stderr.write(`tscrash: ${error.message}\nTry "tscrash --help".\n`);
    return 2;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`tscrash: internal error: please report this\n${text}\n`);
  return 4;
}

// The loop drains by itself: exit() would cut off output that a pipe has not taken yet.
process.exitCode = await main(process.argv.slice(2)).catch(failed);
