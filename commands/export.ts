import { defineCommand } from '../src/session/command/command.ts';
import { WRITES_ANSWERS } from '../src/session/state/confinement.ts';
import {
  exportLines,
  parseRange,
  type TranscriptState,
  transcriptText,
} from '../src/session/transcript/transcript.ts';

export default defineCommand({
  name: 'export',
  group: 'session',
  strings: 'text',
  summary: 'write what was done so far to a file',
  synopsis: 'file [first-last] [-f format] [-o]',
  reach: WRITES_ANSWERS,
  flags: {
    f: { value: 'text', help: 'txt, md, html or json; else the end of the name says which' },
    o: { help: 'overwrite the file if there is one' },
  },
  operands: [
    { name: 'file', kind: 'file', arity: '1', help: 'the file to write' },
    { name: 'range', kind: 'text', arity: '?', help: 'numbers of lines as "h" lists them: 3-7' },
  ],
  help: `Writes the commands of this session and what they printed to a file, without
running them again: all of them, or those with the numbers of a range (5, 3-7
or 3-). The formats and the beginning of the file are those of a transcript
(help transcript). What went through a pipe was not kept, unless a transcript
was being written at the time.`,
  examples: [
    { run: 'export report.html', on: '', shows: 'the session as a page for a browser' },
    { run: 'export finding.md 12-17', on: '', shows: 'six commands for a bug report' },
  ],

  *run({ flags, operands }, { session }) {
    const { file, range } = operands;
    const lines = range === undefined ? undefined : parseRange(range);
    yield exportLines(session, file, lines, { format: flags.f, overwrite: flags.o });
  },

  print(state: TranscriptState, out) {
    out.line(transcriptText(state));
  },
});
