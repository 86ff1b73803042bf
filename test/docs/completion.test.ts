import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { commands } from '../../commands/index.ts';
import { OPTIONS, SHELLS } from '../../src/session/program/option-list.ts';
import { completionScript } from '../../src/session/program/shell-completion.ts';
import { needs } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

const samples = [
  { name: 'null-pointer', summary: '' },
  { name: 'flipped-bit', summary: "a bit of a pointer: it's wrong" },
];
const facts = { commands, samples };
const folder = scratch('completion');
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(SHELLS)('the script for %s', (shell) => {
  const script = completionScript(shell, facts);

  test('has every option, every value, every command and every sample', () => {
    const shown = OPTIONS.filter(({ hidden }) => !hidden);
    const words = [
      ...shown.flatMap(({ long, short, words: fixed }) => [long, short, ...(fixed ?? [])]),
      ...commands.map(({ name }) => name).filter((name) => name !== '*'),
      ...samples.map(({ name }) => name),
    ];
    for (const word of words) {
      if (word !== undefined) expect(script).toMatch(new RegExp(`(?<!\\w)${word}(?!\\w)`));
    }
    expect(script).not.toContain('no_crashrc');
  });
});

test('another shell is refused', () => {
  expect(() => completionScript('csh', facts)).toThrow('bash, zsh and fish');
  expect(() => completionScript('constructor', facts)).toThrow('bash, zsh and fish');
});

/** What a shell offers for a line, by asking the shell itself. */
const ASK: Record<string, (file: string, words: readonly string[]) => readonly string[]> = {
  bash: (file, words) => [
    '--norc',
    '-c',
    `source ${file}; COMP_WORDS=(${words.map((word) => `"${word}"`).join(' ')})
     COMP_CWORD=${words.length - 1}; _tscrash; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  fish: (file, words) => ['--no-config', '-c', `source ${file}; complete -C "${words.join(' ')}"`],
};

function offered(shell: string, words: readonly string[]): string[] {
  const file = join(folder, `script.${shell}`);
  writeFileSync(file, completionScript(shell, facts));
  const { stdout, stderr } = spawnSync(shell, ASK[shell]?.(file, words) ?? [], {
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH ?? '',
      TMPDIR: tmpdir(),
      HOME: folder,
      TERM: 'dumb',
      LANG: 'C.UTF-8',
    },
  });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s/)[0] ?? '')
    .filter(Boolean);
}

/** zsh completes nowhere but in its editor: see test/e2e. */
describe.each(['bash', 'fish'])('in a real %s', (shell) => {
  const works = spawnSync(shell, ['-c', 'exit 0']).status === 0;

  test.each([
    ['an option', ['tscrash', '--comp'], ['--completion']],
    ['a word for one', ['tscrash', '--color', 'a'], ['always', 'auto']],
    ['a shell', ['tscrash', '--completion', 'f'], ['fish']],
    ['a sample', ['tscrash', '--sample', 'flip'], ['flipped-bit']],
    ['a command', ['tscrash', '-c', 'wai'], ['waitq']],
  ])('%s is completed', needs(works, `${shell} is not installed`), (_, words, expected) => {
    const found = offered(shell, words);
    for (const word of expected) expect(found.join('\n')).toContain(word);
    expect(found).not.toContain('never');
  });
});
