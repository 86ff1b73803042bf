import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { DUMP, needsTerminal, Pane, type PaneOptions, PROGRAM } from './pane.ts';

const open: Pane[] = [];
function pane(options?: PaneOptions): Pane {
  const made = new Pane(options);
  open.push(made);
  return made;
}
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** Lines of the answer in `file` that the terminal does not show in this order. */
function lostLines(term: Pane): string[] {
  const lines = (text: string): string[] => text.split('\n').map((line) => line.trimEnd());
  // A warning reaches the console at once, so its place among the rows is not the file's.
  const wanted = lines(readFileSync(join(term.home, 'file'), 'utf8')).filter(
    (line) => line !== '' && !line.startsWith('WARNING: '),
  );
  expect(wanted.length).toBeGreaterThan(2000);
  const shown = lines(term.everything());
  let at = 0;
  return wanted.filter((line) => {
    const found = shown.indexOf(line, at);
    if (found >= 0) at = found + 1;
    return found < 0;
  });
}

/** Clears the screen, the scrollback, or resets the terminal. */
const DESTRUCTIVE = /\x1b\[[23]J|\x1bc/;

describe('in a real terminal', needsTerminal, () => {
  test('the session starts below what the shell has printed, and answers', async () => {
    const term = pane();
    term.run('echo printed before');
    await term.start('');
    expect(term.everything()).toMatch(/printed before[\s\S]*tscrash [\d.]+[\s\S]*KERNEL: /);
    expect((await term.ran('eval 2+3'))[0]).toMatch(/^hexadecimal: 5/);
    expect(term.bytes()).not.toMatch(DESTRUCTIVE);
  });

  test('Tab shows flags with their meaning, and typing narrows to the one that is taken', async () => {
    const term = pane();
    await term.start();
    term.type('kmem -');
    term.keys('Tab');
    await term.see(/-i\s+\S+/);
    term.keys('Escape');
    await term.until(() => !/-i\s/.test(term.screen()), 'the menu closed');
    term.keys('C-u');
    term.type('hel');
    term.keys('Tab');
    await term.see(/crash> help $|crash> help *\n/);
  });

  test('an unknown command is marked before Enter, and a symbol once all are known', async () => {
    const term = pane();
    await term.start();
    term.type('kmme');
    await term.see('perhaps "kmem"');
    expect(term.tmux('capture-pane', '-p', '-e')).toMatch(/\x1b\[[\d;]*4[;m\d]*[^\n]*kmme/);
  });

  test('Ctrl-C ends a scan, keeps what it printed and says how far it was', async () => {
    const term = pane();
    await term.start();
    term.run('repeat -1 eval 7');
    await term.see('hexadecimal: 7');
    term.keys('C-c');
    await term.see(/\^C after [\d.]+ s, \d+ lines/);
    await term.prompt();
    term.run('eval 9');
    await term.see('hexadecimal: 9');
    expect(term.everything()).toContain('hexadecimal: 7');
  });

  test.each([
    [
      'a command that reads and computes before its first line',
      'repeat sym -l > /dev/null',
      /\^C after/,
    ],
    // The terminal shows a ^C of its own, which must go.
    ['a loop of a script', 'js while (true) 1', /^\^C after/m],
    ['a scan without an answer', 'repeat search -k deadbeefdeadbeef', /\^C after/],
    ['a program of the shell', '!sleep 10000', /\^C/],
    ['a pipe that nobody empties', 'log | (sleep 10000; cat)', /\^C/],
  ])('Ctrl-C ends %s, and the next command is right', async (_, line, remark) => {
    const term = pane();
    await term.start();
    // None of them ends by itself, so that its end is the answer; `npm run bench` holds it to 100 ms.
    await term.begun(line);
    term.keys('C-c');
    await term.see(remark);
    await term.prompt();
    term.run('sym init_task');
    await term.see(/\([DdBbR]\) init_task/);
  });

  test('Ctrl-C ends a long output in the middle', async () => {
    const term = pane();
    await term.start();
    term.run('repeat kmem -p');
    await term.until(() => term.everything().split('\n').length > 200, 'output');
    term.keys('C-c');
    await term.see(/\^C after/);
    await term.prompt();
  });

  test('20 pasted lines are a block that Enter runs in turn', async () => {
    const term = pane();
    await term.start();
    term.paste(Array.from({ length: 20 }, (_, i) => `eval ${i + 100}`).join('\n'), true);
    await term.see('20 commands: Enter runs them in turn');
    term.keys('Enter');
    await term.see('decimal: 119');
    await term.prompt();
    const answers = [...term.everything().matchAll(/^ +decimal: (\d+)/gm)].map(([, n]) =>
      Number(n),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i + 100));
  });

  test('20 lines pasted without brackets run one by one, none lost', async () => {
    const term = pane();
    await term.start();
    term.paste(`${Array.from({ length: 20 }, (_, i) => `eval ${i + 100}`).join('\n')}\n`, false);
    await term.see('decimal: 119');
    await term.prompt();
    const answers = [...term.everything().matchAll(/^ +decimal: (\d+)/gm)].map(([, n]) =>
      Number(n),
    );
    expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => i + 100));
  });

  test('a window that changes its size while output comes loses no line and keeps one prompt', async () => {
    const term = pane({ columns: 100, rows: 30 });
    await term.start();
    await term.ran('kmem -p > file');
    term.run('kmem -p');
    for (const [columns, rows] of [
      [60, 20],
      [120, 40],
      [80, 24],
      [50, 15],
      [100, 30],
    ] as const) {
      const before = term.bytes().length;
      term.resize(columns, rows);
      await term.until(() => term.bytes().length > before, 'more output');
    }
    await term.prompt();
    for (const columns of [70, 110, 90, 100]) await term.resized(columns, 30);
    await term.ran('eval 5');
    const text = term.everything();
    expect(lostLines(term)).toEqual([]);
    expect(text.match(/^crash>$/gm)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test('a window cut to a third, again and again, keeps one prompt and all above it', async () => {
    const term = pane({ columns: 100, rows: 30 });
    await term.start();
    term.run('bt');
    await term.see(/#\d+ .* ret_from_fork/);
    term.run('bt 1');
    await term.see(/crash> bt 1\n[\s\S]*\n {4}ORIG_RAX/);
    await term.prompt();
    const promptAt = () =>
      term
        .everything()
        .split('\n')
        .findIndex((line) => /^crash>\s*$/.test(line));
    const above = promptAt();
    for (const columns of [50, 100, 33, 90, 45, 100]) await term.resized(columns, 30);
    await term.quiet();
    const lines = term.everything().split('\n');
    expect(lines.filter((line) => /^crash>\s*$/.test(line))).toHaveLength(1);
    expect(promptAt()).toBe(above);
  });

  test('Ctrl-Z gives the shell its terminal, and fg brings the line back', async () => {
    const term = pane();
    await term.start();
    term.type('half a line');
    await term.see('crash> half a line');
    term.keys('C-z');
    await term.see(/Stopped|Suspended/);
    term.run('echo back in "the shell"; stty -a');
    await term.see('back in the shell');
    expect(term.screen()).toMatch(/\becho\b/);
    expect(term.screen()).not.toMatch(/-icanon/);
    term.run('fg');
    await term.see(/crash> half a line\s*(\n[^\n]*)?$/);
    term.keys('C-u');
    term.run('eval 4');
    await term.see('hexadecimal: 4');
  });

  test('thousands of lines arrive whole, and in order', async () => {
    const term = pane();
    await term.start();
    await term.ran('kmem -p > file');
    await term.ran('kmem -p');
    expect(lostLines(term)).toEqual([]);
  });

  test('a pager of the system gets the keys, and gives them back', async () => {
    const term = pane();
    await term.start();
    term.run('log | less');
    await term.see(/^:$/m);
    term.keys('q');
    await term.prompt();
    term.run('eval 8');
    await term.see('hexadecimal: 8');
  });

  test('q gives the terminal back as it was', async () => {
    const term = pane();
    term.run('stty -a > before');
    await term.start();
    term.run('q');
    await term.until(() => /\$ *$/.test(term.screen()), 'the shell');
    term.run('stty -a > after; cmp before after && echo the same modes');
    await term.see(/^the same modes/m);
    expect(term.bytes().lastIndexOf('\x1b[?2004l')).toBeGreaterThan(
      term.bytes().lastIndexOf('\x1b[?2004h'),
    );
    expect(term.bytes().lastIndexOf('\x1b[?25h')).toBeGreaterThan(
      term.bytes().lastIndexOf('\x1b[?25l'),
    );
    expect(term.screen()).not.toMatch(/crash>\s*\$/);
  });

  test('Ctrl-D on an empty line leaves; on a line with text it does not', async () => {
    const term = pane();
    await term.start();
    term.type('x');
    term.keys('C-d');
    // What is typed next arrives, so the session is still there.
    term.type('y');
    await term.see('crash> xy');
    term.keys('BSpace', 'BSpace');
    await term.prompt();
    term.keys('C-d');
    await term.until(() => /\$ *$/.test(term.screen()), 'the shell');
  });

  test('a killed session restores the terminal and ends with the signal that killed it', async () => {
    const term = pane();
    await term.start();
    term.type('half');
    await term.see('crash> half');
    process.kill(term.pid(), 'SIGTERM');
    await term.until(() => /\$ *$/.test(term.screen()), 'the shell');
    term.run('echo code $?; stty -a');
    await term.see('code 143');
    expect(term.screen()).not.toMatch(/-icanon|-echo\b/);
  });

  test.each([
    ['a prompt', (term: Pane) => term.ran('eval 7')],
    ['a script that never ends', (term: Pane) => term.begun('js while (true) 1')],
  ])('%s does not outlive its terminal', async (_, bring) => {
    const term = pane();
    await term.start();
    await bring(term);
    const pid = term.pid();
    term.tmux('kill-server');
    await term.until(() => hasEnded(pid), 'the end of the process');
  });

  test('the history outlives kill -9, and Ctrl-R and Up find it in the next session', async () => {
    const term = pane();
    await term.start();
    await term.ran('eval 1234');
    process.kill(term.pid(), 'SIGKILL');
    await term.see(/[Kk]illed/);
    // The tty is raw still, and Enter no newline.
    term.type('stty sane; clear');
    term.keys('C-j');
    await term.until(() => /^\$ *$/.test(term.screen()), 'the shell');
    await term.start();
    term.keys('Up');
    await term.see('crash> eval 1234');
    term.keys('C-u', 'C-r');
    term.type('123');
    await term.see(/history of this dump: 123\n> eval 1234/);
    term.keys('Enter');
    await term.see('decimal: 1234');
    const rows = readFileSync(join(term.home, 'state/tscrash/history.jsonl'), 'utf8').trim();
    expect(rows.split('\n').map((row) => JSON.parse(row).l)).toEqual(['eval 1234', 'eval 1234']);
  });

  test('an idle prompt writes nothing', async () => {
    const term = pane();
    await term.start();
    await term.quiet();
    const before = term.bytes().length;
    await term.quiet();
    expect(term.bytes().length - before).toBe(0);
  });

  test('a key costs few bytes, and the screen is never cleared', async () => {
    const term = pane();
    await term.start();
    await term.quiet();
    const before = term.bytes().length;
    for (const [at, letter] of [...'eval 77'].entries()) {
      term.type(letter);
      await term.see(`crash> ${'eval 77'.slice(0, at + 1).trimEnd()}`);
    }
    expect(term.bytes().length - before).toBeLessThan(7 * 400);
    term.keys('C-l', 'Enter');
    await term.see('hexadecimal: 4d');
    expect(term.bytes()).not.toMatch(DESTRUCTIVE);
  });

  test.each([
    ['NO_COLOR=1', { NO_COLOR: '1' }],
    ['CI=1', { CI: '1' }],
    ['a locale without UTF-8', { LANG: 'C', LC_ALL: 'C' }],
  ])('with %s the prompt is the same', async (name, env) => {
    const term = pane({ env });
    await term.start();
    await term.ran('eval 6');
    if (name.startsWith('NO_COLOR')) expect(term.bytes()).not.toMatch(/\x1b\[[\d;]*3[1-6]m/);
    if (name.startsWith('a locale')) expect(term.bytes()).not.toMatch(/\xe2\x80\xa6/);
  });

  test.each([
    ['TERM=dumb', `TERM=dumb node ${PROGRAM}`],
    ['a screen reader', `INK_SCREEN_READER=true node ${PROGRAM}`],
    ['--simple', `node ${PROGRAM} --simple`],
    ['a pipe at stdout', ''],
  ])('with %s there are lines and no live rows', async (name, program) => {
    const term = pane();
    const line = program === '' ? `node ${PROGRAM} -s ${DUMP} | cat` : `${program} -s ${DUMP}`;
    term.run(line);
    await term.see(/crash> *$/);
    term.run('eval 6');
    await term.see('hexadecimal: 6');
    expect(term.bytes(), name).not.toMatch(/\x1b\[\?2004h|\x1b\[\?2026h/);
  });
});

/** Also one whose exit code nobody has asked for yet. */
function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return true;
  }
  const path = `/proc/${pid}/stat`;
  return existsSync(path) && /\) Z /.test(readFileSync(path, 'latin1'));
}
