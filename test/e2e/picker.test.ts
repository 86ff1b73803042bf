import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { needsTerminal, Pane, type PaneOptions } from './pane.ts';

const open: Pane[] = [];
async function started(options?: PaneOptions): Promise<Pane> {
  const made = new Pane(options);
  open.push(made);
  await made.start();
  return made;
}
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Opens the picker over what the line printed. */
async function pickFrom(term: Pane, line: string): Promise<void> {
  await term.ran(line);
  term.keys('M-a');
  await term.see('label inserts');
}
/** The first label on the screen whose word looks so, and the word. */
function labelOf(term: Pane, word: RegExp): { label: string; text: string } {
  const rows = term.screen().split('\n');
  const from = rows.findLastIndex((row) => row.startsWith('crash>'));
  const cell = new RegExp(`(?:^|  )([a-z]{1,2}) +(${word.source})(?= |$)`, 'm');
  const found = cell.exec(rows.slice(from + 1).join('\n'));
  if (!found) throw new Error(`no ${word} on the screen:\n${term.screen()}`);
  return { label: found[1] ?? '', text: found[2] ?? '' };
}
const ADDRESS = /[0-9a-f]{16}/;
const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());

describe('in a real terminal', needsTerminal, () => {
  test('Alt-A and a label put an address of the last output into the line', async () => {
    const term = await started();
    await term.ran('bt');
    term.type('rd ');
    term.keys('M-a');
    await term.see('label inserts');
    const { label, text } = labelOf(term, ADDRESS);
    term.type(label);
    await term.see(`crash> rd ${text}`);
    await term.until(() => !term.screen().includes('label inserts'), 'the picker closed');
    term.type(' 2');
    term.keys('Enter');
    await term.see(`${text}:  `);
    expect(term.bytes()).not.toMatch(/\x1b\[[23]J|\x1bc/);
  });

  test('a verb and a label run a command, and what was being typed stays', async () => {
    const term = await started();
    await term.ran('bt');
    term.type('eval 1+1');
    term.keys('M-a');
    await term.see('label inserts');
    const { label, text } = labelOf(term, ADDRESS);
    term.type(`v${label}`);
    await term.see('PHYSICAL');
    expect(term.everything()).toContain(`crash> vtop ${text}`);
    await term.until(() => /crash> eval 1\+1 *(\n[^\n]*)?$/.test(term.screen()), 'the line again');
    term.keys('Enter');
    await term.see('hexadecimal: 2');
  });

  test('a pid is picked too, and struct finds the structure that contains an address', async () => {
    const term = await started();
    await pickFrom(term, 'set');
    const { label } = labelOf(term, /\d{1,5} pid/);
    term.type(`b${label}`);
    await term.see(/crash> bt \d+/);
    await term.see(' #9 ');
    await term.prompt();
    term.keys('M-a');
    await term.see('label inserts');
    term.type('/task_struct');
    await term.see(/\/task_struct {2}\d+ of/);
    term.keys('Escape');
    await term.until(() => !term.screen().includes('/task_struct'), 'the picker closed');
    await term.prompt();
  });

  test('without an output there is nothing to pick, and that is said', async () => {
    const term = await started();
    term.keys('M-a');
    await term.see('nothing to pick');
  });

  test('y asks tmux for its clipboard, and through it the terminal around it', async () => {
    const term = await started();
    term.tmux('set', '-s', 'set-clipboard', 'on');
    await pickFrom(term, 'bt');
    const { label, text } = labelOf(term, ADDRESS);
    term.type(`y${label}`);
    await term.see(`copied ${text}`);
    const base64 = Buffer.from(text).toString('base64');
    const bytes = (): string => term.bytes();
    await term.until(() => bytes().includes('\x1bPtmux;'), 'the wrapped sequence');
    expect(bytes()).toContain(`\x1b]52;c;${base64}\x07`);
    expect(bytes()).toContain(`\x1bPtmux;\x1b\x1b]52;c;${base64}\x07\x1b\\`);
    expect(term.tmux('show-buffer')).toBe(text);
    // Nothing of it shows.
    expect(term.everything()).not.toContain(']52');
  });

  test('y outside of tmux asks the terminal alone', async () => {
    const term = await started({ env: { TMUX: '', TERM: 'xterm-256color' } });
    await pickFrom(term, 'bt');
    const { label, text } = labelOf(term, ADDRESS);
    term.type(`y${label}`);
    await term.see(`copied ${text}`);
    const base64 = Buffer.from(text).toString('base64');
    await term.until(() => term.bytes().includes(`\x1b]52;c;${base64}\x07`), 'OSC 52');
    expect(term.bytes()).not.toContain('\x1bPtmux');
  });

  test('notes stand behind the lines and move nothing; turned off and in files they are not there', async () => {
    const term = await started({ columns: 120, rows: 40 });
    await term.ran('bt -f > file');
    const plain = lines(readFileSync(join(term.home, 'file'), 'utf8')).filter(Boolean);
    const noted = await term.ran('bt -f');
    await term.ran('set annotate off');
    expect(await term.ran('bt -f')).toEqual(plain);
    expect(noted).toHaveLength(plain.length);
    for (const [index, line] of plain.entries()) expect(noted[index]?.startsWith(line)).toBe(true);
    const added = noted.map((line, index) => line.slice(plain[index]?.length)).filter(Boolean);
    expect(added.length).toBeGreaterThan(5);
    expect(added.every((note) => note.startsWith('  '))).toBe(true);
    expect(Math.max(...noted.map(({ length }) => length))).toBeLessThan(120);
    expect(added.some((note) => /\w+\+0x[0-9a-f]+/.test(note))).toBe(true);
    expect(added.some((note) => /stack of \d+/.test(note))).toBe(true);
  });
});
