import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { needsTerminal, Pane, type PaneOptions } from './pane.ts';

const open: Pane[] = [];
function pane(options?: PaneOptions): Pane {
  const made = new Pane(options);
  open.push(made);
  return made;
}
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});
const file = (term: Pane, name: string): string => {
  const path = join(term.home, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

describe('in a real terminal', needsTerminal, () => {
  test('a refused word is underlined and the nearest name is told, below crash words', async () => {
    const term = pane();
    await term.start();
    term.run('struct task_strut');
    await term.see('did you mean task_struct?');
    await term.prompt();
    expect(term.screen()).toContain(
      [
        'crash> struct task_strut',
        'struct: invalid data structure reference: task_strut',
        '   struct task_strut',
        '          ^~~~~~~~~~ did you mean task_struct?',
        'crash>',
      ].join('\n'),
    );
    const painted = term.tmux('capture-pane', '-p', '-e');
    expect(painted).toMatch(/\x1b\[31m\^~+/);
  });

  test('nothing of it is wider than the window, nor sent anywhere but to the screen', async () => {
    const term = pane({ columns: 60 });
    await term.start();
    term.run(`p ${'1 + '.repeat(30)}nosuchthing${' + 1'.repeat(10)}`);
    await term.see('in current context');
    await term.prompt();
    await term.ran('vtop nosuchthing > out');
    for (const line of term.screen().split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(file(term, 'out')).toBe('vtop: invalid input: "nosuchthing"\n');
  });

  test('is plain with NO_COLOR and in line mode too', async () => {
    const term = pane({ env: { NO_COLOR: '1', TERM: 'dumb' } });
    term.run(`node ${process.cwd()}/dist/tscrash.js -s --sample null-pointer`);
    await term.see('crash>');
    term.run('kmme');
    await term.see('   ^~~~ did you mean kmem?');
    expect(term.bytes()).not.toContain('\x1b[31m^');
  });

  test('a transcript has every command that has ended, also when the program is killed', async () => {
    const term = pane();
    await term.start();
    for (const line of ['transcript on case.txt', 'eval 5 | grep hexa', 'kmme'])
      await term.ran(line);
    process.kill(term.pid(), 'SIGKILL');
    await term.see(/Killed|\$ $/);
    const text = file(term, 'case.txt');
    expect(text).toMatch(/^# tscrash transcript\n# tscrash: /);
    // What the terminal adds to an error is not in it.
    expect(text.slice(text.indexOf('crash> '))).toBe(
      'crash> eval 5 | grep hexa\nhexadecimal: 5  \ncrash> kmme\ncrash: command not found: kmme\n',
    );
  });

  test('a replay of what was exported says that nothing differs, and Ctrl-C stops it', async () => {
    const term = pane();
    await term.start();
    for (const line of ['set radix 16', 'sys', 'repeat eval 1 | head -1', 'export all.md'])
      await term.ran(line);
    term.run('replay all.md');
    await term.see('2 run: 2 the same, 0 different; 1 left out');
    await term.prompt();
    const slow = 'crash> search -k deadbeefdeadbeef\ncrash> foreach bt\n'.repeat(50);
    writeFileSync(join(term.home, 'slow.txt'), slow);
    term.run('replay slow.txt');
    await term.see('of 100');
    term.keys('C-c');
    await term.see(/\^C after/);
    await term.prompt();
    term.run('eval 3');
    await term.see('hexadecimal: 3');
  });
});
