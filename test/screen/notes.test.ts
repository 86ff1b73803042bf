import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runTranscript } from '../../dumps/transcript.ts';
import { openDump } from '../../src/dump/open.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { stripAnsi } from '../../src/output/text/color.ts';
import { createSession } from '../../src/session/state/session.ts';
import { Painter } from '../../src/ui/painter.ts';
import { Palette } from '../../src/ui/view/palette.ts';
import { effort } from '../run/effort.ts';
import { expectGolden, Screen } from './screen.ts';

const target = openTarget(
  openDump([fileURLToPath(new URL('../../dumps/null-pointer.kdump', import.meta.url))]),
);
/** A command with pointers, one with pointers in columns, one that names things itself, and a table. */
const LINES = {
  struct: 'task -R stack,mm,real_parent,tasks,sighand,cred',
  stack: 'bt -f',
  memory: 'rd ffffcca9004fbe58 24',
  table: 'ps 1 2 184',
};
const answers = await runTranscript(target, Object.values(LINES));
const OUTPUTS = Object.fromEntries(
  Object.keys(LINES).map((name, index) => [name, answers[index]?.lines.join('\n') ?? '']),
);

function painter(columns: number, options: { color?: boolean; on?: boolean } = {}): Painter {
  const { color = false, on = true } = options;
  const session = createSession(target, { interactive: true });
  session.settings.annotate = on;
  const palette = new Palette({ color, unicode: true });
  let clock = 0;
  // Time stands still: however busy the machine is, all notes are there.
  return new Painter({
    session,
    palette,
    color,
    columns: () => columns,
    now: () => clock++ / 1000,
  });
}

describe.each([
  [80, 24],
  [120, 40],
  [200, 50],
])('notes at %i x %i', (columns, rows) => {
  test.each(Object.entries(OUTPUTS))('are as drawn: %s', async (name, text) => {
    const screen = new Screen(columns, rows);
    screen.write(painter(columns).paint(`${text.trimEnd()}\n`, 'text'));
    expectGolden(`notes-${name}-${columns}x${rows}`, await screen.text());
  });
  test.each(Object.entries(OUTPUTS))('move nothing, and break no line: %s', (_, text) => {
    const lines = text.split('\n');
    const painted = stripAnsi(painter(columns, { color: true }).paint(text, 'text')).split('\n');
    expect(painted).toHaveLength(lines.length);
    for (const [index, line] of lines.entries()) {
      expect(painted[index]?.startsWith(line)).toBe(true);
      if (painted[index] !== line) expect(painted[index]?.length).toBeLessThan(columns);
    }
  });
});

test('notes are dim, behind the colours of the line, and gone when they are turned off', () => {
  const [line = ''] = (OUTPUTS.stack ?? '')
    .split('\n')
    .filter((each) => each.includes('ffffffffc0345150'));
  expect(painter(120, { color: true }).paint(line, 'text')).toMatch(
    /\x1b\[2m +faulty_thread[^\x1b]*\x1b\[22m$/,
  );
  expect(painter(120).paint(line, 'text')).toMatch(/\x1b\[2m +faulty_thread/);
  expect(painter(120, { on: false }).paint(line, 'text')).toBe(line);
  expect(painter(120).paint(line, 'error')).toBe(line);
});

test('50,000 lines with notes cost no more than the budget and their colours', () => {
  const some = (OUTPUTS.memory ?? '').split('\n');
  const lines = Array.from({ length: 50_000 }, (_, i) => some[i % some.length] ?? '');
  const session = createSession(target, { interactive: true });
  const palette = new Palette({ color: true, unicode: true });
  const columns = (): number => 120;
  let time = 0;
  // A note takes a tenth of a millisecond.
  const now = (): number => (time += 0.05);
  const made = new Painter({ session, palette, color: true, columns, now });
  made.paint(lines.slice(0, 50).join('\n'), 'text');
  made.begin();
  const cost = effort(() => {
    for (let at = 0; at < lines.length; at += 1000)
      made.paint(lines.slice(at, at + 1000).join('\n'), 'text');
  });
  expect(cost).toBeLessThan(75);
});
