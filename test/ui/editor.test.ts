import { describe, expect, test } from 'vitest';
import { BINDINGS } from '../../src/ui/editor/keymap.ts';
import type { InputEvent } from '../../src/ui/term/keys.ts';
import { play } from './play.ts';

describe('emacs keys', () => {
  test.each([
    ['bt -f', 'bt -f|'],
    ['bt<C-a>x', 'x|bt'],
    ['one two<M-b>', 'one |two'],
    ['one two<M-b><M-b>', '|one two'],
    ['one two<C-a><M-f>', 'one| two'],
    ['abc<left><left>x', 'ax|bc'],
    ['abc<C-b><C-d>', 'ab|'],
    ['abc<backspace>', 'ab|'],
    ['abc<C-a><delete>', '|bc'],
    ['task_struct.se.load<C-w>', '|'],
    ['rd task_struct.se<M-backspace>', 'rd task_struct.|'],
    ['rd -8 addr<C-w>', 'rd -8 |'],
    ['one two<C-a><C-k>', '|'],
    ['one two<M-b><C-u>', '|two'],
    ['one two<M-b><C-k><C-a><C-y>', 'two|one '],
    ['ab<C-t>', 'ba|'],
    ['abc<C-a><C-f><C-t>', 'ba|c'],
    ['word<M-b><M-u>', 'WORD|'],
    ['WORD<M-b><M-l>', 'word|'],
    ['word<M-b><M-c>', 'Word|'],
    ['one<M-enter>two<up>', 'one|\ntwo'],
    ['one<M-enter>two<M-<>', '|one\ntwo'],
  ])('%s leaves %s', (script, shown) => {
    expect(play(script).shown).toBe(shown);
  });

  test('kills in a row make one entry of the ring, in the order of the text', () => {
    expect(play('a b c<C-w><C-w><C-w>').state.killRing).toEqual(['a b c']);
    expect(play('a b<C-a><M-d><M-d>').state.killRing).toEqual(['a b']);
  });

  test('a motion between two kills makes two entries, and Alt-y turns the ring', () => {
    const { state, shown } = play('one two<C-w><C-a><C-k><C-y>');
    expect(state.killRing).toEqual(['one ', 'two']);
    expect(shown).toBe('one |');
    expect(play('<M-y>', { from: state }).shown).toBe('two|');
    expect(play('<M-y><M-y>', { from: state }).shown).toBe('one |');
  });

  test('undo takes a word at a time, and redo puts it back', () => {
    const typed = [...'one two'].map((text): InputEvent => ({ type: 'text', text }));
    const { state } = play(typed);
    expect(play('<C-_>', { from: state }).shown).toBe('one|');
    expect(play('<C-_><C-_>', { from: state }).shown).toBe('|');
    expect(play('<C-_><C-_><M-r>', { from: state }).shown).toBe('one|');
  });

  test('undo with nothing to undo says so and changes nothing', () => {
    const { state } = play('<C-_>');
    expect([state.text, state.message]).toEqual(['', 'nothing to undo']);
  });

  test('Alt-. puts the last word of the last line, and again the one before', () => {
    const history = ['rd ffff1', 'bt 42'];
    expect(play('vtop <M-.>', { history }).shown).toBe('vtop 42|');
    expect(play('vtop <M-.><M-.>', { history }).shown).toBe('vtop ffff1|');
  });
});

describe('leaving and clearing', () => {
  test('Ctrl-C clears the line, and undo brings it back', () => {
    const cleared = play('some line<C-c>');
    expect(cleared.shown).toBe('|');
    expect(play('<C-_>', { from: cleared.state }).shown).toBe('some line|');
  });
  test('Ctrl-C on an empty line never leaves: it says how to', () => {
    const { effects, state } = play('<C-c>');
    expect([effects, state.message]).toEqual([[], 'Ctrl-D or q to quit']);
  });
  test('Ctrl-D leaves only when the line is empty', () => {
    expect(play('<C-d>').effects).toEqual([{ do: 'leave' }]);
    expect(play('ab<C-a><C-d>').effects).toEqual([]);
  });
  test('Ctrl-Z asks to be stopped, with the line kept', () => {
    const { effects, shown } = play('half<C-z>');
    expect([effects, shown]).toEqual([[{ do: 'suspend' }], 'half|']);
  });
});

