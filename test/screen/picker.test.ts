import { describe, expect, test } from 'vitest';
import { labelsFor } from '../../src/ui/picker/labels.ts';
import type { Pickable, PickDetail, PickList } from '../../src/ui/picker/types.ts';
import { effort } from '../run/effort.ts';
import { expectGolden } from './screen.ts';
import { openSession, type TestSession } from './session.ts';

/** Words as a backtrace has them, with what they are. */
const WORDS: readonly (readonly [Pickable['kind'], string, string, string?])[] = [
  ['address', 'ffffcca9004fbf50', 'stack of 184 (faulty/null)', 'stack of 184'],
  ['symbol', 'ret_from_fork', 'ffffffff9e6032d0'],
  ['address', 'ffffffff9e6032f2', 'ret_from_fork+0x22'],
  ['pid', '184', 'pid (faulty/null)'],
  ['address', 'ffff898b97254180', 'task_struct of 184 (faulty/null)', 'task of 184'],
  ['address', 'ffff898baff72100', '[vmap_area]'],
  ['address', '7f638ffec000', 'user'],
  ['address', 'ffff898b00000000', ''],
  ['symbol', 'a_function_with_a_name_that_is_longer_than_a_column', 'ffffffff9e6032d0'],
];

function picksOf(count: number): PickList {
  const labels = labelsFor(count);
  const word = (i: number) => WORDS[i % WORDS.length] ?? WORDS[0]!;
  return {
    items: labels.map((label, i) => ({ label, kind: word(i)[0], text: word(i)[1] })),
    detail(i): PickDetail {
      const [, , text, brief = text] = word(i);
      return { text, brief };
    },
    apply: (verb, i) => ({ do: 'run', line: `${verb} ${word(i)[1]}` }),
  };
}

const FRAMES: Record<string, { readonly count: number; readonly script: string }> = {
  few: { count: 9, script: 'rd <M-a>' },
  many: { count: 480, script: 'rd <M-a>' },
  verb: { count: 39, script: '<M-a>v' },
  'half-a-label': { count: 480, script: `<M-a>${labelsFor(480)[12]?.[0]}` },
  chosen: { count: 39, script: 'rd <M-a><down><down><right>' },
  'last-page': { count: 480, script: '<M-a><end>' },
  'next-page': { count: 480, script: `<M-a><down>${'<right>'.repeat(6)}` },
  filter: { count: 480, script: '<M-a>/vmap' },
  'filter-nothing': { count: 9, script: '<M-a>/zzz' },
  none: { count: 0, script: '<M-a>' },
  copied: { count: 9, script: `<M-a>y${labelsFor(9)[2]}` },
};
const SIZES = [
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

async function picture({ screen }: TestSession): Promise<string> {
  const { x, y } = await screen.cursor();
  return `${await screen.text()}\n-- cursor at ${x},${y}`;
}
function opened(count: number, script: string, size: { columns?: number; rows?: number } = {}) {
  const session = openSession({ ...size, picks: picksOf(count), history: [] });
  session.play('');
  session.play(script);
  return session;
}

describe.each(SIZES)('the picker at %i x %i', (columns, rows) => {
  test.each(Object.entries(FRAMES))('is as drawn: %s', async (name, { count, script }) => {
    const session = opened(count, script, { columns, rows });
    expectGolden(`picker-${name}-${columns}x${rows}`, await picture(session));
    expect(session.screen.bytes).not.toMatch(/\x1b\[[23]J|\x1bc/);
    session.live.hide();
    expect((await session.screen.text()).trim()).toBe('');
  });
});

describe('the picker', () => {
  test.each([
    [80, 24, 12],
    [40, 10, 8],
    [30, 5, 3],
    [20, 3, 1],
  ])(
    'fits a window of %i x %i: no row as wide, no more than %i rows',
    async (columns, rows, most) => {
      for (const script of ['<M-a>', '<M-a><down><right><right>', '<M-a>/ff']) {
        const session = opened(480, script, { columns, rows });
        const lines = (await session.screen.text()).split('\n');
        expect(lines.length).toBeLessThanOrEqual(most);
        for (const line of lines) expect(line.length).toBeLessThan(columns);
        expect(session.screen.bytes).not.toMatch(/\x1b\[[23]J/);
        session.live.hide();
      }
    },
  );
  test('is plain where nothing else can be drawn, and says nothing by colour alone', async () => {
    const session = openSession({ picks: picksOf(39), unicode: false });
    session.play('');
    session.play('<M-a><down>');
    expect(session.screen.bytes).toMatch(/^[\x00-\x7f]*$/);
    expect(session.screen.bytes).not.toMatch(/\x1b\[[\d;]*(3[0-8]|4[0-8]|9\d)m/);
    expect(await session.screen.text()).toMatch(/^f >ffffcca9004fbf50/m);
    session.live.hide();
  });
  test('runs the command above the prompt; what was being typed is there again', async () => {
    const session = opened(9, `half a li<M-a>v${labelsFor(9)[0]}`);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(session.ran).toEqual(['v ffffcca9004fbf50']);
    expect(await session.screen.text()).toMatch(/^crash> v ffffcca9004fbf50\ncrash> half a li/);
    session.live.hide();
  });
  test('copies through the terminal', () => {
    const session = opened(9, `<M-a>y${labelsFor(9)[0]}`);
    expect(session.copied).toEqual(['ffffcca9004fbf50']);
    session.live.hide();
  });
  test('is on the screen within a frame', () => {
    const session = opened(480, '', { columns: 200, rows: 50 });
    const keys = ['<M-a>', '<down>', '<right>', '/', 'v', '<escape>'];
    const play = (): void => {
      for (const key of keys) session.play(key);
    };
    play();
    expect(effort(play) / keys.length).toBeLessThan(3);
    session.live.hide();
  });
});
