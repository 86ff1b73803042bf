#!/usr/bin/env node
/** The program: argv in, exit code out. Only what --help needs is loaded here; the rest on demand. */
import { exhaustion } from './base/files.ts';
import { printAnswer } from './session/program/exit.ts';
import { BadCommandLine, helpText, parseProgramOptions } from './session/program/options.ts';
import type { TerminalHost } from './session/program/program.ts';

declare const TSCRASH_VERSION: string;

async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'join') return await joinShared(argv.slice(1));
  const options = parseProgramOptions(argv);
  if (options.topic !== undefined) return await explain(options.topic);
  if (options.help) return printAnswer(helpText());
  if (options.version) return printAnswer(`tscrash ${TSCRASH_VERSION}\n`);
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
    openSharing: async (...given) => (await import('./share/open.ts')).openSharing(...given),
  });
}

/** `join`: a session that somebody shares. No dump is opened, and nothing that reads one is loaded. */
async function joinShared(argv: readonly string[]): Promise<number> {
  const [{ join }, { ownName }, { chooseTerminal }] = await Promise.all([
    import('./share/join.ts'),
    import('./share/own-name.ts'),
    import('./session/program/terminal-choice.ts'),
  ]);
  const { stdin, stdout, stderr, env } = process;
  const terminal = chooseTerminal({
    stdinIsTerminal: stdin.isTTY === true,
    stdoutIsTerminal: stdout.isTTY === true,
    ...{ env, color: 'auto', simple: false },
  });
  return join(argv, {
    user: ownName(),
    uid: process.getuid?.() ?? 0,
    env,
    screen: terminal.screen,
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    async openTerminal(seat) {
      const { runGuest } = await import('./ui/guest/guest-terminal.ts');
      return runGuest(seat, terminal);
    },
  });
}

/** The whole terminal where possible, and plain lines otherwise, also when it is lost on the way. */
async function openTerminal(seat: TerminalHost): Promise<void> {
  if (seat.screen && !hasWebAssembly()) {
    process.stderr.write(
      'tscrash: a plain line editor: this Node has no WebAssembly for the screen\n',
    );
  } else if (seat.screen) {
    const { runTerminal } = await import('./ui/terminal.ts');
    if ((await runTerminal(seat)) === 'left') return;
  }
  const { runLineMode } = await import('./session/program/line-mode.ts');
  await runLineMode(seat);
}

/** Ink lays out by WebAssembly, which --jitless forbids and a limited address space (ulimit -v) has no room for. */
function hasWebAssembly(): boolean {
  const { WebAssembly: wasm } = globalThis as {
    WebAssembly?: { Memory: new (o: object) => object };
  };
  try {
    return wasm !== undefined && new wasm.Memory({ initial: 1 }) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** `-h COMMAND`: the page of a command, as crash prints it. */
async function explain(topic: string): Promise<number> {
  const [{ helpAbout }, { commands }] = await Promise.all([
    import('./session/program/questions.ts'),
    import('../commands/index.ts'),
  ]);
  const page = helpAbout(topic, commands);
  if (page !== undefined) return printAnswer(page);
  process.stderr.write(`tscrash: No help data for "${topic}" is available.\n`);
  return 1;
}

function failed(error: unknown): number {
  const lacking = exhaustion(error);
  if (lacking !== undefined) {
    const { path = '' } = error as NodeJS.ErrnoException;
    process.stderr.write(`tscrash: ${path}: ${lacking}\n`);
    return 1;
  }
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
