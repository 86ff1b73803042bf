import { afterEach, describe, expect, test, vi } from 'vitest';
import { x8664 } from '../../src/arch/x86/x86-64.ts';
import { colorLine } from '../../src/output/text/color.ts';
import { LastOutput } from '../../src/ui/picker/last-output.ts';
import { openPaging, type TestPaging } from './pager.ts';
import { expectGolden } from './screen.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const;
const ROW = (i: number): string =>
  `[${(i / 7).toFixed(6).padStart(12)}] line ${i + 1}: ffff888100${(i * 4096).toString(16).padStart(6, '0')} ` +
  `${i % 9 === 0 ? 'BUG: unable to handle page fault for address: ffffb4e3c0000000, error 0002, and what else there may be to say of it, at length' : 'ok'}\n`;
const LOG = Array.from({ length: 500 }, (_, i) => ROW(i)).join('');
/** Clears the screen, the scrollback, or resets the terminal. */
const DESTRUCTIVE = /\x1b\[[0-3]?J|\x1bc/;
/** What runs by the clock, for a test that lets time pass by itself. */
const TIMERS = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] as const;

/** What is played, and what it shows. */
const FRAMES: Record<string, string> = {
  first: '',
  second: ' ',
  end: 'G',
  search: '/BUG<enter>n',
  'not-found': '/nosuch<enter>',
  typing: '/unable to',
  filter: '&BUG<enter>',
  right: '<right>',
  help: 'h',
  count: '12',
};

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

async function picture({ screen }: TestPaging): Promise<string> {
  const { x, y } = await screen.cursor();
  return `${await screen.text()}\n-- cursor at ${x},${y}`;
}

describe.each(SIZES)('the pager at %i x %i', (columns, rows) => {
  test.each(Object.entries(FRAMES))('is as drawn: %s', async (name, script) => {
    const test = openPaging({ columns, rows, paint: colorLine });
    test.print(LOG);
    const over = test.end();
    await test.play(script);
    expectGolden(`pager-${name}-${columns}x${rows}`, await picture(test));
    expect(test.screen.bytes).not.toMatch(DESTRUCTIVE);
    await test.play(/^[/]u/.test(script) ? '<escape>q' : 'qq');
    await over;
  });
});