describe('blocks', () => {
  test('a paste of many lines is one block that Enter runs in turn', () => {
    const { state } = play([{ type: 'paste', text: 'sys\nbt\n\nps' }]);
    expect(state.text).toBe('sys\nbt\n\nps');
    expect(play('<enter>', { from: state }).effects).toEqual([
      { do: 'submit', lines: ['sys', 'bt', 'ps'] },
    ]);
  });
  test('one undo takes a whole paste away', () => {
    const { state } = play([
      { type: 'text', text: 'x' },
      { type: 'paste', text: 'a b c' },
      { type: 'key', key: 'C-_' },
    ]);
    expect(state.text).toBe('x');
  });
  test('lines of an unbracketed paste are submitted one by one', () => {
    const lines = play('sys<enter>bt<enter>').effects;
    expect(lines).toEqual([
      { do: 'submit', lines: ['sys'] },
      { do: 'submit', lines: ['bt'] },
    ]);
  });
});

describe('wide and combining characters', () => {
  test.each([
    ['日本<left>', '日|本'],
    ['e\u0301x<left><backspace>', '|x'],
    ['👩‍👩‍👧x<left><backspace>', '|x'],
    ['a👍🏽<backspace>', 'a|'],
    ['日本語 x<M-b><M-b>', '|日本語 x'],
  ])('%s is edited by what one sees as a character', (script, shown) => {
    expect(play(script).shown).toBe(shown);
  });
  test('control characters never enter a line', () => {
    expect(play([{ type: 'text', text: 'a\x1b[2Jb\x07' }]).state.text).toBe('a[2Jb');
  });
});

describe('history', () => {
  const history = ['bt 1', 'ps', 'bt 2', 'sys'];
  test.each([
    ['<up>', 'sys|'],
    ['<up><up>', 'bt 2|'],
    ['bt<up>', 'bt 2|'],
    ['bt<up><up>', 'bt 1|'],
    ['bt<up><up><down>', 'bt 2|'],
    ['bt<up><down>', 'bt|'],
    ['nothing<up>', 'nothing|'],
  ])('%s shows %s: Up finds what begins alike', (script, shown) => {
    expect(play(script, { history }).shown).toBe(shown);
  });
  test('a line that was found can be edited, and the next Up begins from what it is now', () => {
    expect(play('<up>x', { history }).shown).toBe('sysx|');
    expect(play('ps<up>', { history: ['ps -a', 'ps'] }).shown).toBe('ps -a|');
  });
  test('Ctrl-R narrows by words and letters, Enter runs what is chosen', () => {
    expect(play('<C-r>bt<enter>', { history }).effects).toEqual([
      { do: 'submit', lines: ['bt 2'] },
    ]);
    expect(play('<C-r>bt<C-r><enter>', { history }).effects).toEqual([
      { do: 'submit', lines: ['bt 1'] },
    ]);
  });
  test('Ctrl-R then Right edits what is chosen, Escape gives the line back', () => {
    expect(play('<C-r>sy<right>', { history }).shown).toBe('sys|');
    expect(play('half<C-r>xyz<escape>', { history }).shown).toBe('half|');
  });
  test('Tab turns the scope of the search: this dump, all dumps, this session', () => {
    const scopes = ['', '<tab>', '<tab><tab>', '<tab><tab><tab>'].map(
      (tabs) => play(`<C-r>${tabs}`).state.modes[0],
    );
    expect(scopes.map((mode) => mode?.kind === 'search' && mode.scope)).toEqual([
      'dump',
      'all',
      'session',
      'dump',
    ]);
  });
});

describe('ghost text', () => {
  const from = { ...play('bt').state, ghost: ' -f 42' };
  test.each([
    ['<right>', 'bt -f 42|'],
    ['<C-e>', 'bt -f 42|'],
    ['<end>', 'bt -f 42|'],
    ['<M-f>', 'bt -f|'],
    ['<left>', 'b|t'],
  ])('%s makes the line %s', (script, shown) => {
    expect(play(script, { from }).shown).toBe(shown);
  });
  test('Enter runs what was typed, not the ghost', () => {
    expect(play('<enter>', { from }).effects).toEqual([{ do: 'submit', lines: ['bt'] }]);
  });
});

