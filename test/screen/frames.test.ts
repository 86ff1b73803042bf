import { describe, expect, test } from 'vitest';
import { Palette } from '../../src/ui/view/palette.ts';
import { effort } from '../run/effort.ts';
import { expectGolden, Screen } from './screen.ts';
import { Live, openSession, type SessionFacts, type TestSession } from './session.ts';

const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const;
const SYMBOLS = Array.from({ length: 40 }, (_, i) => `schedule_part_${i}`).concat('jiffies');
const HISTORY = ['bt -f 149', 'rd jiffies 4', 'bt -a', 'struct task_struct.se ffff888100000000'];
const LONG = 'rd ffff888100000000 64 and more words than one row of a terminal window holds';

/** What is played, and what it shows. */
const FRAMES: Record<string, string> = {
  empty: '',
  ghost: 'bt -f',
  synopsis: 'rd jiffies ',
  value: 'eval (jiffies+8)',
  'unknown-command': 'bx -f',
  'unknown-flag': 'bt -q',
  flags: 'bt -<tab>',
  symbols: 'bt sched<tab>',
  'symbols-chosen': 'bt sched<tab><tab><tab>',
  'symbols-scrolled': `bt sched<tab>${'<tab>'.repeat(11)}`,
  members: 'struct task_struct.<tab>',
  history: '<C-r>bt',
  'history-nothing': '<C-r>zzz',
  block: 'bt 1<M-enter>bt 2<M-enter>bt 3<up>',
  wide: 'rd 日本語 e\u0301 👩‍👩‍👧<left><left>',
  long: `${LONG} ${LONG} ${LONG}`,
  'long-start': `${LONG} ${LONG} ${LONG}<C-a>`,
  message: '<C-c>',
};

async function picture({ screen }: TestSession): Promise<string> {
  const { x, y } = await screen.cursor();
  return `${await screen.text()}\n-- cursor at ${x},${y}`;
}
const facts = (columns: number, rows: number): SessionFacts => ({
  columns,
  rows,
  symbols: SYMBOLS,
  history: HISTORY,
});

