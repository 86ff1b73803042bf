import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { colorText } from '../../src/output/text/color.ts';
import { TextOut } from '../../src/session/run/text-out.ts';
import { MemorySink } from '../../src/session/sinks/sinks.ts';
import { OutputWriter } from '../../src/ui/output-writer.ts';
import { effort } from '../run/effort.ts';

function writer(paint = (text: string): string => text) {
  const written: string[] = [];
  const stdout = Object.assign(new EventEmitter(), { writableNeedDrain: false });
  const out = new OutputWriter({ stdout, write: (text) => written.push(text), paint });
  return { out, written, stdout };
}

describe('the output of commands', () => {
  test('waits for a frame or for a block, and then goes out in one write', async () => {
    const { out, written } = writer();
    for (let i = 0; i < 100; i++) out.write(`line ${i}\n`);
    expect(written).toEqual([]);
    await expect.poll(() => written.length).toBe(1);
    expect(written[0]?.split('\n')).toHaveLength(101);
    out.write(`${'x'.repeat(64 * 1024)}\n`);
    expect(written).toHaveLength(2);
  });

  test('is written in whole lines; a line without an end gets one when the command is over', () => {
    const { out, written } = writer();
    out.write('one\ntw');
    out.flush();
    expect(written).toEqual(['one\n']);
    out.write('o');
    out.finish();
    expect(written).toEqual(['one\n', 'two\n']);
  });

  test('keeps errors and text in order, each painted as what it is', () => {
    const kinds: string[] = [];
    const written: string[] = [];
    const stdout = Object.assign(new EventEmitter(), { writableNeedDrain: false });
    const out = new OutputWriter({
      stdout,
      write: (text) => written.push(text),
      paint: (text, kind) => {
        kinds.push(kind);
        return text;
      },
    });
    out.write('a\n');
    out.write('bad\n', 'error');
    out.write('b\n');
    out.finish();
    expect([kinds, written]).toEqual([['text', 'error', 'text'], ['a\nbad\nb\n']]);
  });

  test('is seen plain by the taps, with the line it answers', () => {
    const seen: string[] = [];
    const { out, written } = writer((text) => `<${text}>`);
    out.taps.add({
      begin: (line) => seen.push(`begin ${line}`),
      text: (text) => seen.push(text),
      end: () => seen.push('end'),
    });
    out.begin('bt');
    out.write('frame\n');
    out.finish();
    out.remark('^C\n');
    expect(seen).toEqual(['begin bt', 'frame\n', 'end']);
    expect(written.join('')).toBe('<frame\n><^C\n>');
  });

  test('can be diverted, and stops its producer when the other reader goes away', async () => {
    const { out, written } = writer();
    const other = new MemorySink();
    out.divert(other);
    out.write('to the pager\n');
    expect([other.text, written]).toEqual(['to the pager\n', []]);
    other.closed = true;
    await out.drained();
    expect(out.closed).toBe(true);
    out.divert();
    expect(out.closed).toBe(false);
  });

  test('waits for a terminal that is slower than the command', async () => {
    const { out, stdout } = writer();
    stdout.writableNeedDrain = true;
    let drained = false;
    const waiting = out.drained().then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect(drained).toBe(false);
    stdout.emit('drain');
    await waiting;
    expect(drained).toBe(true);
  });

  test('of 50,000 lines leaves in blocks, and costs little more than its colours', () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, i) => `ffff888100${i.toString(16).padStart(6, '0')}:  0000000000000000 ffffffff81000000`,
    );
    let bytes = 0;
    let most = 0;
    const stdout = Object.assign(new EventEmitter(), { writableNeedDrain: false });
    const out = new OutputWriter({
      stdout,
      write: (text) => {
        bytes += text.length;
        most = Math.max(most, text.length);
      },
      paint: colorText,
    });
    const cost = effort(() => {
      const text = new TextOut(out, out);
      for (const line of lines) text.line(line);
      text.flush();
      out.finish();
    });
    expect(bytes).toBeGreaterThan(50_000 * 50);
    expect(most).toBeLessThan(512 * 1024);
    expect(cost).toBeLessThan(75);
  });
});
