import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/**
 * Commits of the kernel that comments cite, held to a list: test/commits.tsv, by release. Its last column says where
 * hash and title were looked up: drgn's or crash's sources, the kernel's mailing lists, or nowhere yet.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const LOOKED_UP = ['drgn', 'crash', 'list', 'unchecked'];

interface Commit {
  readonly release: string;
  readonly hash: string;
  readonly title: string;
  readonly source: string;
}

const commits: readonly Commit[] = readFileSync(join(root, 'test/commits.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [release = '', hash = '', title = '', source = ''] = line.split('\t');
    return { release, hash, title, source };
  });
const cited = new Map(
  commits.map((each) => [each.hash, `${each.release} (${each.hash}, ${each.title})`]),
);

/** Comments of a source as text: the marks and line ends between the words are gone. */
function comments(source: string): string[] {
  const found = source.match(/\/\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n)+|\s\/\/ .*$/gm) ?? [];
  return found.map((text) => text.replace(/^[ \t]*(?:\/\/|\/?\*+\/?)/gm, ' ').replace(/\s+/g, ' '));
}

/** Twelve hexadecimal digits, at least one of each kind: no word, no number. */
const HASH = /\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{12}\b/g;

function citations(): { path: string; hash: string; text: string }[] {
  return ['src', 'commands', 'dumps']
    .flatMap((top) => readdirSync(join(root, top), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .flatMap((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name));
      return comments(readFileSync(join(root, path), 'utf8')).flatMap((text) =>
        [...text.matchAll(HASH)].map(([hash]) => ({ path, hash, text })),
      );
    });
}

describe('cited commits', () => {
  const all = citations();

  test('stand with release, hash and title as the list has them', () => {
    const wrong = all
      .filter(({ hash, text }) => !text.includes(cited.get(hash) ?? hash.toUpperCase()))
      .map(
        ({ path, hash }) => `${path}: ${cited.get(hash) ?? `${hash} is not in test/commits.tsv`}`,
      );
    expect(wrong).toEqual([]);
    expect(all.length).toBeGreaterThan(100);
  });

  test('are all of the list', () => {
    const used = new Set(all.map(({ hash }) => hash));
    expect(commits.map(({ hash }) => hash).filter((hash) => !used.has(hash))).toEqual([]);
  });
});

describe('the list of commits', () => {
  test('has four columns a line, and each commit once', () => {
    for (const commit of commits) {
      expect(commit.release).toMatch(/^(?:\d+\.\d+(?:\.\d+)?|pahole \d+\.\d+)$/);
      expect(commit.hash).toMatch(/^[0-9a-f]{12}$/);
      expect(commit.title).toMatch(/^\S.*\S$/);
      expect(LOOKED_UP).toContain(commit.source);
    }
    expect(cited.size).toBe(commits.length);
  });

  test('goes from the oldest release to the newest', () => {
    const number = ({ release }: Commit): number[] => release.split('.').map(Number);
    const kernel = commits.filter(({ release }) => !release.startsWith('pahole')).map(number);
    const sorted = kernel.toSorted(
      (a, b) => (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0) || (a[2] ?? 0) - (b[2] ?? 0),
    );
    expect(kernel).toEqual(sorted);
  });
});