describe.each(SIZES)('at %i x %i', (columns, rows) => {
  test.each(Object.entries(FRAMES))('the screen is as drawn: %s', async (name, script) => {
    const session = openSession(facts(columns, rows));
    session.play('');
    session.play(script);
    expectGolden(`${name}-${columns}x${rows}`, await picture(session));
    expect(session.screen.bytes).not.toMatch(/\x1b\[[23]J|\x1bc/);
    session.live.hide();
    expect((await session.screen.text()).trim()).toBe('');
    expect(await session.screen.cursor()).toEqual({ x: 0, y: 0 });
  });
});

describe('live rows', () => {
  const heightOf = async ({ screen }: TestSession) => (await screen.text()).split('\n').length;

  test.each([
    [24, 12],
    [10, 8],
    [5, 3],
    [3, 1],
  ])('in a window of %i rows there are at most %i', async (rows, most) => {
    for (const script of ['bt sched<tab><tab>', '<C-r>', `${LONG.repeat(20)}`, 'a<M-enter>b']) {
      const session = openSession(facts(80, rows));
      session.play('');
      session.play(script);
      expect(await heightOf(session)).toBeLessThanOrEqual(most);
      expect(session.screen.bytes).not.toMatch(/\x1b\[[23]J/);
      session.live.hide();
    }
  });

  test('no row is as wide as the window: a full row would wrap by itself', async () => {
    for (const script of [
      'bt sched<tab>',
      `${LONG} ${LONG}`,
      'rd 日本語日本語日本語日本語日本語日本語',
    ]) {
      const session = openSession(facts(30, 24));
      session.play('');
      session.play(script);
      for (const row of (await session.screen.text()).split('\n')) {
        expect(row.length).toBeLessThan(30);
      }
      session.live.hide();
    }
  });

  test('a narrower window loses nothing of what is above them', async () => {
    for (const script of ['', 'bt -f', 'eval (jiffies+8)']) {
      const session = openSession(facts(100, 24));
      session.live.write(`${Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n')}\n`);
      session.screen.prependListener('resize', () => session.live.resized());
      session.play('');
      session.play(script);
      for (const columns of [50, 100, 34, 80, 40]) {
        // What was written must have arrived.
        await session.screen.text();
        session.screen.resize(columns, 24);
        session.repl.draw();
      }
      const text = await session.screen.text();
      // Which rows are left behind, if any, is for each terminal; tmux is tried in test/e2e.
      expect(text).toMatch(/crash> [^\n]*(\n[^\n]*)?$/);
      expect(text.match(/^line \d+$/gm)?.length).toBe(30);
      expect(session.screen.bytes).not.toMatch(/\x1b\[[23]J/);
      session.live.hide();
    }
  });

  test('output goes above them, whole, and they stay below it', async () => {
    const session = openSession(facts(80, 24));
    session.progress('search  1.2 of 3.0 GiB  4 s');
    session.live.write('one\ntwo\n');
    session.live.write('three\n');
    expect(await session.screen.text()).toBe('one\ntwo\nthree\nsearch  1.2 of 3.0 GiB  4 s');
    session.live.hide();
    expect(await session.screen.text()).toBe('one\ntwo\nthree');
  });

  test('a command leaves its line and its answer in the scrollback, and nothing else', async () => {
    const session = openSession({ ...facts(80, 24), answer: () => 'answer\n' });
    session.play('');
    session.play('bt sched<tab><escape><C-u>bt -f<enter>');
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    session.live.hide();
    expect(await session.screen.text()).toBe('crash> bt -f\nanswer');
  });

  test('lines that are typed ahead run in turn', async () => {
    const session = openSession(facts(80, 24));
    session.play('bt 1<enter>bt 2<enter>half');
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(session.ran).toEqual(['bt 1', 'bt 2']);
    expect(await session.screen.text()).toMatch(/^crash> bt 1\ncrash> bt 2\ncrash> half/);
    session.live.hide();
  });

  test('keys that a command finds itself come after those that were typed with its line', async () => {
    const session: TestSession = openSession({
      ...facts(80, 24),
      answer: () => {
        session.play(' 2');
        return 'answer\n';
      },
    });
    session.play('bt 1<enter>eval 1 +');
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(await session.screen.text()).toMatch(/^crash> bt 1\nanswer\ncrash> eval 1 \+ 2/);
    session.live.hide();
  });

  test('a frame is one write, and an unchanged frame is no write', async () => {
    const session = openSession(facts(80, 24));
    session.play('');
    const before = session.screen.writes;
    session.play('b');
    expect(session.screen.writes - before).toBe(1);
    session.repl.draw();
    expect(session.screen.writes - before).toBe(1);
    session.live.hide();
  });

  test('colours are of the sixteen, and only where they are wanted', () => {
    const plain = openSession(facts(80, 24));
    plain.play('bx -f');
    expect(plain.screen.bytes).not.toMatch(/\x1b\[[\d;]*(3[0-8]|4[0-8]|9\d)m/);
    expect(plain.screen.bytes).toMatch(/\x1b\[4mbx/);
    const colored = openSession({ ...facts(80, 24), color: true });
    colored.play('bx -f');
    expect(colored.screen.bytes).toMatch(/\x1b\[31m(\x1b\[4m)?bx|\x1b\[4m\x1b\[31mbx/);
    expect(colored.screen.bytes).not.toMatch(/\x1b\[[\d;]*38;/);
    plain.live.hide();
    colored.live.hide();
  });

  test('without UTF-8 nothing above ASCII is drawn', async () => {
    const session = openSession({ ...facts(40, 24), unicode: false });
    session.play('');
    session.play('bt -<tab>');
    expect(session.screen.bytes).toMatch(/^[\x00-\x7f]*$/);
    session.live.hide();
  });

  test('a bug in drawing is told to whom it concerns, and is no end of the program', () => {
    const seen: unknown[] = [];
    const screen = new Screen(80, 24);
    const palette = new Palette({ color: false, unicode: true });
    const live = new Live(screen.stream, { palette, onError: (error) => seen.push(error) });
    palette.paint = () => {
      throw new Error('a bug');
    };
    live.show({ rows: [[{ text: 'x' }]] });
    expect(String(seen[0])).toContain('a bug');
    live.hide();
  });

  test('a pager can have the keys for a while', async () => {
    const session = openSession(facts(80, 24));
    session.play('');
    const got: string[] = [];
    const giveBack = session.repl.grab((events) => got.push(JSON.stringify(events)));
    session.play('q');
    giveBack();
    session.play('x');
    expect(got).toEqual(['[{"type":"text","text":"q"}]']);
    expect(await session.screen.text()).toMatch(/^crash> x/);
    session.live.hide();
  });

  test('the prompt ends with its blank, for programs that wait for it', () => {
    const session = openSession(facts(80, 24));
    session.play('');
    expect(session.screen.bytes).toContain('crash> ');
    session.live.hide();
  });
});

describe('keys', () => {
  test('a key is on the screen within a frame, with 200,000 symbols', () => {
    const symbols = Array.from({ length: 200_000 }, (_, i) => `${'sdpx'[i % 4]}ym_${i}`);
    const session = openSession({ ...facts(120, 40), symbols });
    session.play('');
    const keys = 'bt s y m _ 1 <backspace> 2 <tab> <tab> 3 4 <escape> <C-u> rd (sym_1 + 8)'.split(
      ' ',
    );
    const play = (): void => {
      for (const key of keys) session.play(key);
    };
    play();
    expect(effort(play) / keys.length).toBeLessThan(1);
    session.live.hide();
  });
});
