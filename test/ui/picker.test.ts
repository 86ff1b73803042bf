import { describe, expect, test } from 'vitest';
import { i386 } from '../../src/arch/x86/i386.ts';
import { x8664 } from '../../src/arch/x86/x86-64.ts';
import { hex, va } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { taskStack } from '../../src/kernel/task/stack.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import { KEY_SECTIONS } from '../../src/session/help/keys.ts';
import { createSession, type Session } from '../../src/session/state/session.ts';
import { createState, type EditorState, pushMode } from '../../src/ui/editor/state.ts';
import { labelsFor } from '../../src/ui/picker/labels.ts';
import { LastOutput } from '../../src/ui/picker/last-output.ts';
import { DumpPicks } from '../../src/ui/picker/pick-list.ts';
import { COPY_KEY, type PickList, VERB_NAMES } from '../../src/ui/picker/types.ts';
import { MAX_WORDS, type PickWord, wordsOf } from '../../src/ui/picker/words.ts';
import { clipboardSequence } from '../../src/ui/term/clipboard.ts';
import { needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';
import { effort } from '../run/effort.ts';
import { play } from './play.ts';

const wide = x8664({ fiveLevel: false, smeMask: 0n });
const narrow = i386({ pae: false, pageOffset: 0xc0000000n });
const found = (text: string): string[] =>
  wordsOf(text, wide).map(({ kind, text: word }) => `${kind} ${word}`);

describe('the words of an output', () => {
  test('are the stack address, the function and the code address of a frame', () => {
    expect(found(' #7 [ffffcca9004fbf00] faulty_thread at ffffffffc0345258 [faulty]')).toEqual([
      'address ffffcca9004fbf00',
      'symbol faulty_thread',
      'address ffffffffc0345258',
    ]);
  });
  test('are the pid and the task of a header and of a row of ps', () => {
    expect(found('PID: 184      TASK: ffff898b97254180  CPU: 1    COMMAND: "deadbeef"')).toEqual([
      'pid 184',
      'address ffff898b97254180',
    ]);
    expect(
      found('>     184       2   1  ffff898b97254180  RU   0.0        0        0  [x]'),
    ).toEqual(['pid 184', 'address ffff898b97254180']);
  });
  test.each([
    ['ffffffff9e6bf8f0 (T) kthread  ', 'symbol kthread'],
    ['  poll = 0xffffffff9e6bf8f0 <pipe_poll>,', 'symbol pipe_poll'],
    ['    [exception RIP: faulty_null+5]', 'symbol faulty_null'],
    [' ? __schedule+0x2eb/0x8e0', 'symbol __schedule'],
    ['0xffffffff9e6bf8f4 <kthread+4>:  push %rbp', 'symbol kthread'],
  ])('are symbols: %s', (line, word) => {
    expect(found(line)).toContain(word);
  });
  test('are addresses of processes, and of the kernel with 0x or without', () => {
    expect(found('  mm = 0xffff888100001000, 00007f638ffec000 7f638ffed000 55d0c0de0000')).toEqual([
      'address ffff888100001000',
      'address 7f638ffec000',
      'address 7f638ffed000',
      'address 55d0c0de0000',
    ]);
  });
  test.each([
    'ffffffffffffffff fffffffffffffff4 0000000000000000 7711feeb66a78e00 18c01067',
    'a+b c + 5 1+2 CPU: 1 "comm" deadbeefdeadbeef',
    '     PID: 0      ',
  ])('are not numbers, errors and other words: %s', (line) => {
    expect(found(line)).toEqual([]);
  });
  test('of a machine with short pointers are short', () => {
    const words = wordsOf('c1234567:  00000001 fffffff2 f7000000 b7fff000', narrow);
    expect(words.map(({ text }) => text)).toEqual(['c1234567', 'f7000000']);
  });
  test('come once, those of the last line first', () => {
    const text = 'ffff888100001000\nffff888100002000 ffff888100003000\nffff888100001000\n\n';
    expect(wordsOf(text, wide).map((word) => word.text.slice(-4))).toEqual([
      '1000',
      '2000',
      '3000',
    ]);
  });
  test('of lines of memory are what they hold, and where the first of them begins', () => {
    const row = (i: number): string =>
      `ffff8881000010${i}0:  ffff88820000${i}000 0000000000000000   ....`;
    expect(found([row(0), row(1), row(2)].join('\n'))).toEqual([
      'address ffff888200002000',
      'address ffff888200001000',
      'address ffff888100001000',
      'address ffff888200000000',
    ]);
  });
  test('of 10,000 addresses are the last ones, and are found at once', () => {
    const line = (i: number): string => `ffff8881${i.toString(16).padStart(8, '0')}`;
    const text = Array.from({ length: 10_000 }, (_, i) => line(i)).join('\n');
    const words = wordsOf(text, wide);
    expect(effort(() => void wordsOf(text, wide))).toBeLessThan(1);
    expect(words).toHaveLength(MAX_WORDS);
    expect(words[0]?.text).toBe(line(9999));
  });
});

describe('the last output', () => {
  const output = () => {
    const tap = new LastOutput(wide);
    const print = (text: string): void => {
      tap.begin();
      for (const piece of text.match(/[\s\S]{1,7}/g) ?? []) tap.text(piece);
      tap.end();
    };
    return { tap, print };
  };
  test('is looked through whole, however it came', () => {
    const { tap, print } = output();
    print('a ffff888100001000\n');
    expect(tap.words()).toHaveLength(1);
  });
  test('without a word to pick does not hide the one before', () => {
    const { tap, print } = output();
    print('ffff888100001000\n');
    print('nothing here\n');
    print('');
    expect(tap.words()[0]?.text).toBe('ffff888100001000');
    print('ffff888100002000\n');
    expect(tap.words()[0]?.text).toBe('ffff888100002000');
  });
  test('of a hundred megabytes is kept in little', () => {
    const { tap } = output();
    const block = `${'ffff888100001000 '.repeat(4000)}\n`;
    tap.begin();
    for (let i = 0; i < 1500; i++) tap.text(block);
    tap.end();
    expect(tap.words()).toHaveLength(1);
  });
});

describe('labels', () => {
  test.each([0, 1, 19, 20, 44, 45, 190])('of %i words are short, and none begins another', (n) => {
    const labels = labelsFor(n);
    expect(labels).toHaveLength(n);
    expect(new Set(labels).size).toBe(n);
    for (const label of labels) {
      expect(label).toMatch(/^[a-z]{1,2}$/);
      expect(labels.filter((other) => other !== label && other.startsWith(label))).toEqual([]);
    }
  });
  test('begin with no verb', () => {
    const verbs = [...Object.keys(VERB_NAMES), COPY_KEY];
    expect(labelsFor(MAX_WORDS).filter((label) => verbs.includes(label[0] ?? ''))).toEqual([]);
  });
  test('are of one letter for the dozen that is nearest, and what is far away has none', () => {
    const labels = labelsFor(MAX_WORDS);
    expect(labels.slice(0, 12).every(({ length }) => length === 1)).toBe(true);
    expect(labels.slice(100, 190).every(({ length }) => length === 2)).toBe(true);
    expect(labels.at(-1)).toBe('');
  });
});

/** Words `ffff888100000000`, `...1000` and so on; every third is a symbol. */
function listOf(count: number): PickList {
  const labels = labelsFor(count);
  const items = labels.map((label, i) => ({
    label,
    kind: i % 3 === 2 ? ('symbol' as const) : ('address' as const),
    text: i % 3 === 2 ? `symbol_${i}` : `ffff88810000${i.toString(16)}000`,
  }));
  return {
    items,
    detail: (i) => ({ text: `thing ${i}`, brief: '' }),
    apply: (verb, i) =>
      verb === 's'
        ? { do: 'edit', before: 'struct ', after: ` ${items[i]?.text}` }
        : verb === 'b'
          ? { do: 'say', text: 'no task there' }
          : { do: 'run', line: `${VERB_NAMES[verb]} ${items[i]?.text}` },
  };
}
function opened(line = '', count = 12): EditorState {
  const state = { ...createState('emacs'), ...play(line).state };
  const fresh = { verb: undefined, typed: '', filter: undefined, selected: -1, height: 8 };
  return pushMode(state, { kind: 'picker', list: listOf(count), ...fresh });
}
const pick = (script: string, line = '', count = 12) => play(script, { from: opened(line, count) });

describe('the picker', () => {
  const [first = '', second = '', third = ''] = labelsFor(12);

  test('Alt-A asks the terminal for what there is to pick', () => {
    const wanted = [{ do: 'open', what: 'picker' }];
    expect(play('<M-a>').effects).toEqual(wanted);
    expect(play('<M-a>', { edit: 'vi' }).effects).toEqual(wanted);
    expect(play('rd x<escape><M-a>', { edit: 'vi' }).effects).toEqual(wanted);
  });
  test.each([
    [first, 'rd ', 'rd ffff888100000000|'],
    [second, 'rd ', 'rd ffff888100001000|'],
    [third, 'rd ', 'rd symbol_2|'],
    [first, 'rd', 'rd ffff888100000000|'],
    [first, 'bt | grep', 'bt | grep ffff888100000000|'],
    [first, 'rd -x', 'rd -xffff888100000000|'],
    [first, '', 'ffff888100000000|'],
    [first, 'p *(long *)', 'p *(long *)0xffff888100000000|'],
    [first, 'p 0x', 'p 0xffff888100000000|'],
    [third, 'p ', 'p symbol_2|'],
    [first, 'rd  4<left><left>', 'rd ffff888100000000| 4'],
    [`${first} 4`, 'rd ', 'rd ffff888100000000 4|'],
  ])('%s after "%s" makes the line %s', (script, line, shown) => {
    const played = pick(script, line);
    expect(played.shown).toBe(shown);
    expect(played.state.modes).toEqual([]);
    expect(played.effects).toEqual([]);
  });
  test('an insertion is one step of undo', () => {
    expect(pick(`${first}<C-_>`, 'rd ').shown).toBe('rd |');
  });
  test('a verb before a label runs the command, and what is being typed stays', () => {
    const { effects, shown, state } = pick(`v${second}`, 'half a li');
    expect(effects).toEqual([{ do: 'aside', line: 'vtop ffff888100001000' }]);
    expect(shown).toBe('half a li|');
    expect(state.modes).toEqual([]);
  });
  test('the last of several verbs counts, and Backspace takes it back', () => {
    expect(pick(`vk${first}`).effects).toEqual([{ do: 'aside', line: 'kmem ffff888100000000' }]);
    expect(pick(`v<backspace>${first}`).shown).toBe('ffff888100000000|');
  });
  test('a verb that must be told more leaves the line open where it is to be told', () => {
    expect(pick(`s${first}`, 'half').shown).toBe('struct | ffff888100000000');
    expect(pick(`s${first}<C-_>`, 'half').shown).toBe('half|');
  });
  test('a verb that does not fit says why and runs nothing', () => {
    const { effects, state } = pick(`b${first}`);
    expect(effects).toEqual([]);
    expect(state.message).toBe('no task there');
  });
  test('y copies to the clipboard and to the kill ring, and inserts nothing', () => {
    const { effects, shown, state } = pick(`y${second}`, 'rd ');
    expect(effects).toEqual([{ do: 'copy', text: 'ffff888100001000' }]);
    expect(shown).toBe('rd |');
    expect(state.message).toBe('copied ffff888100001000');
    expect(play('<C-y>', { from: state }).shown).toBe('rd ffff888100001000|');
  });
  test.each(['<escape>', '<C-g>', '<C-c>', '<M-a>', 'v<escape>', '/x<escape>'])(
    '%s leaves without a trace',
    (script) => {
      const { shown, state, effects } = pick(script, 'half');
      expect([shown, state.modes, effects]).toEqual(['half|', [], []]);
    },
  );
  test.each([
    ['<down><enter>', 0],
    ['<tab><enter>', 0],
    ['<down><down><down><up><enter>', 1],
    ['<up><enter>', 11],
    ['<S-tab><enter>', 11],
    ['<down><up><enter>', 11],
    ['<down><right><enter>', 8],
    ['<down><right><left><enter>', 0],
    ['<down><right><right><enter>', 11],
    ['<end><enter>', 11],
    ['<end><home><enter>', 0],
  ])('%s takes the word number %i', (script, index) => {
    expect(pick(script).state.text).toBe(listOf(12).items[index]?.text);
  });
  test('Enter with a verb runs it on the chosen word; with nothing chosen it rings', () => {
    expect(pick('r<down><enter>').effects).toEqual([{ do: 'aside', line: 'rd ffff888100000000' }]);
    expect(pick('<enter>').effects).toEqual([{ do: 'bell' }]);
  });
  test.each([
    ['/symbol_5<enter>', 'symbol_5|'],
    ['/SYMBOL_5<enter>', 'symbol_5|'],
    ['/thing 7<enter>', 'ffff888100007000|'],
    ['3<enter>', 'ffff888100003000|'],
    ['/_<down><enter>', 'symbol_5|'],
    ['/zzz<backspace><backspace><backspace>_8<enter>', 'symbol_8|'],
    [`/x<backspace><backspace>${first}`, 'ffff888100000000|'],
  ])('%s filters, and the line is %s', (script, shown) => {
    expect(pick(script).shown).toBe(shown);
  });
  test('a filter that fits nothing takes nothing', () => {
    const { effects, state } = pick('/zzz<enter>');
    expect(effects).toEqual([{ do: 'bell' }]);
    expect(state.modes).toHaveLength(1);
  });
  test('labels of two letters take two keys, in one chunk or in two', () => {
    const long = listOf(100).items.find(({ label }) => label.length === 2);
    const [a = '', b = ''] = long?.label ?? '';
    expect(pick(a + b, 'rd ', 100).shown).toBe(`rd ${long?.text}|`);
    expect(pick(`${a}<C-f>${b}`, 'rd ', 100).shown).toBe(`rd ${long?.text}|`);
    expect(pick(`${a}<backspace>${first}`, 'rd ', 100).shown).toBe('rd ffff888100000000|');
  });
  test('what has no label is found by its text', () => {
    const { text } = listOf(400).items[399] ?? { text: '' };
    expect(pick(`/${text}<enter>`, '', 400).shown).toBe(`${text}|`);
    expect(pick('<end><enter>', '', 400).shown).toBe(`${text}|`);
  });
  test('a letter that is no label rings and changes nothing', () => {
    const free = [...'abcdefghijklmnopqrstuvwxyz'].find(
      (letter) => !(letter in VERB_NAMES) && letter !== COPY_KEY && !labelsFor(12).includes(letter),
    );
    const { effects, state } = pick(`${free}`);
    expect(effects).toEqual([{ do: 'bell' }]);
    expect(state.modes).toHaveLength(1);
  });
  test('a paste does not run wild among the labels', () => {
    const events = [{ type: 'paste', text: `v${first}` } as const];
    expect(play(events, { from: opened() }).effects).toEqual([{ do: 'bell' }]);
  });
});

test('the key sheet has every verb', () => {
  const keys = Object.keys(VERB_NAMES);
  const row = KEY_SECTIONS.flatMap(({ rows }) => rows).find(({ help }) =>
    help.startsWith('then a label'),
  );
  expect(row?.keys).toEqual([...keys, COPY_KEY]);
  expect(row?.help.split(': ')[1]).toBe([...Object.values(VERB_NAMES), 'copy'].join(' '));
});

describe.each(['kd61-null', 'x612-gpf'])('verbs on %s', needsDumps, (name) => {
  const target = (): Target => sharedTarget(name);
  let session: Session | undefined;
  const picks = (...words: PickWord[]): DumpPicks => {
    session ??= createSession(target());
    return new DumpPicks(words, session);
  };
  const address = (value: bigint): PickWord => ({ kind: 'address', text: hex(va(value)) });
  const init = () => taskTable(target()).tasks.find(({ pid }) => pid === 1)!;

  test('of an address are commands on it', () => {
    const task = init();
    const list = picks(address(task.address));
    const text = hex(task.address);
    expect(list.apply('r', 0)).toEqual({ do: 'run', line: `rd ${text} 16` });
    expect(list.apply('v', 0)).toEqual({ do: 'run', line: `vtop ${text}` });
    expect(list.apply('k', 0)).toEqual({ do: 'run', line: `kmem ${text}` });
    expect(list.apply('s', 0)).toEqual({ do: 'run', line: `struct task_struct ${text}` });
    expect(list.apply('b', 0)).toEqual({ do: 'run', line: 'bt 1' });
    expect(list.apply('d', 0)).toEqual({ do: 'say', text: `${text} is no code` });
    expect(list.detail(0).text).toMatch(/^task_struct of 1 \(/);
  });
  test('a stack belongs to a task, and struct shows the whole of what an address is inside of', () => {
    const task = init();
    const { base } = taskStack(target(), task)!;
    expect(picks(address(base + 100n)).apply('b', 0)).toEqual({ do: 'run', line: 'bt 1' });
    expect(picks(address(task.address + 64n)).apply('s', 0)).toEqual({
      do: 'run',
      line: `struct task_struct ${hex(task.address)}`,
    });
    expect(picks(address(base)).apply('s', 0)).toEqual({
      do: 'edit',
      before: 'struct ',
      after: ` ${hex(base)}`,
    });
  });
  test('code is disassembled: a function whole, inside it what led there', () => {
    const start = target().symbol('schedule');
    expect(picks(address(start + 4n)).apply('d', 0)).toEqual({
      do: 'run',
      line: `dis -r ${hex(va(start + 4n))}`,
    });
    expect(picks({ kind: 'symbol', text: 'schedule' }).apply('d', 0)).toEqual({
      do: 'run',
      line: 'dis schedule',
    });
    expect(picks({ kind: 'symbol', text: 'jiffies' }).apply('d', 0).do).toBe('say');
  });
  test('a pid stands for its task', () => {
    const task = hex(init().address);
    const list = picks({ kind: 'pid', text: '1' }, { kind: 'pid', text: '31999' });
    expect(list.apply('b', 0)).toEqual({ do: 'run', line: 'bt 1' });
    expect(list.apply('s', 0)).toEqual({ do: 'run', line: `struct task_struct ${task}` });
    expect(list.apply('r', 0)).toEqual({ do: 'run', line: `rd ${task} 16` });
    expect(list.apply('r', 1)).toEqual({ do: 'say', text: 'no task with pid 31999' });
  });
  test('an idle task is named by its address: every CPU has one with the pid 0', () => {
    const idle = taskTable(target()).tasks.filter(({ pid }) => pid === 0)[1]!;
    expect(picks(address(idle.address)).apply('b', 0)).toEqual({
      do: 'run',
      line: `bt ${hex(idle.address)}`,
    });
  });
});

describe('the clipboard', () => {
  const plain = '\x1b]52;c;ZmZmZjg4ODE=\x07';
  test('is asked for with OSC 52', () => {
    expect(clipboardSequence('ffff8881', { TERM: 'xterm-256color' })).toBe(plain);
  });
  test('behind tmux is asked for twice: of tmux, and through it', () => {
    const env = { TERM: 'tmux-256color', TMUX: '/tmp/tmux-0/default,1,0' };
    expect(clipboardSequence('ffff8881', env)).toBe(
      `${plain}\x1bPtmux;\x1b\x1b]52;c;ZmZmZjg4ODE=\x07\x1b\\`,
    );
  });
  test('behind screen is asked for through it, in pieces that it takes', () => {
    const env = { TERM: 'screen', STY: '1.pts' };
    expect(clipboardSequence('ffff8881', env)).toBe(`\x1bP${plain}\x1b\\`);
    const long = clipboardSequence('x'.repeat(2000), env);
    const pieces = long.split('\x1b\\').filter((piece) => piece !== '');
    expect(pieces.every((piece) => piece.startsWith('\x1bP') && piece.length <= 514)).toBe(true);
    expect(pieces.map((piece) => piece.slice(2)).join('')).toBe(
      clipboardSequence('x'.repeat(2000), { TERM: 'xterm' }),
    );
  });
  test('is left alone where the sequence would be printed, or is too long', () => {
    for (const TERM of ['linux', 'dumb', 'vt100', '', undefined])
      expect(clipboardSequence('x', { TERM })).toBe('');
    expect(clipboardSequence('x'.repeat(1 << 20), { TERM: 'xterm' })).toBe('');
  });
});