describe('long output', () => {
  test('leaves its last page in the scrollback, below what was there', async () => {
    const test = openPaging();
    test.print(LOG);
    const over = test.end();
    await test.play('  q');
    await over;
    const lines = (await test.screen.text()).split('\n');
    expect(lines[0]).toBe('crash> log');
    expect(lines[1]).toContain('line 47:');
    expect(lines.at(-1)).toBe('lines 47-69 of 500 ("out 1" prints all)');
    expect(test.screen.bytes.match(/\x1b\[\?1049/g)).toHaveLength(2);
    expect(test.screen.bytes).toMatch(/\x1b\[\?25h[\s\S]*lines 47-69/);
  });

  test('tells the address picker which part of the output is visible', async () => {
    const test = openPaging();
    const last = new LastOutput(x8664({ fiveLevel: false, smeMask: 0n }));
    test.writer.taps.add(last);
    test.writer.begin('log');
    test.print(LOG);
    const over = test.end();
    await test.play(' q');
    await over;
    const words = last.words().map(({ text }) => text);
    expect(words).toContain('ffff888100018000');
    expect(words).not.toContain('ffff888100001000');
    expect(words).not.toContain('ffff888100100000');
  });

  test('that was seen to its end from its beginning is left without a word', async () => {
    const test = openPaging();
    test.print(LOG.split('\n').slice(0, 23).join('\n'));
    const over = test.end();
    await test.play(' ');
    await over;
    expect((await test.screen.text()).split('\n').at(-1)).toContain('line 23:');
  });

  test('is paged as it comes: the command is let on only as far as the page', async () => {
    const test = openPaging();
    let produced = 0;
    let stopped = false;
    const command = (async () => {
      while (produced < 500 && !test.writer.closed) {
        test.print(ROW(produced++));
        if (produced % 10 === 0) await test.writer.drained();
      }
      stopped = test.writer.closed;
    })();
    for (let i = 0; i < 20; i++) await test.settle();
    expect(produced).toBeLessThan(50);
    await test.play(' ');
    for (let i = 0; i < 20; i++) await test.settle();
    expect(produced).toBeGreaterThan(46);
    expect(produced).toBeLessThan(80);
    await test.play('q');
    await command;
    expect(stopped).toBe(true);
    await test.end();
    expect(await test.screen.text()).toMatch(/lines 24-46; stopped at line \d\d \("out 1"/);
  });

  test('G on output without an end can be stopped, and what was printed is there', async () => {
    const test = openPaging();
    let produced = 0;
    const command = (async () => {
      while (!test.session.interrupted && !test.writer.closed) {
        for (let i = 0; i < 100; i++) test.print(ROW(produced++));
        await test.writer.drained();
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    await test.play('G');
    await expect.poll(() => produced).toBeGreaterThan(1000);
    await test.play('<C-c>');
    await command;
    expect(test.calls.interrupt).toBe(1);
    const over = test.end();
    await test.play('G');
    expect(await test.screen.text()).toContain(`line ${produced}:`);
    await test.play('q');
    await over;
  });

  test('gives keys that came behind the q to the prompt', async () => {
    const test = openPaging();
    test.print(LOG);
    const over = test.end();
    await test.play('qbt<enter>');
    await over;
    expect(test.ahead).toEqual([
      { type: 'text', text: 'b' },
      { type: 'text', text: 't' },
      { type: 'key', key: 'enter' },
    ]);
  });

  test('is drawn anew in another window, and after a stop', async () => {
    const test = openPaging();
    test.print(LOG);
    const over = test.end();
    await test.play(' ');
    // All that was written has been drawn in the old window.
    await test.screen.text();
    test.screen.resize(60, 12);
    test.paging.resize();
    const small = (await test.screen.text()).split('\n');
    expect(small).toHaveLength(12);
    expect(small[0]).toContain('line 24:');
    await test.play('<C-z>');
    expect(test.calls.suspend).toBe(1);
    test.screen.write('\x1b[1;1HWHAT A SHELL LEFT THERE');
    test.paging.redraw();
    expect(await test.screen.text()).toBe(small.join('\n'));
    await test.play('q');
    await over;
  });

  test('on a terminal of one screen covers nothing: what was there is scrolled up', async () => {
    vi.stubEnv('TERM', 'linux');
    const test = openPaging({ rows: 10 });
    test.print(LOG);
    const over = test.end();
    await test.play(' ');
    const { bytes } = test.screen;
    expect(bytes.indexOf('\n'.repeat(10))).toBeGreaterThan(0);
    expect(bytes.indexOf('\n'.repeat(10))).toBeLessThan(bytes.indexOf('line 1:'));
    await test.play('q');
    await over;
    expect(test.screen.bytes).toContain('\x1b[10;1H\x1b[K');
  });

  test('that is not paged writes nothing', async () => {
    const test = openPaging();
    test.print(LOG);
    await test.settle();
    const before = test.screen.writes;
    vi.useFakeTimers({ toFake: [...TIMERS] });
    test.paging.progress('log  1.0 s  Ctrl-C stops');
    vi.runAllTimers();
    expect(test.screen.writes).toBe(before);
    vi.useRealTimers();
    const over = test.end();
    await test.play('q');
    await over;
  });

  test('a key costs the rows that change', async () => {
    const test = openPaging();
    test.print(LOG);
    const over = test.end();
    await test.play('/nosuch');
    const before = test.screen.bytes.length;
    await test.play('x');
    expect(test.screen.bytes.length - before).toBeLessThan(80);
    await test.play('<escape>q');
    await over;
  });

  test('with lines that act on no terminal: tabs, wide and combined characters', async () => {
    const test = openPaging({ columns: 20, rows: 6 });
    test.print(`a\tb\n日本語日本語日本語日本語\ne\u0301${'x'.repeat(30)}\n${'y\n'.repeat(9)}`);
    const over = test.end();
    expect((await test.screen.text()).split('\n').slice(0, 3)).toEqual([
      'a       b',
      '日本語日本語日本語 >',
      `e\u0301${'x'.repeat(18)}>`,
    ]);
    await test.play('q');
    await over;
  });
});

describe('a filter that leaves less than a page', () => {
  test('has an end, and space leaves there', async () => {
    const test = openPaging();
    test.print(LOG);
    const over = test.end();
    await test.play('&line 4[0-9]:<enter>');
    expect((await test.screen.text()).split('\n').at(-1)).toMatch(
      /^ \(END\) {2}lines 40-49 of 500/,
    );
    await test.play(' ');
    await over;
    expect((await test.screen.text()).match(/ line 4\d: /g)).toHaveLength(10);
  });
});

describe('output that fits', () => {
  test('is printed, and the screen never changes', async () => {
    const test = openPaging();
    test.print(LOG.split('\n').slice(1, 9).join('\n'));
    await test.end();
    expect(test.screen.bytes).not.toContain('\x1b[?1049h');
    expect((await test.screen.text()).split('\n')).toHaveLength(9);
  });

  test('in lines that the window breaks does not fit', async () => {
    const test = openPaging({ columns: 40, rows: 10 });
    test.print(`${'x'.repeat(90)}\n`.repeat(3));
    expect(test.paging.open).toBe(true);
    const over = test.end();
    await test.play('q');
    await over;
  });

  test('is shown in a moment although the command goes on', async () => {
    const test = openPaging();
    vi.useFakeTimers({ toFake: [...TIMERS] });
    test.print('one\ntwo\n');
    expect(test.screen.bytes).not.toContain('two');
    vi.runAllTimers();
    expect(test.screen.bytes).toContain('two');
    vi.useRealTimers();
    for (let i = 0; i < 40; i++) test.print(`row ${i}\n`);
    const over = test.end();
    expect(await test.screen.text()).toMatch(/^one\ntwo\nrow 0\n/);
    await test.play('q');
    await over;
    const text = await test.screen.text();
    expect(text.match(/^one$/gm)).toHaveLength(1);
    expect(text).toMatch(/^crash> log\none\ntwo\nrow 0\n/);
  });

  test('is paged all the same when that is asked for', async () => {
    const test = openPaging({ scroll: false, line: 'less 1' });
    test.session.page();
    test.print('one\n');
    expect(test.paging.open).toBe(true);
    const over = test.end();
    await test.play('q');
    await over;
    expect(await test.screen.text()).toBe('crash> less 1\none');
  });
});

describe('nothing is paged', () => {
  test.each([
    ['with scroll off', { scroll: false }],
    ['of an input file', { line: '< file' }],
  ])('%s', async (_, facts) => {
    const test = openPaging(facts);
    test.print(LOG);
    await test.end();
    expect(test.screen.bytes).not.toContain('\x1b[?1049h');
    expect((await test.screen.text()).split('\n').length).toBeGreaterThan(500);
  });
});

test('the terminal goes away while a page is shown: the command is let go', async () => {
  const test = openPaging();
  test.print(LOG);
  const waiting = test.writer.drained();
  test.paging.abandon();
  await waiting;
  expect(test.writer.closed).toBe(true);
  await test.end();
});
