import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { History } from '../../src/ui/history/history.ts';
import { searchLines } from '../../src/ui/history/search.ts';
import { HistoryStore, historyPath } from '../../src/ui/history/store.ts';
import { effort } from '../run/effort.ts';
import { scratch } from '../run/scratch.ts';

let folder = '';
beforeEach(() => {
  folder = scratch('history');
});
afterEach(() => {
  chmodSync(folder, 0o700);
  rmSync(folder, { recursive: true });
});
const path = (): string => join(folder, 'deep', 'history.jsonl');
function historyOf(dump: string): History {
  const history = new History(new HistoryStore(path(), dump), dump);
  history.load();
  return history;
}
const up = (history: History, prefix = ''): string[] => {
  const lines: string[] = [];
  let at = history.length;
  for (
    let found = history.find(at, -1, prefix, '');
    found;
    found = history.find(at, -1, prefix, '')
  ) {
    lines.push(found.line);
    at = found.index;
  }
  return lines;
};

describe('lines on disk', () => {
  test('a line is on disk as soon as it is added, readable by its owner alone', () => {
    historyOf('a').add('bt -f', 1000);
    expect(readFileSync(path(), 'utf8')).toBe('{"t":1000,"d":"a","l":"bt -f"}\n');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });
  test('the next session goes back to this dump first, then to the others', () => {
    const one = historyOf('one');
    one.add('bt 1', 1);
    one.add('ps', 2);
    historyOf('two').add('vtop 3', 3);
    const next = historyOf('one');
    next.add('sys', 4);
    expect(up(next)).toEqual(['sys', 'ps', 'bt 1', 'vtop 3']);
    expect(next.search('', 'dump')).toEqual(['sys', 'ps', 'bt 1']);
    expect(next.search('', 'session')).toEqual(['sys']);
    expect(next.search('', 'all')).toEqual(['sys', 'ps', 'bt 1', 'vtop 3']);
  });
  test('through a link nothing is read and nothing is written, and it is said', () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, '{"t":1,"d":"a","l":"bt"}\n');
    mkdirSync(join(folder, 'deep'));
    symlinkSync(elsewhere, path());
    const store = new HistoryStore(path(), 'a');
    expect(store.load()).toEqual([]);
    store.append('ps', 2);
    expect(store.problem).toBeTruthy();
    expect(readFileSync(elsewhere, 'utf8')).toBe('{"t":1,"d":"a","l":"bt"}\n');
  });
  test('a folder in place of the file is said, and ends nothing', () => {
    mkdirSync(path(), { recursive: true });
    const store = new HistoryStore(path(), 'a');
    expect(store.load()).toEqual([]);
    store.append('ps', 2);
    expect(store.problem).toBeTruthy();
  });
  test('two sessions at the same time lose nothing', () => {
    const [a, b] = [historyOf('x'), historyOf('x')];
    for (let i = 0; i < 50; i++) {
      a.add(`a ${i}`, i);
      b.add(`b ${i}`, i);
    }
    expect(historyOf('x').length).toBe(100);
  });
  test('a line that begins with a blank is remembered, but not on disk', () => {
    const history = historyOf('a');
    history.add(' rd secret', 1);
    expect(up(history)).toEqual(['rd secret']);
    expect(historyOf('a').length).toBe(0);
  });
  test('rows that are no entries are skipped: the last write may have been cut', () => {
    historyOf('a').add('bt', 1);
    appendFileSync(
      path(),
      'garbage\n{"t":1}\n[]\n{"t":2,"d":"a","l":"ps\\u001b[2J"}\n{"t":3,"d":"a","l":"cu',
    );
    expect(up(historyOf('a'))).toEqual(['ps [2J', 'bt']);
  });
  test('a folder that cannot be written is said, and the session goes on', () => {
    const blocked = join(folder, 'file');
    appendFileSync(blocked, '');
    const history = new History(new HistoryStore(join(blocked, 'history.jsonl'), 'a'), 'a');
    history.load();
    history.add('bt', 1);
    expect(history.problem).toMatch(/^history is not kept: /);
    expect(up(history)).toEqual(['bt']);
  });
  test('the file lies where XDG_STATE_HOME says', () => {
    expect(historyPath({ XDG_STATE_HOME: '/s' })).toBe('/s/tscrash/history.jsonl');
    expect(historyPath({ HOME: '/h' })).toBe('/h/.local/state/tscrash/history.jsonl');
  });
});

describe('going back', () => {
  test('the same line twice in a row counts once', () => {
    const history = historyOf('a');
    for (const line of ['bt', 'bt', 'ps', 'bt']) history.add(line, 1);
    expect(up(history)).toEqual(['bt', 'ps', 'bt']);
  });
  test('the ghost is the rest of the newest line that begins alike', () => {
    const history = historyOf('a');
    for (const line of ['bt -f 1', 'bt -a', 'rd x']) history.add(line, 1);
    expect([
      history.ghost('bt'),
      history.ghost('bt -f'),
      history.ghost('z'),
      history.ghost(''),
    ]).toEqual([' -a', ' 1', '', '']);
  });
});

describe('searching', () => {
  test('words in any order come before letters in order, and newer before older', () => {
    const lines = ['struct task_struct', 'kmem -s dentry', 'set task', 'bt'];
    expect(searchLines(lines, 0, 'task s')).toEqual(['set task', 'struct task_struct']);
    expect(searchLines(lines, 0, 'kmdent')).toEqual(['kmem -s dentry']);
    expect(searchLines(lines, 0, 'qqq')).toEqual([]);
  });
  test('a line is found once', () => {
    expect(searchLines(['bt', 'ps', 'bt'], 0, 'bt')).toEqual(['bt']);
  });
  test('100,000 lines are searched within a key stroke', () => {
    const lines = Array.from({ length: 100_000 }, (_, i) => `struct task_struct.se ffff${i}`);
    for (const query of ['99', 'zq', 'sf9', 'task 777'])
      expect(
        effort(() => void searchLines(lines, 0, query)),
        query,
      ).toBeLessThan(20);
  });
});
