import { describe, expect, test } from 'vitest';
import { Completer } from '../../../src/session/completion/complete.ts';
import { PrefixIndex } from '../../../src/session/completion/prefix-index.ts';
import { distanceOf } from '../../../src/session/completion/spelling.ts';
import { typingHint } from '../../../src/session/completion/typing-hint.ts';
import { effort } from '../../run/effort.ts';
import { commandMap, type FakeFacts, fakeSession } from '../fake-session.ts';

const SYMBOLS = ['jiffies', 'jiffies_64', 'schedule', 'schedule_timeout', 'init_task'];

function completer(facts: FakeFacts = { symbols: SYMBOLS }) {
  const recent = [{ text: 'ffff888000000000', detail: 'of bt', suffix: ' ' }];
  return new Completer({
    session: fakeSession(facts),
    commands: commandMap(),
    recent: () => recent,
  });
}
/** What is offered at the `|`, and the piece of the line it would replace. */
function offered(line: string, facts?: FakeFacts): { texts: string[]; replaces: string } {
  const cursor = line.indexOf('|');
  const text = line.replace('|', '');
  const { candidates, start, end } = completer(facts).complete(text, cursor);
  return { texts: candidates.map(({ text: t }) => t), replaces: text.slice(start, end) };
}

describe('what is offered', () => {
  test.each([
    ['r|', ['rd', 'repeat'], 'r'],
    ['qu|', ['quit'], 'qu'],
    ['task_s|', ['task_struct'], 'task_s'],
    ['jif|', ['jiffies', 'jiffies_64'], 'jif'],
    ['bt -|', ['-16', '-a', '-f', '-c', '-S'], '-'],
    ['bt -1|', ['-16'], '-1'],
    ['bt -a|', ['-a', '-af', '-ac', '-aS'], '-a'],
    ['bt sched|', ['schedule', 'schedule_timeout'], 'sched'],
    ['rd ini|', ['init_task'], 'ini'],
    ['rd ffff|', ['ffff888000000000'], 'ffff'],
    ['rd |', ['ffff888000000000'], ''],
    ['rd init_task |', [], ''],
    ['struct task_|', ['task_group', 'task_struct'], 'task_'],
    ['struct task_struct.|', ['pid', 'se'], ''],
    ['struct task_struct.p|', ['pid'], 'p'],
    ['struct task_struct.se.|', ['load', 'on_rq'], ''],
    ['struct task_struct.pid,s|', ['se'], 's'],
    ['task_struct.se.o|', ['on_rq'], 'o'],
    ['repeat b|', ['bt'], 'b'],
    ['repeat bt -|', ['-16', '-a', '-f', '-c', '-S'], '-'],
    ['eval (jif|', ['jiffies', 'jiffies_64'], 'jif'],
    ['eval jiffies+sch|', ['schedule', 'schedule_timeout'], 'sch'],
    ['rd sch|edule', ['schedule', 'schedule_timeout'], 'sch'],
    ['nothing such|', [], 'such'],
    ['# rd ini|', [], 'ini'],
    ['px jif|', [], 'jif'],
  ])('at %s', (line, texts, replaces) => {
    expect(offered(line)).toEqual({ texts, replaces });
  });

  test('files follow a redirection, not symbols', () => {
    expect(offered('bt > pack|').texts).toEqual(expect.arrayContaining(['package.json']));
    expect(offered('bt > src/se|')).toEqual({ texts: ['session'], replaces: 'se' });
  });
  test('a dump without symbols and types still completes commands and flags', () => {
    const bare = { bare: true };
    expect(offered('r|', bare).texts).toEqual(['rd', 'repeat']);
    expect(offered('bt sch|', bare).texts).toEqual([]);
    expect(offered('struct ta|', bare).texts).toEqual([]);
  });
  test('candidates say what they are', () => {
    const [first] = completer().complete('bt sched', 8).candidates;
    expect(first).toEqual({ text: 'schedule', detail: 'ffffffff81000020 (T)', suffix: ' ' });
    const [member] = completer().complete('struct task_struct.s', 20).candidates;
    expect(member).toEqual({ text: 'se', detail: '[8] sched_entity', suffix: '' });
  });
});

