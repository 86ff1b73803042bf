import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type DumpIdentity,
  formatOf,
  TRANSCRIPT_FORMATS,
  type TranscriptRecord,
} from '../../../src/output/transcript/formats.ts';
import { parseTranscript } from '../../../src/session/transcript/read.ts';

const IDENTITY: DumpIdentity = {
  tscrash: '1.2.3',
  dump: '/var/crash/a b|c_*d*/vmcore',
  kernel: '6.1.0',
  buildId: 'abcdef',
  crashed: '2026-01-02T03:04:05Z',
  panic: 'Oops: 0002 [#1] `x` | <b>',
  context: 'ffff888000000000 (pid 1 "a\\b")',
  settings: 'radix 16, print_max 4',
  recorded: '2026-01-02T03:04:06Z',
};
const record = (
  line: string,
  output: readonly string[],
  interrupted = false,
): TranscriptRecord => ({
  number: 1,
  line,
  exit: 0,
  interrupted,
  elsewhere: false,
  output,
});
function written(format: string, records: readonly TranscriptRecord[]): string {
  const found = formatOf('', format)!;
  const body = records.flatMap((each) => [...found.record(each)]).join('');
  return found.header(IDENTITY) + body + found.end;
}

/** Lines that look like everything but output. */
const nasty = fc.constantFrom(
  'crash> bt',
  '\\crash> bt',
  '\\\\crash> bt',
  'crash>',
  '^C',
  '\\^C',
  '^C after 1 s',
  '```',
  '````text',
  '``````````',
  '~~~',
  '    ```',
  '# tscrash transcript',
  '# kernel: 7',
  '| kernel | 7 |',
  '{"line":"x"}',
  '',
  ' ',
  '</pre>',
  'é 字 \t tab',
);
const line = fc.oneof(
  nasty,
  fc.string({ maxLength: 40 }).map((text) => text.replace(/[^ -~]/g, '')),
);
const command = fc.constantFrom('bt', 'rd a | grep "b`c"', 'p "crash> "', 'eval ````', '^C');
const records = fc.array(
  fc.record({
    line: command,
    output: fc.array(line, { maxLength: 12 }),
    interrupted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

describe.each(['txt', 'md', 'json'])('a transcript as %s', (format) => {
  test('is read back as it was written, whatever the output looks like', () => {
    fc.assert(
      fc.property(records, (given) => {
        const text = written(
          format,
          given.map((each) => record(each.line, each.output, each.interrupted)),
        );
        const read = parseTranscript(text);
        expect(read.exact).toBe(true);
        expect(
          read.records.map(({ line, output, interrupted }) => ({ line, output, interrupted })),
        ).toEqual(given);
      }),
    );
  });

  test('tells which dump it is of', () => {
    expect(parseTranscript(written(format, [record('bt', [])])).identity).toEqual(IDENTITY);
  });

  test('that was cut off anywhere is read as far as it goes', () => {
    const text = written(format, [record('bt', ['one', 'two']), record('ps', ['three'])]);
    for (let length = 0; length <= text.length; length++) {
      const { records } = parseTranscript(text.slice(0, length));
      expect(records.length).toBeLessThanOrEqual(2);
      const last = records.at(-1);
      if (last) expect(['bt', 'ps', 'b', 'p']).toContain(last.line);
    }
  });
});

describe('the format of a transcript', () => {
  test.each([
    ['a.md', 'md'],
    ['a.markdown', 'md'],
    ['a.HTML', 'html'],
    ['a.jsonl', 'json'],
    ['a.txt', 'txt'],
    ['a', 'txt'],
    ['a.out', 'txt'],
  ])('of %s is %s', (path, name) => {
    expect(formatOf(path)?.name).toBe(name);
  });

  test('that was asked for goes before the name, and has to exist', () => {
    expect(formatOf('a.md', 'json')?.name).toBe('json');
    expect(formatOf('a.md', 'pdf')).toBeUndefined();
  });

  test('never lets a control character of the dump through', () => {
    for (const { name } of TRANSCRIPT_FORMATS) {
      const text = written(name, [record('bt \x1b[2J', ['\x1b]0;x\x07', '\u202e'])]);
      expect(text).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  });
});