describe('vi keys', () => {
  test.each([
    ['one two<escape>', 'one tw|o'],
    ['one two<escape>0x', '|ne two'],
    ['one two<escape>bi-', 'one -|two'],
    ['one two<escape>0dw', '|two'],
    ['one two three<escape>02dw', '|three'],
    ['one two<escape>0cwx', 'x| two'],
    ['one two<escape>cc', '|'],
    ['one two<escape>0D', '|'],
    ['one two<escape>0wC!', 'one !|'],
    ['one two<escape>0fw', 'one t|wo'],
    ['one two<escape>0dtw', '|wo'],
    ['a.b.c<escape>0f.;', 'a.b|.c'],
    ['a.b.c<escape>0f.;,', 'a|.b.c'],
    ['one two<escape>0rx', '|xne two'],
    ['abc<escape>0~', 'A|bc'],
    ['one two<escape>0dwp', 'tone| wo'],
    ['one two<escape>0dwP', 'one| two'],
    ['one two<escape>0dwu', '|one two'],
    ['a b c<escape>0dw.', '|c'],
    ['one<escape>0ix <escape>.', 'xx|  one'],
    ['one two<escape>0e', 'on|e two'],
    ['one two<escape>0wyw$p', 'one twotw|o'],
    ['one<escape>A two', 'one two|'],
    ['one<escape>I-', '-|one'],
    ['one two<escape>3h', 'one| two'],
    ['a.b c<escape>0dW', '|c'],
    ['one two<escape>0d$', '|'],
    ['one two<escape>xx', 'one |t'],
  ])('%s leaves %s', (script, shown) => {
    expect(play(script, { edit: 'vi' }).shown).toBe(shown);
  });
  test('Enter runs the line from command mode, and the next prompt is in insert mode', () => {
    const { effects, state } = play('sys<escape><enter>', { edit: 'vi' });
    expect(effects).toEqual([{ do: 'submit', lines: ['sys'] }]);
    expect(state.vi?.command).toBe(false);
  });
  test('j and k walk through the history', () => {
    const history = ['one', 'two'];
    expect(play('<escape>kk', { edit: 'vi', history }).state.text).toBe('one');
    expect(play('<escape>kkj', { edit: 'vi', history }).state.text).toBe('two');
  });
  test('Escape and a letter typed too fast to tell are Escape and that letter', () => {
    expect(play('one two<M-h>', { edit: 'vi' }).shown).toBe('one t|wo');
  });
  test('emacs chords work in insert mode', () => {
    expect(play('one two<C-a>x', { edit: 'vi' }).shown).toBe('x|one two');
  });
  test('# comments the line out and enters it', () => {
    expect(play('rd x<escape>#', { edit: 'vi' }).effects).toEqual([
      { do: 'submit', lines: ['#rd x'] },
    ]);
  });
});

describe('the keymap', () => {
  test('no key is bound twice, and every binding says what it does', () => {
    const keys = BINDINGS.flatMap((binding) => binding.keys);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    expect(BINDINGS.filter(({ help }) => help === '' || /[.\n]$/.test(help))).toEqual([]);
  });
  test('a key that means nothing changes nothing', () => {
    expect(play('abc<f9>').shown).toBe('abc|');
  });
  test('the reducer never leaves the cursor outside the text', () => {
    const keys = [...BINDINGS.flatMap((binding) => binding.keys), 'escape', 'up', 'down'];
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % n;
    };
    for (const edit of ['emacs', 'vi']) {
      let { state } = play('', { edit });
      for (let i = 0; i < 3000; i++) {
        const key = keys[random(keys.length)] as string;
        const text = 'hjklxdwcbpu.f2 日é'.slice(random(14));
        const event: InputEvent = random(2) === 0 ? { type: 'key', key } : { type: 'text', text };
        state = play([event], { from: state, history: ['a b', 'c'] }).state;
        expect(state.cursor).toBeGreaterThanOrEqual(0);
        expect(state.cursor).toBeLessThanOrEqual(state.text.length);
        if (state.text.length > 200) state = play('', { edit }).state;
      }
    }
  });
});
