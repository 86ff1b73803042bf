import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { needsTerminal, Pane, type PaneOptions } from './pane.ts';

const open: Pane[] = [];
/** A session with scrolling on, below something that the shell has printed. */
async function pane(options?: PaneOptions): Promise<Pane> {
  const term = new Pane(options);
  open.push(term);
  term.run('echo printed before; mkdir tmp; export TMPDIR=$PWD/tmp');
  await term.start('');
  return term;
}
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

const MORE = / -- MORE -- {2}forward: <SPACE>, <ENTER> or j {2}backward: b or k {2}quit: q/;
/** Clears the screen, the scrollback, or resets the terminal. */
const DESTRUCTIVE = /\x1b\[[23]J|\x1bc/;
/** What a link of /proc leads to; nothing when it has just gone. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
const alternate = (term: Pane): boolean =>
  term.tmux('display-message', '-p', '#{alternate_on}').trim() === '1';

describe('the pager in a real terminal', needsTerminal, () => {
  test('shows long output by pages, and leaves the last one behind', async () => {
    const term = await pane();
    term.run('log');
    await term.see(MORE);
    expect(alternate(term)).toBe(true);
    const rows = (): string[] => term.screen().split('\n').slice(0, 23);
    const page = rows();
    const first = page[0] ?? '';
    term.keys('Space');
    await term.until(() => rows().every((row, i) => row !== page[i]), 'the next page');
    const second = rows()[5] ?? '';
    term.type('q');
    await term.prompt();
    expect(alternate(term)).toBe(false);
    const text = term.everything();
    expect(text).toMatch(/printed before[\s\S]*KERNEL: [\s\S]*crash> log\n/);
    expect(text).toContain(second.slice(0, 70));
    expect(text).not.toContain(first);
    expect(text).toMatch(/lines 24-46.*\("out 1" prints/);
    expect(text).not.toContain('-- MORE --');
    term.run('eval 9');
    await term.see('hexadecimal: 9');
    expect(term.bytes()).not.toMatch(DESTRUCTIVE);
  });

  test('finds a word, shows it in reverse, and finds the next one', async () => {
    const term = await pane();
    term.run('log');
    await term.see(MORE);
    term.type('/Call Trace');
    await term.see(/^\/Call Trace$/m);
    term.keys('Enter');
    await term.until(
      () => /\x1b\[7mCall Trace\x1b/.test(term.tmux('capture-pane', '-p', '-e')),
      'a highlighted match',
    );
    term.type('G?nosuch thing');
    term.keys('Enter');
    await term.see('Pattern not found');
    term.type('&Call Trace');
    term.keys('Enter');
    await term.until(() => {
      const lines = term.screen().split('\n').slice(0, -1).filter(Boolean);
      return lines.length > 0 && lines.every((line) => line.includes('Call Trace'));
    }, 'only lines of a call trace');
    term.type('q');
    await term.prompt();
  });

  test('prints what fits, and pages it all the same with less N', async () => {
    const term = await pane();
    await term.ran('eval 5');
    expect(term.bytes()).not.toContain('\x1b[?1049h');
    term.run('less 1');
    await term.see('(END)');
    term.keys('Space');
    await term.prompt();
    term.run('out');
    await term.see(/1 +\d+ +\d+ {2}eval 5/);
    term.run('eval 6');
    await term.see('hexadecimal: 6');
    term.run('diff 1 4');
    await term.see(/^-hexadecimal: 5\s*\n(-.*\n)*\+hexadecimal: 6/m);
  });

  test('is let on by G to the end of a scan, which Ctrl-C stops', async () => {
    const term = await pane();
    term.run('repeat kmem -p');
    await term.see(MORE);
    term.type('G');
    const seen = (): string =>
      /to the end {2}(\d+) lines .*Ctrl-C stops/.exec(term.screen())?.[1] ?? '';
    await term.until(() => seen() !== '', 'the way to the end');
    const first = seen();
    await term.until(() => !['', first].includes(seen()), 'more lines on the way to the end');
    term.keys('C-c');
    await term.until(() => !/to the end/.test(term.screen()), 'the end of the way to the end');
    term.type('G');
    await term.see('(END)');
    term.type('q');
    await term.prompt();
    expect(term.everything()).toMatch(/\^C after [\d.]+ s, \d+ lines/);
    term.run('eval 9');
    await term.see('hexadecimal: 9');
  });

  test('q stops the command; the next one is answered', async () => {
    const term = await pane();
    term.run('repeat kmem -p');
    await term.see(MORE);
    term.type('q');
    await term.prompt();
    expect(term.everything()).toMatch(/lines 1-23; stopped at line \d+/);
    term.run('eval 9');
    await term.see('hexadecimal: 9');
  });

  test('keeps its place in another window, and over a stop and fg', async () => {
    const term = await pane();
    await term.ran('log > file');
    const line = readFileSync(join(term.home, 'file'), 'latin1').split('\n')[99] ?? '';
    expect(line.length).toBeGreaterThan(50);
    /** Is the page between so many rows high, with line 100 on top? */
    const page = (least: number, most: number): boolean => {
      const screen = term.screen();
      const rows = screen.split('\n').length;
      return screen.startsWith(line.slice(0, 50)) && rows >= least && rows <= most;
    };
    term.run('log');
    await term.see(MORE);
    term.type('100g');
    await term.until(() => page(24, 24), 'line 100');
    term.resize(60, 12);
    await term.until(() => page(1, 12), 'a smaller page from the same line on');
    term.resize(100, 30);
    await term.until(() => page(21, 30), 'a larger page from the same line on');
    term.keys('C-z');
    await term.see(/Stopped|Suspended/);
    expect(alternate(term)).toBe(false);
    term.run('echo in "the shell"');
    await term.see('in the shell');
    term.run('fg');
    await term.until(() => alternate(term) && term.screen().startsWith(line.slice(0, 50)), 'it');
    term.type('q');
    await term.prompt();
  });

  test('comes back with fg also when its command is over', async () => {
    const term = await pane();
    term.run('log');
    await term.see(MORE);
    term.type('G');
    await term.see(/\(END\)/);
    term.keys('C-z');
    await term.see(/Stopped|Suspended/);
    term.run('fg');
    await term.see(/\(END\)/);
    term.type('q');
    await term.prompt();
  });

  test('that is killed gives back the screen', async () => {
    const term = await pane();
    term.run('log');
    await term.see(MORE);
    process.kill(term.pid(), 'SIGTERM');
    await term.until(() => !alternate(term) && /\$ *$/.test(term.screen()), 'the shell');
    term.run('echo code $?; stty -a');
    await term.see('code 143');
    expect(term.screen()).not.toMatch(/-icanon|-echo\b/);
    expect(term.everything()).toContain('printed before');
  });

  test.each(['SIGTERM', 'SIGKILL'] as const)('%s leaves no spool file behind', async (signal) => {
    const term = await pane();
    await term.ran('set scroll off');
    await term.ran('kmem -p');
    const folder = join(term.home, 'tmp');
    const pid = term.pid();
    const spools = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
    expect(spools.filter((path) => path.startsWith(folder))).toHaveLength(1);
    process.kill(pid, signal);
    await term.until(() => /^(Terminated|Killed|\$ *$)|Killed$/m.test(term.screen()), 'the shell');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('set scroll less runs less as crash does, and off prints it all', async () => {
    const term = await pane();
    term.run('set scroll less');
    await term.see('scroll: on (/usr/bin/less)');
    term.run('log');
    await term.see(/-- MORE -- {2}forward: <SPACE>, <ENTER> or j {2}backward: b or k {2}quit: q/);
    expect(alternate(term)).toBe(false);
    term.type('q');
    await term.prompt();
    expect(await term.ran('set scroll off')).toEqual(['scroll: off (none)']);
    expect((await term.ran('log')).join('\n')).toContain('Linux version');
    term.run('set scroll on');
    await term.see('scroll: on (built-in)');
  });

  test('nothing is paged that goes through a pipe, into a file or comes from one', async () => {
    const term = await pane();
    await term.ran('log > file');
    expect(readFileSync(join(term.home, 'file'), 'utf8')).toContain('Linux version');
    await term.ran('log | tail -3');
    await term.ran('!echo log > input');
    await term.ran('< input');
    expect(term.everything()).toContain('Linux version');
    expect(term.bytes()).not.toContain('\x1b[?1049h');
  });
});
