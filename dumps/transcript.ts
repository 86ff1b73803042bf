import { commands } from '../commands/index.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { implicitCommand } from '../src/session/run/implicit-command.ts';
import { Shell } from '../src/session/run/shell.ts';
import { MemorySink } from '../src/session/sinks/sinks.ts';
import { createSession } from '../src/session/state/session.ts';

/** One command of a transcript with the lines that followed it. */
export interface Exchange {
  readonly command: string;
  readonly lines: readonly string[];
}

const PROMPT = 'crash> ';

/** Splits a transcript at its prompts; trailing blanks and blank lines at the end of an answer are dropped. */
export function parseTranscript(text: string): Exchange[] {
  const exchanges: { command: string; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith(PROMPT))
      exchanges.push({ command: line.slice(PROMPT.length).trim(), lines: [] });
    else exchanges.at(-1)?.lines.push(line.trimEnd());
  }
  return exchanges.map(({ command, lines }) => ({ command, lines: withoutBlankEnds(lines) }));
}

function withoutBlankEnds(lines: readonly string[]): string[] {
  let start = 0;
  let end = lines.length;
  while (start < end && lines[start] === '') start++;
  while (end > start && lines[end - 1] === '') end--;
  return lines.slice(start, end);
}

export const printTranscript = (exchanges: readonly Exchange[]): string =>
  exchanges.map(({ command, lines }) => [PROMPT + command, ...lines, ''].join('\n')).join('');

/** Runs command lines one after another in one session, as a script would, and returns what each printed. */
export async function runTranscript(target: Target, lines: readonly string[]): Promise<Exchange[]> {
  const session = createSession(target, { silent: true });
  const exchanges: Exchange[] = [];
  let sink = new MemorySink();
  const console = {
    closed: false,
    color: false,
    write: (text: string) => sink.write(text),
    drained: async () => {},
    end: async () => {},
  };
  const place = { inherit: false, write: (text: string) => sink.write(text) };
  const shell = new Shell({ session, commands, console, sugar: implicitCommand, place });
  for (const command of lines) {
    sink = new MemorySink();
    await shell.execute(command);
    const answer = sink.text.split('\n').map((line) => line.trimEnd());
    exchanges.push({ command, lines: withoutBlankEnds(answer) });
  }
  return exchanges;
}