describe('200,000 symbols', () => {
  const symbols = Array.from(
    { length: 200_000 },
    (_, i) => `${['__pfx_', 'sys_', 'do_', '', 'x86_'][i % 5]}fn_${(i * 7919) % 200_000}`,
  );
  test('a key is answered within a frame', () => {
    const source = completer({ symbols });
    for (const _ of source.names.warm());
    const words = ['_', '__pfx_fn_', 's', 'sys_fn_1', 'x86_fn_19', 'f', 'zzz', 'do_fn_199'];
    const keys = words.flatMap((word) => [...word].map((_, end) => word.slice(0, end + 1)));
    const cost = effort(() => {
      // The details come out of the fake's linear search: not what is measured.
      for (const key of keys) source.names.symbols(key, 60);
    });
    // A look at every name for every key would cost ten times as much.
    expect(cost).toBeLessThan(2);
  });
  test('the first in order are found, and all are counted', () => {
    const names = completer({ symbols }).names.symbols('sys_fn_19', 3);
    const truth = symbols.filter((name) => name.startsWith('sys_fn_19')).sort();
    expect(names).toEqual({ first: truth.slice(0, 3), total: truth.length, common: 'sys_fn_19' });
  });
});

test('an index of prefixes answers as a sorted list does', () => {
  const names = Array.from({ length: 3000 }, (_, i) => (i * i * 31).toString(3 + (i % 5)));
  const index = new PrefixIndex();
  for (const name of names) index.add(name);
  const unique = [...new Set(names)].sort();
  for (const prefix of ['', '1', '10', '12', '2201', '99999', ...unique.slice(100, 120)]) {
    const truth = unique.filter((name) => name.startsWith(prefix));
    const { first, common } = index.find(prefix, 10);
    expect(first).toEqual(truth.slice(0, 10));
    for (const name of truth) expect(name.startsWith(common)).toBe(true);
  }
});

describe('advice', () => {
  const adviceOn = (line: string, facts?: FakeFacts) => {
    const source = completer(facts);
    for (const _ of source.names.warm());
    const cursor = line.includes('|') ? line.indexOf('|') : line.length;
    const session = fakeSession(facts ?? { symbols: SYMBOLS });
    return typingHint(line.replace('|', ''), cursor, {
      session,
      commands: commandMap(),
      completer: source,
    });
  };
  const problems = (line: string) => adviceOn(line).marks.map(({ problem }) => problem);

  test.each([
    ['bt', []],
    ['b', []],
    ['bx', ['no command, type or symbol "bx"; perhaps "bt"']],
    ['rpeat bt', ['no command, type or symbol "rpeat"; perhaps "repeat"']],
    ['jiffies', []],
    ['task_stru', []],
    ['task_struct.pid', []],
    ['bt -q', ['bt has no flag -q']],
    ['bt -fa', []],
    ['bt -1', []],
    ['bt -c1', []],
    ['bt nosuch', ['no symbol "nosuch"']],
    ['bt sched', []],
    ['rd nosuch', ['no number and no symbol: "nosuch"']],
    ['rd ffff888', []],
    ['repeat bt -q', ['bt has no flag -q']],
    ['r 5', []],
    ['!!', []],
    ['# anything', []],
    ['ls -l', []],
  ])('%s: %j', (line, expected) => {
    expect(problems(line)).toEqual(expected);
  });
  test('the mark covers the word', () => {
    expect(adviceOn('bt -f nosuch schedule').marks).toEqual([
      { start: 6, end: 12, problem: 'no symbol "nosuch"' },
    ]);
  });
  test('nothing is marked while the names are not all known', () => {
    const session = fakeSession({ symbols: SYMBOLS });
    const cold = new Completer({ session, commands: commandMap() });
    const parts = { session, commands: commandMap(), completer: cold };
    expect(typingHint('bt nosuch', 9, parts).marks).toEqual([]);
    expect(typingHint('nosuch', 6, parts).marks).toEqual([]);
  });
  test('the synopsis shows which operand is being typed, and what it means', () => {
    const { synopsis, meaning } = adviceOn('rd jiffies |');
    expect(synopsis.map(({ text, current }) => (current ? `*${text}*` : text))).toEqual([
      'rd',
      'address',
      '*[count]*',
    ]);
    expect(meaning).toBe('how many');
    expect(adviceOn('bt -c ').meaning).toBe('the active tasks of these cpus');
  });
  test.each([
    ['eval (jiffies+8)', '(jiffies+8) = ffffffff81000008 (T) jiffies+8'],
    ['rd init_task', 'init_task = ffffffff81000040 (T) init_task'],
    ['rd init_task+10', 'init_task+10 = ffffffff8100004a (T) init_task+10'],
    ['eval 1<<4', '1<<4 = 10 (16)'],
    ['eval 12', ''],
    ['eval (jiffies+', ''],
    ['eval 1/0', ''],
  ])('%s is worth: %s', (line, value) => {
    expect(adviceOn(line).value).toBe(value);
  });
  test('a swap of two letters is one slip', () => {
    expect([distanceOf('kmem', 'kmme'), distanceOf('bt', 'bt'), distanceOf('ps', 'sig')]).toEqual([
      1, 0, 3,
    ]);
  });
});
