import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { escapeText } from '../../output/text/escape.ts';

/** What killed the machine, being found out beside the session. */
export interface VerdictInWork {
  /** The line for the banner; undefined where there is no answer. */
  readonly line: Promise<string | undefined>;
  /** Ends the work: nobody waits for it any more. */
  stop(): void;
}

/** Answers are a few kilobytes; a dump may hold anything. */
const MAX_ANSWER = 1 << 20;
/** The prompt comes first. */
const NICE = 10;

/**
 * Runs `analyze` on the same files in a process of its own, so that neither the prompt nor a key waits for it. `args`: the
 * files and options that name them. A process that fails has no answer.
 */
export function findVerdict(args: readonly string[]): VerdictInWork {
  const program = process.argv[1];
  const words = [...process.execArgv, ...(program === undefined ? [] : [program])];
  const options = ['-s', '--no-crashrc', '--json', '-c', 'analyze'];
  const child = spawn(process.execPath, [...words, ...options, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { line: answerOf(child), stop: () => void child.kill('SIGKILL') };
}

function answerOf(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    // Without a process (EMFILE, no memory) there is no answer, and no harm.
    child.on('error', () => resolve(undefined));
    child.on('spawn', () => yieldTo(child.pid));
    child.stdout?.setEncoding('utf8');
    child.stdout?.on('data', (chunk: string) => {
      if (text.length < MAX_ANSWER) text += chunk;
    });
    child.on('close', () => resolve(verdictLine(text)));
  });
}

function yieldTo(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, NICE);
  } catch (error) {
    // The process may have ended already.
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
}

/** Columns of the words on the left of the banner. */
const LABEL = 12;

/** The line of a verdict among the records that `analyze` prints; undefined without one. */
export function verdictLine(records: string): string | undefined {
  const line = records.split('\n').find((each) => each.includes('"kind":"verdict"'));
  if (line === undefined) return undefined;
  const verdict: unknown = parsed(line);
  if (typeof verdict !== 'object' || verdict === null) return undefined;
  const { class: name, certainty, subject } = verdict as Record<string, unknown>;
  if (typeof name !== 'string' || typeof certainty !== 'string') return undefined;
  const what = name === 'running' ? name : `${name} (${certainty})`;
  const who = typeof subject === 'string' ? ` ${subject}` : '';
  return `${'VERDICT'.padStart(LABEL - 1)}: ${escapeText(`${what}${who}`)}  ("analyze" says more)`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    // An answer that was cut.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
