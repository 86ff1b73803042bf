import { type IPty, spawn } from '@lydell/node-pty';
import { HOME, PROGRAM } from './processes.ts';
import { cpuSoFar } from './prompt.ts';

/** A command line, and the processor time it has had, in milliseconds, when Ctrl-C is pressed. */
const CUT_SHORT: readonly (readonly [line: string, after: number])[] = [
  ['sym -l > /dev/null', 10],
  ['repeat whatis -r 100-300', 150],
  ['repeat kmem -i', 60],
  ['repeat foreach bt', 100],
  ['search -k deadbeefdeadbeef', 150],
  ['js while (true) 1', 100],
];
const BUDGET = 100;
const PATIENCE_MS = 20_000;

const pass = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Processor time from Ctrl-C to the word that the command has ended, each in a session of its own. */
export async function interruptCosts(vmcore: string) {
  if (process.platform !== 'linux') return [];
  const costs: { name: string; cost: number; budget: number }[] = [];
  for (const [line, after] of CUT_SHORT) {
    costs.push({
      name: `Ctrl-C in ${line}`,
      cost: await once(vmcore, line, after),
      budget: BUDGET,
    });
  }
  return costs;
}

async function once(vmcore: string, line: string, after: number): Promise<number> {
  const terminal: IPty = spawn(process.execPath, [PROGRAM, '-s', '--no-crashrc', vmcore], {
    cols: 120,
    rows: 40,
    env: { ...process.env, HOME, TERM: 'xterm-256color', CI: '' },
  });
  let seen = '';
  terminal.onData((text) => {
    seen += text;
  });
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (const end = Date.now() + PATIENCE_MS; !condition(); await pass(1)) {
      if (Date.now() > end) throw new Error(`${line}: never saw ${what}`);
    }
  };
  try {
    await until(() => seen.includes('crash> '), 'a prompt');
    // What is done in the first pause is over.
    await pass(2000);
    terminal.write(`${line}\r`);
    await until(() => seen.includes(`${line}\r\n`), 'the line');
    const started = cpuSoFar(terminal.pid);
    await until(() => cpuSoFar(terminal.pid) - started >= after, 'the command at work');
    const pressed = cpuSoFar(terminal.pid);
    terminal.write('\x03');
    await until(() => seen.includes('^C after'), 'its end');
    return cpuSoFar(terminal.pid) - pressed;
  } finally {
    terminal.kill('SIGKILL');
  }
}
