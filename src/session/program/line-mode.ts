import { createInterface } from 'node:readline';
import { Completer } from '../completion/complete.ts';
import type { TerminalHost } from './program.ts';

const PROMPT = 'crash> ';

/**
 * The plain terminal: node's own line editor. For dumb terminals, serial lines and screen readers, and whenever the
 * full terminal cannot be used. Ctrl-C stops a command, Ctrl-D ends the session.
 */
export async function runLineMode({ session, shell }: TerminalHost): Promise<void> {
  // Answers may go to a file; the prompt belongs to the terminal.
  const output = process.stdout.isTTY ? process.stdout : process.stderr;
  const terminal = output.isTTY && process.env.TERM !== 'dumb';
  const completer = new Completer({ session, commands: shell.commands });
  const editor = createInterface({
    input: process.stdin,
    output,
    prompt: PROMPT,
    terminal,
    historySize: 1000,
    completer: (line: string) => completions(completer, line),
  });
  const interrupt = (): void => shell.interrupt();
  process.on('SIGINT', interrupt);
  editor.on('SIGINT', () => {
    output.write('^C\n');
    editor.write(null, { ctrl: true, name: 'u' });
    editor.prompt();
  });
  editor.prompt();
  for await (const line of editor) {
    // The terminal is released while a command runs: pagers need it, and Ctrl-C must be a signal.
    editor.pause();
    process.stdin.setRawMode?.(false);
    await shell.execute(line);
    if (session.leaving) break;
    process.stdin.setRawMode?.(terminal);
    editor.resume();
    editor.prompt();
  }
  if (!session.leaving) output.write('\n');
  editor.close();
  process.off('SIGINT', interrupt);
}

/** The candidates and the word for readline's Tab. */
function completions(completer: Completer, line: string): [string[], string] {
  const { candidates, start, end } = completer.complete(line, line.length);
  const [only] = candidates;
  const words = candidates.map(({ text }) => text);
  return [
    candidates.length === 1 && only ? [only.text + only.suffix] : words,
    line.slice(start, end),
  ];
}
