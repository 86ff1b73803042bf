import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { DUMP, needsTerminal, Pane, PROGRAM } from './pane.ts';

/** Runs the program in front and writes how it ended; itself it outlives the terminal. */
const WITNESS = `
const { spawn } = require('node:child_process');
const { writeFileSync } = require('node:fs');
process.on('SIGHUP', () => {});
process.on('SIGTERM', () => {});
const [result, ...words] = process.argv.slice(2);
spawn(process.execPath, words, { stdio: 'inherit' }).on('exit', (code, signal) => {
  writeFileSync(result, JSON.stringify({ code, signal }));
  process.exit(0);
});
`;

/** A program of this run alone: another run's would be taken for it, and the terminal be closed before there is one. */
const SLEEP = `sleep 600.${process.pid}`;

/** Whether a process of that command line runs: what is typed is on the screen before it. */
const runs = (words: string): boolean =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => commandLine(pid).includes(words));

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended.
    return '';
  }
}

let open: Pane | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});

describe('a terminal that is closed', needsTerminal, () => {
  test.each([
    ['the prompt', []],
    ['the search in the history', ['C-r']],
    ['the list of Tab', ['Tab', 'Tab']],
    ['a program that ignores SIGHUP', [`!nohup ${SLEEP}`, 'Enter']],
  ])('%s ends by SIGHUP, with its children, and leaves no core', async (_, keys) => {
    const term = new Pane();
    open = term;
    const witness = join(term.home, 'witness.cjs');
    const result = join(term.home, 'result');
    writeFileSync(witness, WITNESS);
    term.run(`node ${witness} ${result} ${PROGRAM} -s ${DUMP}`);
    await term.prompt();
    if (keys.length > 0) term.keys(...keys);
    if (keys.includes('Enter'))
      await term.until(() => runs(SLEEP.replace(' ', '\u0000')), 'the program');
    term.tmux('kill-session');
    await term.until(() => existsSync(result) && readFileSync(result, 'utf8') !== '', 'its end');
    expect(JSON.parse(readFileSync(result, 'utf8'))).toEqual({ code: null, signal: 'SIGHUP' });
    await term.until(() => !runs(SLEEP.replace(' ', '\u0000')), 'the end of the program');
  });
});
