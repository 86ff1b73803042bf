import { describe, expect, test } from 'vitest';
import { cleanPaste, InputFilter } from '../../src/ui/term/input-filter.ts';
import { type InputEvent, KeyDecoder } from '../../src/ui/term/keys.ts';

/** Feeds chunks, and waits until what is held back has been given up; events of one chunk are one row. */
async function decode(...chunks: (string | Uint8Array)[]): Promise<InputEvent[][]> {
  const batches: InputEvent[][] = [];
  const held = { sequence: 1, paste: 1 };
  const decoder = new KeyDecoder((events) => batches.push([...events]), held);
  for (const chunk of chunks) decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  while (decoder.waiting) await new Promise((resolve) => setImmediate(resolve));
  decoder.stop();
  return batches;
}
/** Keys as `<C-a>`, pastes as `[text]`. */
const spell = (events: readonly InputEvent[]): string =>
  events
    .map((e) => (e.type === 'key' ? `<${e.key}>` : e.type === 'paste' ? `[${e.text}]` : e.text))
    .join('');
const keysOf = async (...chunks: (string | Uint8Array)[]): Promise<string> =>
  spell((await decode(...chunks)).flat());

describe('keys', () => {
  test.each([
    ['bt\r', 'bt<enter>'],
    ['\x7f\x7f\x7f', '<backspace><backspace><backspace>'],
    ['\x08', '<backspace>'],
    ['\x01\x05\x17', '<C-a><C-e><C-w>'],
    ['\x1bb\x1bf\x1b.', '<M-b><M-f><M-.>'],
    ['\x1b\x7f', '<M-backspace>'],
    ['\x1b[A\x1b[B\x1b[C\x1b[D', '<up><down><right><left>'],
    ['\x1bOA\x1bOH\x1bOF', '<up><home><end>'],
    ['\x1b[1;5D\x1b[1;5C', '<C-left><C-right>'],
    ['\x1b[1;3D', '<M-left>'],
    ['\x1b[Z', '<S-tab>'],
    ['\t', '<tab>'],
    ['\x1b[3~', '<delete>'],
    ['\x1bOP\x1b[11~', '<f1><f1>'],
    ['\x1f', '<C-_>'],
    ['\x00', '<C-space>'],
    ['\x1b\r', '<M-enter>'],
    ['\x1b', '<escape>'],
    ['A b', 'A b'],
    ['日本', '日本'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['\x1b?', '<M-?>'],
    ['\x1b<', '<M-<>'],
  ])('%j is %s', async (bytes, keys) => {
    expect(await keysOf(bytes)).toBe(keys);
  });

  test('a character cut in two by a slow line is one character', async () => {
    const bytes = Buffer.from('é');
    expect(await keysOf(bytes.subarray(0, 1), bytes.subarray(1))).toBe('é');
  });
  test('all events of a chunk come at once, neighbouring characters as one text', async () => {
    expect(await decode('bt -f\r')).toEqual([
      [
        { type: 'text', text: 'bt -f' },
        { type: 'key', key: 'enter' },
      ],
    ]);
  });
});

describe('pastes', () => {
  const paste = (text: string): string => `\x1b[200~${text}\x1b[201~`;
  test('a bracketed paste is one event', async () => {
    expect(await keysOf(`a${paste('x\ry')}b`)).toBe('a[x\ny]b');
  });
  test('a paste that is cut anywhere is the same paste', async () => {
    const whole = paste('one\ntwo');
    for (let cut = 1; cut < whole.length; cut++) {
      expect(await keysOf(whole.slice(0, cut), whole.slice(cut))).toBe('[one\ntwo]');
    }
  });
  test('a paste whose end never comes is delivered in the end', async () => {
    expect(await keysOf('\x1b[200~lost')).toBe('[lost]');
  });
  test.each([
    ['a\x1b[2Jb', 'ab'],
    ['a\x07\x00b', 'ab'],
    ['a\tb', 'a b'],
    ['a\r\nb\r\n', 'a\nb'],
    ['a\u202eb', 'ab'],
    ['\x1b]52;c;AAAA\x07x', '52;c;AAAAx'],
  ])('%j cannot act on the terminal: %j', (text, clean) => {
    expect(cleanPaste(text)).toBe(clean);
  });
});

describe('reports without a key', () => {
  test.each([
    ['\x1b[<0;10;5M\x1b[<0;10;5m', 'a mouse'],
    ['\x1b[M !!', 'an old mouse'],
    ['\x1b[I\x1b[O', 'focus'],
    ['\x1b]11;rgb:0000/0000/0000\x1b\\', 'the background colour'],
    ['\x1b]11;rgb:0000/0000/0000\x07', 'the background colour, ended by BEL'],
    ['\x1bP>|tmux 3.4\x1b\\', 'the version'],
    ['\x1b[?62;22c', 'device attributes'],
    ['\x1b[?2026;2$y', 'the state of a mode'],
    ['\x1b[12;40R', 'the cursor position'],
  ])('%j is dropped: %s', async (bytes) => {
    expect(await keysOf(`a${bytes}b`)).toBe('ab');
    for (let cut = 3; cut < bytes.length; cut++) {
      expect(await keysOf(`a${bytes.slice(0, cut)}`, `${bytes.slice(cut)}b`)).toBe('ab');
    }
  });
  test('Alt-] alone is a key after a moment', async () => {
    expect(await keysOf('\x1b]')).toBe('<M-]>');
  });
  test('nothing is held back when all has come', () => {
    const filter = new InputFilter();
    filter.push(Buffer.from('abc\x1b[A'));
    expect(filter.holding).toBe(false);
  });
});
