import { describe, expect, test } from 'vitest';
import { PAGER_BINDINGS, PAGER_KEYS } from '../../../src/ui/pager/keys.ts';
import { positionText } from '../../../src/ui/pager/reduce.ts';
import { numbered, PagerPlay } from './fake-lines.ts';

/** A window of five rows for lines, and one for the prompt. */
const pager = (count = 100): PagerPlay => new PagerPlay(numbered(count));
const shown = (script: string, count = 100): string => pager(count).play(script).shown;

describe('the keys of the pager', () => {
  test.each([
    ['', '1-5'],
    [' ', '6-10'],
    ['f', '6-10'],
    ['<C-f><pagedown>', '11-15'],
    [' b', '1-5'],
    ['jjj', '4-8'],
    ['<down><enter>', '3-7'],
    ['jjk', '2-6'],
    ['d', '3-7'],
    ['ddu', '3-7'],
    ['3j', '4-8'],
    ['12jk', '12-16'],
    ['G', '96-100'],
    ['<end>', '96-100'],
    ['Gg', '1-5'],
    ['G<home>', '1-5'],
    ['50g', '50-54'],
    ['50G', '50-54'],
    ['99g', '96-100'],
    ['Gk', '95-99'],
    ['Gjjj', '96-100'],
    ['kkk', '1-5'],
    ['Gb', '91-95'],
    ['20 ', '21-25'],
  ])('%j shows lines %s', (script, lines) => {
    expect(shown(script)).toBe(lines);
  });

  test('space on the last page leaves, a line on does not', () => {
    expect(pager().play('G').play('j').state.done).toBe(false);
    expect(pager().play('G').play(' ').state.done).toBe(true);
    expect(pager(7).play(' ').state.done).toBe(false);
    expect(pager(7).play('  ').state.done).toBe(true);
  });

  test('q leaves at once, and what was typed behind it is for the prompt', () => {
    const play = pager().play('q');
    expect(play.state.done).toBe(true);
  });

  test('a page at the end is full, with lines before it', () => {
    expect(shown(' ', 7)).toBe('3-7');
    expect(shown('', 3)).toBe('1-3');
    expect(shown('G', 3)).toBe('1-3');
  });

  test('Alt-A says when there is something to pick from', () => {
    expect(pager().play('<M-a>').state.message).toContain('then picks');
  });

  test('a key without a meaning does nothing', () => {
    expect(pager().play('Z<f5>x').shown).toBe('1-5');
  });

  test('no key has two meanings, and every one is in the help', () => {
    expect(PAGER_KEYS.size).toBe(PAGER_BINDINGS.flatMap(({ keys }) => keys).length);
    for (const { help } of PAGER_BINDINGS) expect(help).toMatch(/\S/);
  });

  test('left and right scroll by half a window, or by so many columns', () => {
    expect(pager().play('<right>').state.shift).toBe(20);
    expect(pager().play('<right><right><left>').state.shift).toBe(20);
    expect(pager().play('8<right>').state.shift).toBe(8);
    expect(pager().play('<left>').state.shift).toBe(0);
  });

  test('= says where the page is', () => {
    expect(pager().play('20g=').state.message).toBe('lines 20-24 of 100, 24%');
    expect(pager().play('20g=j').state.message).toBe('');
    const { state, lines } = pager().play('<right>');
    expect(positionText(state, lines)).toBe('lines 1-5 of 100, 5%, from column 21');
  });

  test('h shows the keys, and any way out of it is back to the page', () => {
    for (const out of ['h', 'q', '<escape>', '<C-c>']) {
      const play = pager().play(' h');
      expect(play.state.help).toBe(0);
      play.play('jj');
      expect(play.state.help).toBe(2);
      play.play(out);
      expect([play.state.help, play.state.done, play.shown]).toEqual([undefined, false, '6-10']);
    }
  });

  test('C-z, and a drawing anew, are for the terminal', () => {
    expect(pager().play('<C-z>r').requests).toEqual(['suspend', 'redraw']);
  });
});

describe('a search', () => {
  test.each([
    ['/line 5<enter>', '5-9'],
    ['/line 5<enter>n', '50-54'],
    ['/line 5<enter>nn', '51-55'],
    ['/line 5<enter>nnN', '50-54'],
    ['/5$<enter>2n', '25-29'],
    ['G?7$<enter>', '87-91'],
    ['G?7$<enter>n', '77-81'],
    ['G?7$<enter>N', '96-100'],
    ['/line 9.$<enter>', '90-94'],
    ['/!line<enter>', '1-5'],
    ['/99<enter>', '96-100'],
    ['50g/3<enter>', '53-57'],
    ['50g/3<enter>?<enter>', '43-47'],
  ])('%j shows lines %s', (script, lines) => {
    expect(shown(script)).toBe(lines);
  });

  test('begins on the page, and goes on behind what it found', () => {
    expect(shown('/line 1<enter>')).toBe('1-5');
    expect(shown('/line 1<enter>n')).toBe('10-14');
    expect(shown('/98|99|100<enter>nn', 100)).toBe('96-100');
  });

  test('that finds nothing says so, and stays', () => {
    const play = pager().play(' /nosuch<enter>');
    expect([play.shown, play.state.message]).toEqual(['6-10', 'Pattern not found']);
    expect(play.play('n').state.message).toBe('Pattern not found');
    expect(pager().play('n').state.message).toBe('No previous search pattern');
  });

  test('can be mended while it is typed, and given up', () => {
    expect(shown('/lime<backspace><backspace>ne 42<enter>')).toBe('42-46');
    expect(shown('/xyz<C-u>42<enter>')).toBe('42-46');
    for (const out of ['<escape>', '<C-c>', '<C-g>', '<backspace>']) {
      const play = pager().play(`/${out}`);
      expect([play.state.entry, play.state.done]).toEqual([undefined, false]);
    }
    expect(pager().play('/q').state.entry).toEqual({ kind: '/', text: 'q' });
  });

  test('takes what is no expression as it stands', () => {
    const play = new PagerPlay(['a', 'b', 'list_head *next;', 'c', 'd', 'e', 'f', 'g', 'h']);
    expect(play.play('/*next<enter>').shown).toBe('3-7');
  });

  test('-i lets case make no difference', () => {
    const play = new PagerPlay([...numbered(20), 'BUG: unable', ...numbered(20)]);
    expect(play.play('/bug<enter>').state.message).toBe('Pattern not found');
    play.play('-i').play('n');
    expect(play.shown).toBe('21-25');
    expect(play.play('-x').state.message).toBe('There is no option -x');
  });
});

