import { spawnSync } from 'node:child_process';
import { afterEach, describe, test } from 'vitest';
import { needs } from '../run/needs.ts';
import { needsTerminal, Pane, PROGRAM } from './pane.ts';

const needsZsh = needs(spawnSync('zsh', ['--version']).status === 0, 'zsh is not installed');

const open: Pane[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

/** What the built program prints, sourced by the shells as its first line says. */
describe('the completion of the program', needsTerminal, () => {
  test(
    'zsh completes options, their words, samples with what they show, and commands',
    needsZsh,
    async () => {
      const term = new Pane();
      open.push(term);
      term.run('exec zsh -f');
      term.run('PS1="%% "; autoload -U compinit; compinit -D -u');
      term.run(`tscrash() { node ${PROGRAM} "$@" }; source <(tscrash --completion zsh); clear`);
      await term.until(() => /^%\s*$/.test(term.screen()), 'a shell');
      for (const [typed, shown] of [
        ['tscrash --comp', '% tscrash --completion'],
        ['tscrash --completion f', '% tscrash --completion fish'],
        ['tscrash --color=al', '% tscrash --color=always'],
        ['tscrash --sample mut', '% tscrash --sample mutex-deadlock'],
        ['tscrash -c sbi', '% tscrash -c sbitmapq'],
        ["tscrash -s -c 'sbi", "% tscrash -s -c 'sbitmapq'"],
        ['tscrash --', 'print records as JSON'],
      ] as const) {
        term.type(typed);
        term.keys('Tab');
        await term.see(shown);
        term.keys('C-c');
        term.run('clear');
        await term.until(() => /^%\s*$/.test(term.screen()), 'a shell');
      }
    },
  );

  test('bash completes through its own editor, quotes and equals signs included', async () => {
    const term = new Pane();
    open.push(term);
    term.run('touch filled; exec bash --norc');
    term.run(
      `PS1='% '; tscrash() { node ${PROGRAM} "$@"; }; source <(tscrash --completion bash); clear`,
    );
    await term.until(() => /^%\s*$/.test(term.screen()), 'a shell');
    for (const [typed, shown] of [
      ['tscrash --comp', '% tscrash --completion'],
      ['tscrash --color=al', '% tscrash --color=always'],
      ['tscrash --sample mut', '% tscrash --sample mutex-deadlock'],
      ["tscrash -c 'sbi", "% tscrash -c 'sbitmapq'"],
      ['tscrash fil', '% tscrash filled'],
    ] as const) {
      term.type(typed);
      term.keys('Tab');
      await term.see(shown);
      term.keys('C-c');
      term.run('clear');
      await term.until(() => /^%\s*$/.test(term.screen()), 'a shell');
    }
  });
});
