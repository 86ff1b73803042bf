import { CommandError, defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { WRITES_ANSWERS } from '../src/session/state/confinement.ts';
import {
  startTranscript,
  stopTranscript,
  type TranscriptState,
  transcriptOf,
  transcriptText,
} from '../src/session/transcript/transcript.ts';

interface Told extends TranscriptState {
  readonly state: 'on' | 'off';
}

export default defineCommand({
  name: 'transcript',
  group: 'session',
  strings: 'text',
  summary: 'write down what is asked and answered',
  synopsis: '[on file [-f format] [-o] | off]',
  reach: WRITES_ANSWERS,
  flags: {
    f: { value: 'text', help: 'txt, md, html or json; else the end of the name says which' },
    o: { help: 'overwrite the file if there is one' },
  },
  operands: [
    { name: 'state', kind: 'text', arity: '?', help: 'on or off; without it, says how it stands' },
    { name: 'file', kind: 'file', arity: '?', help: 'the file to write' },
  ],
  help: `From the next command on, writes every command line and what it prints to a
file. A command is in the file as soon as it has ended, so that a transcript
loses nothing when the session is lost. The file begins with what dump it is
of: its name, the kernel with its build-id, the panic and its time, and the
context. A file that exists is not touched without -o.

Colours, notes behind the lines, hints and progress are of the terminal and
are left out. What goes through a pipe to head, tail, grep, sort, uniq, wc,
cut, awk, sed, tr or column is written as it comes out of the pipe; of other
programs, such as a pager, only the command line is.

  txt    as the terminal shows it (every ending that is not below)
  md     Markdown: each command in a block of its own
  html   one file with colours, to be read in a browser
  json   one object a line: line, exit (0, or 1 when it failed), output

See also "export", for what was done so far, and "replay".`,
  examples: [
    { run: 'transcript on case-1234.md', on: '', shows: 'begins a transcript in Markdown' },
    { run: 'transcript off', on: '', shows: 'ends it' },
  ],

  *run({ flags, operands }, { session }) {
    const { state, file } = operands;
    if (state === 'on') {
      if (file === undefined) throw new UsageOnly('');
      const options = { format: flags.f, overwrite: flags.o };
      yield { state: 'on', ...startTranscript(session, file, options) } as const;
      return;
    }
    if (flags.f !== undefined || flags.o || file !== undefined) throw new UsageOnly('');
    if (state === 'off') {
      const ended = stopTranscript(session);
      if (!ended) throw new CommandError('no transcript is being written');
      yield { state: 'off', ...ended } as const;
    } else if (state === undefined) {
      const current = transcriptOf(session)?.state;
      const none = { path: '', format: '', commands: 0, bytes: 0 };
      yield { state: current ? 'on' : 'off', ...(current ?? none) } as const;
    } else {
      const fault = { kind: 'keyword', word: state, of: ['on', 'off'] } as const;
      throw new CommandError(`invalid argument: ${state}`, { fault });
    }
  },

  print(told: Told, out) {
    const what = told.path === '' ? '' : ` (${transcriptText(told)})`;
    out.line(`transcript: ${told.state}${what}`);
  },
});