describe('a filter', () => {
  test('leaves only the lines that match, for every move', () => {
    const play = pager().play('&0$<enter>');
    expect(play.state.page).toEqual([9, 19, 29, 39, 49]);
    expect(play.play(' ').state.page).toEqual([59, 69, 79, 89, 99]);
    expect(play.play('k').state.page).toEqual([49, 59, 69, 79, 89]);
    expect(play.play('g').state.page).toEqual([9, 19, 29, 39, 49]);
    expect(play.play('G').state.page).toEqual([59, 69, 79, 89, 99]);
    expect(play.play('/5<enter>?5<enter>').state.page[0]).toBe(49);
  });

  test('with ! leaves the others, and alone shows all again', () => {
    const play = pager().play('&!1<enter>');
    expect(play.state.page).toEqual([1, 2, 3, 4, 5]);
    expect(play.play('&<enter>').shown).toBe('2-6');
  });

  test('that nothing matches shows nothing, and goes away again', () => {
    const play = pager().play('&nosuch<enter>');
    expect(play.shown).toBe('nothing');
    expect(play.play('&<enter>').shown).toBe('1-5');
  });
});

describe('a command that still runs', () => {
  function running(count: number): PagerPlay {
    const play = new PagerPlay([]);
    return play.print(numbered(count));
  }

  test('is asked for no more than the page', () => {
    expect([running(3).waiting, running(5).waiting, running(100).waiting]).toEqual([
      true,
      false,
      false,
    ]);
    expect(running(7).play(' ').waiting).toBe(true);
  });

  test('fills the page as its lines come', () => {
    const play = running(2);
    expect(play.shown).toBe('1-2');
    expect(play.print(['line 3', 'line 4']).shown).toBe('1-4');
    expect(play.print(numbered(10)).shown).toBe('1-5');
  });

  test('is read to its end by G, which Escape gives up', () => {
    const play = running(50).play('G');
    expect([play.waiting, play.shown]).toEqual([true, '1-5']);
    play.print(numbered(50));
    expect(play.waiting).toBe(true);
    expect(play.print([], true).shown).toBe('96-100');
    const other = running(50).play('G').play('<escape>');
    expect([other.waiting, other.shown]).toEqual([false, '1-5']);
  });

  test('is read on by a search, until it is found', () => {
    const play = running(50).play('/^needle<enter>');
    expect(play.waiting).toBe(true);
    play.print(numbered(20));
    expect(play.print(['needle', ...numbered(20)]).shown).toBe('71-75');
  });

  test('moves that wait for lines add up', () => {
    const play = running(6).play(' ').play(' ').play('j');
    expect(play.print(numbered(50)).shown).toBe('12-16');
  });

  test('is stopped by C-c, which leaves when it is over', () => {
    const play = running(50).play('G').play('<C-c>');
    expect(play.requests).toEqual(['stop']);
    expect([play.state.done, play.waiting]).toEqual([false, false]);
    play.print([], true).play('<C-c>');
    expect(play.requests).toEqual(['stop']);
    expect(play.state.done).toBe(true);
  });

  test('C-c gives a search up before it leaves', () => {
    const play = new PagerPlay(numbered(2000));
    play.state = { ...play.state, job: { do: 'end' } };
    play.lines.ended = true;
    const { state } = play;
    expect(state.job).toBeDefined();
    play.play('<C-c>');
    expect(play.state.done).toBe(false);
  });

  test('whose beginning is not kept any more shows what is', () => {
    const play = pager(100);
    play.lines.first = 50;
    play.settle();
    expect(play.shown).toBe('51-55');
    expect(play.play('k').shown).toBe('51-55');
    expect(play.play('g').shown).toBe('51-55');
  });
});

describe('another window', () => {
  test('keeps the first line, and fills what there is room for', () => {
    expect(pager().play('50g').resize(40, 11).shown).toBe('50-59');
    expect(pager().play('50g').resize(40, 3).shown).toBe('50-51');
    expect(pager().play('G').resize(40, 11).shown).toBe('91-100');
    expect(pager().resize(40, 1).shown).toBe('1-1');
  });
});

test('moving in a million lines looks at none of them', () => {
  const play = new PagerPlay(numbered(1_000_000));
  play.lines.asked = 0;
  play.play('Gg500000g bjk  ');
  expect(play.lines.asked).toBe(0);
});
